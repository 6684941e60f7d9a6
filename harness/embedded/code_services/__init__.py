"""CodeCommit, CodeDeploy and CodePipeline: Moto's server with what it lacks added in the same process.

Run as `python -m harness.embedded.code_services PORT MINISTACK_ENDPOINT`. What is added is in the modules codecommit, codedeploy and
codepipeline; lambda_deployments does what CodeDeploy does to Lambda's aliases. Operations that Moto lacks it answers with 500, which SDKs
retry for 6 to 11 seconds; attributes that it drops would show as drift in every plan.
"""
