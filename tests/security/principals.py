"""The twin of a role, made for a test and removed after it.

Our roles trust AWS services only, so nobody can take their credentials. A twin has the very policies of a role and trusts whoever runs the suite: what it may do,
the role may do. Its name is outside our prefix.
"""

import json
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from botocore.exceptions import ClientError

from harness.deadline import wait_for
from harness.principals import NOT_YET, Keys
from harness.system import System


@contextmanager
def twin_of_role(system: System, role: str) -> Iterator[Keys]:
    """Credentials of a role with the same policies as `role` (a key of output role_arns)."""
    iam, name = system.client("iam"), f"scope-twin-{uuid.uuid4().hex[:12]}"
    me = system.client("sts").get_caller_identity()["Arn"]
    trust = {"Effect": "Allow", "Principal": {"AWS": me}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    with ExitStack() as removals:
        removals.callback(iam.delete_role, RoleName=name)
        for number, policy in enumerate(policies_of_role(system, role)):
            which = {"RoleName": name, "PolicyName": f"scope-{number}"}
            iam.put_role_policy(**which, PolicyDocument=json.dumps(policy))
            removals.callback(iam.delete_role_policy, **which)
        yield _assumed(system, arn, name)


def policies_of_role(system: System, role: str) -> list[dict[str, Any]]:
    """Every policy document of a role, inline ones first."""
    iam, name = system.client("iam"), system.outputs["role_arns"][role].rsplit("/", 1)[1]
    found = []
    for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        found.append(iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"])
    for attached in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        version = iam.get_policy(PolicyArn=attached["PolicyArn"])["Policy"]["DefaultVersionId"]
        answer = iam.get_policy_version(PolicyArn=attached["PolicyArn"], VersionId=version)
        found.append(answer["PolicyVersion"]["Document"])
    return found


def _assumed(system: System, role_arn: str, session_name: str) -> Keys:
    sts = system.client("sts")

    def assume() -> dict[str, Any]:
        """Return the credentials, {} while trust and policies have not reached STS."""
        try:
            return dict(sts.assume_role(RoleArn=role_arn, RoleSessionName=session_name)["Credentials"])
        except ClientError as error:
            if error.response["Error"]["Code"] not in NOT_YET:
                raise
            return {}

    given = wait_for("the twin can be assumed", assume, bool)
    return {
        "aws_access_key_id": given["AccessKeyId"],
        "aws_secret_access_key": given["SecretAccessKey"],
        "aws_session_token": given["SessionToken"],
    }
