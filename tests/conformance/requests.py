"""The smallest valid requests about resources that are not there, and what takes away a resource that such a request made all the same."""

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from typing import Any

from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError

from harness.aws_clients import AwsClients
from harness.coverage.judged import declared_errors
from harness.scenarios.evidence import Fact
from harness.scenarios.exchanges import LAST_EXCHANGES
from harness.scenarios.missing import says_missing
from tests.conformance.makers import Cleanup

UNCHECKED = Config(parameter_validation=False, retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=30)
"""For requests that boto3 itself would refuse."""
UUID = "12345678-1234-1234-1234-123456789012"
ABSENT: dict[str, dict[str, Any]] = {
    "apigateway": {"restApiId": "absent1234", "resourceId": "abc123", "deploymentId": "abc123", "requestValidatorId": "abc123",
                   "httpMethod": "GET", "parentId": "abc123", "stageName": "absent", "resourceArn": "arn:aws:apigateway:us-east-1::/restapis/absent1234"},
    "appconfig": {"ApplicationId": "abcd123", "EnvironmentId": "abcd123", "ConfigurationProfileId": "abcd123", "DeploymentStrategyId": "abcd123",
                  "DeploymentNumber": 1, "VersionNumber": 1, "ConfigurationVersion": "1", "Content": b"{}", "ContentType": "application/json",
                  "ResourceArn": "arn:aws:appconfig:us-east-1:{account}:application/abcd123"},
    "appconfigdata": {"ApplicationIdentifier": "abcd123", "EnvironmentIdentifier": "abcd123", "ConfigurationProfileIdentifier": "abcd123"},
    "cloudwatch": {"AlarmNames": ["{name}"], "AlarmName": "{name}", "DashboardName": "{name}", "DashboardNames": ["{name}"],
                   "DashboardBody": '{"widgets": []}', "ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 1, "Threshold": 1,
                   "MetricName": "absent", "Namespace": "{name}", "Statistic": "Maximum", "Period": 60,
                   "ResourceARN": "arn:aws:cloudwatch:us-east-1:{account}:alarm:{name}"},
    "codebuild": {"name": "{name}"},
    "codecommit": {"repositoryName": "{name}", "resourceArn": "arn:aws:codecommit:us-east-1:{account}:{name}"},
    "codedeploy": {"applicationName": "{name}", "deploymentGroupName": "{name}", "serviceRoleArn": "arn:aws:iam::{account}:role/{name}",
                   "ResourceArn": "arn:aws:codedeploy:us-east-1:{account}:application:{name}"},
    "codepipeline": {"name": "{name}", "resourceArn": "arn:aws:codepipeline:us-east-1:{account}:{name}"},
    "dynamodb": {"TableName": "{name}", "ResourceArn": "arn:aws:dynamodb:us-east-1:{account}:table/{name}"},
    "ec2": {"VpcId": "vpc-12345678", "SubnetId": "subnet-12345678", "GroupId": "sg-12345678", "GroupName": "{name}", "CidrBlock": "10.0.0.0/24"},
    "ecr": {"repositoryName": "{name}", "resourceArn": "arn:aws:ecr:us-east-1:{account}:repository/{name}",
            "lifecyclePolicyText": '{"rules": []}' + " " * 100},
    "ecs": {"cluster": "{name}", "service": "{name}", "services": ["{name}"], "taskDefinition": "{name}:1"},
    "events": {"EventBusName": "{name}", "Name": "{name}", "Rule": "{name}", "ResourceARN": "arn:aws:events:us-east-1:{account}:rule/{name}",
               "ScheduleExpression": "rate(1 day)", "Targets": [{"Id": "a", "Arn": "arn:aws:sqs:us-east-1:{account}:{name}"}]},
    "iam": {"RoleName": "{name}", "PolicyName": "{name}", "PolicyDocument": '{"Version": "2012-10-17", "Statement": []}',
            "AssumeRolePolicyDocument": '{"Version": "2012-10-17", "Statement": []}'},
    "kinesis": {"StreamName": "{name}", "EncryptionType": "KMS", "KeyId": UUID, "RetentionPeriodHours": 48, "ShardCount": 1},
    "kms": {"KeyId": UUID, "TargetKeyId": UUID, "AliasName": "alias/{name}"},
    "lambda": {"FunctionName": "{name}", "Name": "{name}", "UUID": UUID, "StatementId": "absent", "Action": "lambda:InvokeFunction",
               "Principal": "events.amazonaws.com", "Resource": "arn:aws:lambda:us-east-1:{account}:function:{name}", "FunctionVersion": "1"},
    "logs": {"logGroupName": "{name}", "resourceArn": "arn:aws:logs:us-east-1:{account}:log-group:{name}", "retentionInDays": 7},
    "rds": {"DBInstanceIdentifier": "{name}", "DBSubnetGroupName": "{name}", "DBInstanceClass": "db.t3.micro", "Engine": "postgres",
            "SkipFinalSnapshot": True, "ResourceName": "arn:aws:rds:us-east-1:{account}:db:{name}"},
    "s3": {"Bucket": "{name}", "Key": "absent"},
    "secretsmanager": {"SecretId": "{name}", "Name": "{name}", "SecretString": "x"},
    "sns": {"TopicArn": "arn:aws:sns:us-east-1:{account}:{name}", "ResourceArn": "arn:aws:sns:us-east-1:{account}:{name}", "Protocol": "sqs",
            "SubscriptionArn": "arn:aws:sns:us-east-1:{account}:{name}:" + UUID, "AttributeName": "DisplayName", "AttributeValue": "x",
            "Endpoint": "arn:aws:sqs:us-east-1:{account}:{name}", "Name": "{name}"},
    "sqs": {"QueueUrl": "{queues}/{name}", "QueueName": "{name}", "MessageBody": "x"},
}  # fmt: skip
"""By service: what identifies resources that are not there, and other values that a request needs to be about them. Members of a request
have these names; {name}, {account} and {queues} are filled in."""

UNDONE = {
    "CreateKey": "ScheduleKeyDeletion",
    "RegisterTaskDefinition": "DeregisterTaskDefinition",
    "CreateVpcEndpoint": "DeleteVpcEndpoints",
    "PutDashboard": "DeleteDashboards",
}
"""What takes away the result of an operation, where that is not DeleteX after CreateX."""
IDENTIFIED = {
    "DashboardNames": "DashboardName",
    "SecretId": "ARN",
    "taskDefinition": "taskDefinitionArn",
    "cluster": "clusterArn",
    "VpcEndpointIds": "VpcEndpointId",
    "service": "serviceArn",
}
"""The name in an answer of what identifies the resource in these parameters, where it is neither the parameter's own nor `id`."""

AT_ONCE = ("SkipFinalSnapshot", "force")
"""Parameters of deletions that take away also what is in use."""


def page_of(service: str, operation: str) -> str:
    """Return the link to an operation's page; those of AppConfig's data plane are in the book of AppConfig."""
    return f"appconfig:appconfigdata_{operation}" if service == "appconfigdata" else f"{service}:{operation}"


def absent(
    aws: AwsClients, service: str, name: str, others: Mapping[str, Any] | None = None, live: Mapping[str, str] | None = None
) -> dict[str, Any]:  # fmt: skip
    """Return `ABSENT` of a service, with `others` in place of its values (None: without), and placeholders filled in.

    `live` has what identifies resources that are there, by their placeholders.
    """
    sts, queues = aws.client("sts"), aws.endpoint("sqs") or f"https://sqs.{aws.region}.amazonaws.com"
    account = str(sts.get_caller_identity()["Account"])
    known = {"name": name, "account": account, "queues": f"{queues.rstrip('/')}/{account}", **(live or {})}

    def filled(value: Any) -> Any:
        if isinstance(value, str):
            text = value.replace("us-east-1", aws.region)
            for placeholder, said in known.items():
                text = text.replace(f"{{{placeholder}}}", said)
            return text
        if isinstance(value, dict):
            return {key: filled(item) for key, item in value.items()}
        return [filled(item) for item in value] if isinstance(value, list) else value

    values = {**ABSENT.get(service, {}), **(others or {})}
    return {member: filled(value) for member, value in values.items() if value is not None}


def accepted(facts: Iterable[Fact]) -> set[tuple[str, int | None]]:
    """Return the codes, with their statuses, of which AWS answers with one; none where nothing is known."""
    return {(fact.error, fact.status) for fact in facts}


def answered(aws: AwsClients, service: str, operation: str, request: Mapping[str, Any]) -> tuple[str, int]:
    """Return code and HTTP status by which a request, or its first entry that failed, is refused, ("", 200) where it is answered.

    What it made is taken away again.
    An answer "no such operation" is raised on, unless the operation declares its code.
    """
    client = aws.client(service, UNCHECKED)
    with ExitStack() as afterwards:
        try:
            answer = client._make_api_call(operation, dict(request))
        except ClientError as error:
            code = str(error.response["Error"]["Code"])
            if code not in declared_errors(service, operation) and says_missing(LAST_EXCHANGES.last[-1]):
                raise
            return code, int(error.response["ResponseMetadata"]["HTTPStatusCode"])
        afterwards.callback(_undo, client, operation, request, answer)
        failed = next(iter(answer.get("Failed") or ()), {})
        return str(failed.get("Code", "")), int(answer["ResponseMetadata"]["HTTPStatusCode"])


def _undo(client: Any, operation: str, request: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
    undone = UNDONE.get(operation, operation.replace("Create", "Delete", 1))
    if undone == operation:
        return
    shape = client.meta.service_model.operation_model(undone).input_shape
    said, cleanup = {**_flat(request), **_flat(answer)}, Cleanup()
    found = {
        member: said.get(IDENTIFIED.get(member, member).lower(), said.get("id")) for member in shape.required_members
    }
    if None in found.values() or request.get("Policy") == "":
        return  # the answer does not say what was made, or an empty policy lets nobody take it away
    given = {name: [value] if shape.members[name].type_name == "list" else value for name, value in found.items()}
    where = {name: request[name] for name in shape.members if name in request and name not in given}
    at_once = {name: True for name in AT_ONCE if name in shape.members}
    cleanup(getattr(client, xform_name(undone)), **where, **given, **at_once)
    cleanup.run()


def _flat(value: Any) -> dict[str, Any]:
    """Return what an answer says, by names in small letters, whatever structure it is in."""
    if not isinstance(value, Mapping):
        return {}
    inner = {name: item for nested in value.values() for name, item in _flat(nested).items()}
    return {**inner, **{name.lower(): item for name, item in value.items() if not isinstance(item, Mapping)}}
