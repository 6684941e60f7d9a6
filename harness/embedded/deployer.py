"""The IAM user that the harness acts as: what deploying and testing needs, and never root."""

import json
from typing import Any

from harness.embedded.clients import Credentials

USER_NAME = "deployer"
POLICY_NAME = "deployer"
# Whole services, as whoever provisions them needs; none besides those of the system.
SERVICES = (
    "apigateway", "appconfig", "cloudtrail", "cloudwatch", "codebuild", "codecommit", "codedeploy", "codepipeline", "dynamodb", "ec2",
    "ecr", "ecs", "events", "execute-api", "iam", "kinesis", "kms", "lambda", "logs", "rds", "s3", "secretsmanager", "sns",
    "sqs", "sts",
)  # fmt: skip


def policy_document() -> str:
    """The deployer's policy as JSON: one statement, one entry per service."""
    actions = [f"{service}:*" for service in SERVICES]
    statement = {"Sid": "ServicesOfTheSystem", "Effect": "Allow", "Action": actions, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def make_deployer(iam: Any, name: str = USER_NAME) -> Credentials:
    """Make the user with its policy and return a new access key. A user that exists is reused; its earlier keys are deleted.

    `iam` is a client of root's.
    """
    try:
        iam.create_user(UserName=name)
    except iam.exceptions.EntityAlreadyExistsException:
        _delete_keys(iam, name)  # IAM allows two, and nobody has their secrets any more
    give_policy(iam, name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return Credentials(key["AccessKeyId"], key["SecretAccessKey"])


def knows_deployer(iam: Any) -> bool:
    """Return True if the user is there. An emulator whose state was reset has forgotten it."""
    try:
        iam.get_user(UserName=USER_NAME)
    except iam.exceptions.NoSuchEntityException:
        return False
    return True


def give_policy(iam: Any, name: str) -> None:
    """Give the user the policy of today, in place of an earlier one."""
    iam.put_user_policy(UserName=name, PolicyName=POLICY_NAME, PolicyDocument=policy_document())


def remove_deployer(iam: Any, name: str) -> None:
    """Delete the user with its policy and keys."""
    _delete_keys(iam, name)
    iam.delete_user_policy(UserName=name, PolicyName=POLICY_NAME)
    iam.delete_user(UserName=name)


def _delete_keys(iam: Any, name: str) -> None:
    for key in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
        iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
