"""The IAM user that the harness acts as: what deploying and testing needs, and never root."""

import json

from harness.embedded.clients import ROOT, Credentials, client

USER_NAME = "deployer"
POLICY_NAME = "deployer"
# Whole services, as whoever provisions them needs; none besides those of the system.
SERVICES = (
    "apigateway", "appconfig", "codebuild", "codecommit", "codedeploy", "codepipeline", "dynamodb", "ec2", "ecr", "ecs",
    "events", "execute-api", "iam", "kinesis", "kms", "lambda", "logs", "rds", "s3", "secretsmanager", "sns", "sqs", "sts",
)  # fmt: skip


def policy_document() -> str:
    """The deployer's policy as JSON: one statement, one entry per service."""
    actions = [f"{service}:*" for service in SERVICES]
    statement = {"Sid": "ServicesOfTheSystem", "Effect": "Allow", "Action": actions, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def create_deployer(endpoint: str) -> Credentials:
    """Makes the user with its policy and an access key, on a fresh emulator, as root."""
    iam = client("iam", endpoint, ROOT)
    iam.create_user(UserName=USER_NAME)
    policy = iam.create_policy(PolicyName=POLICY_NAME, PolicyDocument=policy_document())["Policy"]
    iam.attach_user_policy(UserName=USER_NAME, PolicyArn=policy["Arn"])
    key = iam.create_access_key(UserName=USER_NAME)["AccessKey"]
    return Credentials(key["AccessKeyId"], key["SecretAccessKey"])
