"""What CodeDeploy does to Lambda: moves an alias from one version to another, by the rights of the deployment group's service role.

The rights are asked of IAM (SimulatePrincipalPolicy) and the calls made as root, since MiniStack asks for lambda:ListAliases whenever
an alias is read or moved. All traffic at once, whatever the deployment configuration: a canary's waiting is not imitated. Hooks
are refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from botocore.exceptions import ClientError

from harness.embedded.clients import ROOT, client
from harness.embedded.code_services.trust import trusted_services

SERVICE = "codedeploy.amazonaws.com"
_PROPERTIES = ("Name", "Alias", "CurrentVersion", "TargetVersion")
_CODES = {
    "NoSuchEntity": "IAM_ROLE_MISSING",
    "ResourceNotFoundException": "INVALID_LAMBDA_FUNCTION",
}


@dataclass(frozen=True)
class Failure:
    """Why a deployment failed: one of CodeDeploy's error codes, and a text for people."""

    code: str
    message: str


class _Refused(Exception):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.failure = Failure(code, message)


class LambdaDeployments:
    """Deployments to the functions of the MiniStack at `endpoint`."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._iam, self._lambda = (client(service, endpoint, ROOT) for service in ("iam", "lambda"))

    def move(self, role_arn: str, revision: Mapping[str, Any]) -> Failure | None:
        """Does what the revision's AppSpec says, acting as the role; None when the alias is at the target version."""
        try:
            self._move(role_arn, _properties(revision))
        except _Refused as refused:
            return refused.failure
        except ClientError as problem:
            return Failure(_CODES.get(problem.response["Error"]["Code"], "INTERNAL_ERROR"), str(problem))
        return None

    def _move(self, role_arn: str, wanted: Mapping[str, str]) -> None:
        alias = {"FunctionName": wanted["Name"], "Name": wanted["Alias"]}
        current = self._lambda.get_alias(**alias)
        self._require_rights(role_arn, current["AliasArn"].rpartition(":")[0])
        if current["FunctionVersion"] != wanted["CurrentVersion"]:
            raise _Refused(
                "INVALID_LAMBDA_CONFIGURATION",
                f"alias {wanted['Alias']} of {wanted['Name']} is at version {current['FunctionVersion']}, not {wanted['CurrentVersion']}",
            )
        self._require_version(wanted["Name"], wanted["TargetVersion"])
        routing = {"AdditionalVersionWeights": dict[str, float]()}
        self._lambda.update_alias(**alias, FunctionVersion=wanted["TargetVersion"], RoutingConfig=routing)

    def _require_version(self, name: str, version: str) -> None:
        """As Lambda refuses an alias to a version that does not exist; MiniStack takes it."""
        try:
            self._lambda.get_function_configuration(FunctionName=name, Qualifier=version)
        except self._lambda.exceptions.ResourceNotFoundException as missing:
            raise _Refused("INVALID_LAMBDA_FUNCTION", f"{name} has no version {version}") from missing

    def _require_rights(self, role_arn: str, function_arn: str) -> None:
        role = self._iam.get_role(RoleName=role_arn.rsplit("/", 1)[-1])["Role"]
        if SERVICE not in trusted_services(role["AssumeRolePolicyDocument"]):
            raise _Refused("IAM_ROLE_PERMISSIONS", f"{role_arn} does not trust {SERVICE}")
        for action in ("lambda:GetAlias", "lambda:UpdateAlias"):
            answer = self._iam.simulate_principal_policy(
                PolicySourceArn=role_arn, ActionNames=[action], ResourceArns=[function_arn]
            )
            if answer["EvaluationResults"][0]["EvalDecision"] != "allowed":
                raise _Refused("IAM_ROLE_PERMISSIONS", f"{role_arn} is not allowed {action} on {function_arn}")


def _properties(revision: Mapping[str, Any]) -> dict[str, str]:
    """The properties of the AppSpec's one function. Raises _Refused naming what is wrong."""
    content = revision.get("appSpecContent") or revision.get("string") or {}
    try:
        document = yaml.safe_load(content.get("content") or "")  # JSON is YAML
    except yaml.YAMLError as problem:
        raise _Refused("INVALID_REVISION", f"the AppSpec is neither JSON nor YAML: {problem}") from problem
    document = document if isinstance(document, dict) else {}
    if any(not function for hook in document.get("Hooks") or [] for function in hook.values()):
        raise _Refused("INVALID_LAMBDA_CONFIGURATION", "a hook of the AppSpec names no function")
    if {name.lower() for name in document} - {"version", "resources"}:
        raise _Refused("INVALID_REVISION", "the AppSpec has hooks or other parts that the embedded target does not run")
    resources = document.get("Resources") or document.get("resources") or []
    if len(resources) != 1 or len(resources[0]) != 1:
        raise _Refused("INVALID_REVISION", "the AppSpec must name one function under Resources")
    [resource] = resources[0].values()
    properties = {str(name): str(value) for name, value in (resource.get("Properties") or {}).items()}
    missing = [name for name in _PROPERTIES if not properties.get(name)]
    if missing or resource.get("Type") != "AWS::Lambda::Function":
        raise _Refused("INVALID_REVISION", f"the AppSpec's function lacks {', '.join(missing) or 'its type'}")
    return properties
