#!/bin/sh
# Publishes each zip beside this script as a new version, and has CodeDeploy move the alias "live" to it.
# Usage: deploy_functions.sh APPLICATION   (deployment groups and functions are named APPLICATION-<function>)
set -eu
application=$1
for function in api_handler ingest_normalizer reconciliation; do
  name="$application-$(echo "$function" | tr _ -)"
  current=$(aws lambda get-alias --function-name "$name" --name live --query FunctionVersion --output text)
  target=$(aws lambda update-function-code --function-name "$name" --zip-file "fileb://$function.zip" --publish \
    --query Version --output text)
  if [ "$current" = "$target" ]; then
    echo "$name: version $current is live already"
    continue
  fi
  aws lambda wait function-updated-v2 --function-name "$name"
  content=$(printf '{"version":0.0,"Resources":[{"function":{"Type":"AWS::Lambda::Function","Properties":{"Name":"%s","Alias":"live","CurrentVersion":"%s","TargetVersion":"%s"}}}]}' \
    "$name" "$current" "$target" | sed 's/"/\\"/g')
  deployment=$(aws deploy create-deployment --application-name "$application" --deployment-group-name "$name" \
    --revision "{\"revisionType\":\"AppSpecContent\",\"appSpecContent\":{\"content\":\"$content\"}}" \
    --query deploymentId --output text)
  aws deploy wait deployment-successful --deployment-id "$deployment"
  echo "$name: version $target is live"
done
