"""One resource of each service with whatever its Create operation takes, removed when the scenario is over. `more`: further parameters of it."""

import json
from collections.abc import Callable
from typing import Any

from harness.aws_clients import AwsClients
from harness.deadline import wait_for
from tests.conformance.conftest import Cleanup
from tests.conformance.making import RUNTIME, function_settled, stream_active, table_active, zipped
from tests.conformance.refusing import refusal


def account(aws: AwsClients) -> str:
    return str(aws.client("sts").get_caller_identity()["Account"])


def a_key(aws: AwsClients, cleanup: Cleanup, **more: Any) -> str:
    """The ARN of a key."""
    kms = aws.client("kms")
    arn = str(kms.create_key(**more)["KeyMetadata"]["Arn"])
    cleanup(kms.schedule_key_deletion, KeyId=arn, PendingWindowInDays=7)
    return arn


def a_key_for_services(aws: AwsClients, cleanup: Cleanup, **more: Any) -> str:
    """The ARN of a key that the services which ask for their own right to a key (logs, events, sns) may use."""
    arn, region = a_key(aws, cleanup, **more), aws.region
    own = {
        "Sid": "Own",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account(aws)}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    names = [f"logs.{region}.amazonaws.com", "events.amazonaws.com", "sns.amazonaws.com"]
    use = ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"]
    services = {"Sid": "Services", "Effect": "Allow", "Principal": {"Service": names}, "Action": use, "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [own, services]}
    aws.client("kms").put_key_policy(KeyId=arn, PolicyName="default", Policy=json.dumps(document))
    return arn


def a_role(aws: AwsClients, name: str, cleanup: Cleanup, service: str, **more: Any) -> str:
    """The ARN of a role without rights that `service` may assume."""
    iam = aws.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    arn = str(iam.create_role(RoleName=name, AssumeRolePolicyDocument=document, **more)["Role"]["Arn"])
    cleanup(iam.delete_role, RoleName=name)
    return arn


def a_queue(aws: AwsClients, name: str, cleanup: Cleanup, **more: Any) -> str:
    """The URL of a queue."""
    sqs = aws.client("sqs")
    url = str(sqs.create_queue(QueueName=name, **more)["QueueUrl"])
    cleanup(sqs.delete_queue, QueueUrl=url)
    return url


def a_topic(aws: AwsClients, name: str, cleanup: Cleanup, **more: Any) -> str:
    """The ARN of a topic."""
    sns = aws.client("sns")
    arn = str(sns.create_topic(Name=name, **more)["TopicArn"])
    cleanup(sns.delete_topic, TopicArn=arn)
    return arn


def a_bus(aws: AwsClients, name: str, cleanup: Cleanup, **more: Any) -> str:
    """The ARN of an event bus."""
    events = aws.client("events")
    arn = str(events.create_event_bus(Name=name, **more)["EventBusArn"])
    cleanup(events.delete_event_bus, Name=name)
    return arn


def a_bucket(aws: AwsClients, name: str, cleanup: Cleanup) -> str:
    """The name of a bucket."""
    s3 = aws.client("s3")
    where = {} if aws.region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": aws.region}}
    s3.create_bucket(Bucket=name, **where)
    cleanup(s3.delete_bucket, Bucket=name)
    return name


def a_stream(aws: AwsClients, name: str, cleanup: Cleanup, **more: Any) -> str:
    """The name of a Kinesis stream of one shard that is active."""
    kinesis = aws.client("kinesis")
    kinesis.create_stream(StreamName=name, ShardCount=1, **more)
    cleanup(kinesis.delete_stream, StreamName=name)
    stream_active(aws, name)
    return name


def a_table(aws: AwsClients, name: str, cleanup: Cleanup, **more: Any) -> str:
    """The name of a table with the key `id` that is active."""
    dynamodb = aws.client("dynamodb")
    schema = {
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    }
    dynamodb.create_table(TableName=name, BillingMode="PAY_PER_REQUEST", **schema, **more)
    cleanup(dynamodb.delete_table, TableName=name)
    table_active(aws, name)
    return name


def a_secret(aws: AwsClients, name: str, cleanup: Cleanup, **more: Any) -> str:
    """The ARN of a secret."""
    secrets = aws.client("secretsmanager")
    arn = str(secrets.create_secret(Name=name, SecretString="x", **more)["ARN"])
    cleanup(secrets.delete_secret, SecretId=arn, ForceDeleteWithoutRecovery=True)
    return arn


def a_log_group(aws: AwsClients, name: str, cleanup: Cleanup, **more: Any) -> str:
    """The name of a log group."""
    logs = aws.client("logs")
    logs.create_log_group(logGroupName=name, **more)
    cleanup(logs.delete_log_group, logGroupName=name)
    return name


def a_repository(aws: AwsClients, name: str, cleanup: Cleanup, **more: Any) -> str:
    """The ARN of an image repository."""
    ecr = aws.client("ecr")
    arn = str(ecr.create_repository(repositoryName=name, **more)["repository"]["repositoryArn"])
    cleanup(ecr.delete_repository, repositoryName=name, force=True)
    return arn


def a_cluster(aws: AwsClients, name: str, cleanup: Cleanup, **more: Any) -> str:
    """The ARN of an ECS cluster."""
    ecs = aws.client("ecs")
    arn = str(ecs.create_cluster(clusterName=name, **more)["cluster"]["clusterArn"])
    cleanup(ecs.delete_cluster, cluster=name)
    return arn


def a_parameter_group(aws: AwsClients, name: str, cleanup: Cleanup, **more: Any) -> str:
    """The ARN of a parameter group of RDS."""
    rds = aws.client("rds")
    ask = {"DBParameterGroupName": name, "DBParameterGroupFamily": "postgres16", "Description": "conformance"}
    arn = str(rds.create_db_parameter_group(**ask, **more)["DBParameterGroup"]["DBParameterGroupArn"])
    cleanup(rds.delete_db_parameter_group, DBParameterGroupName=name)
    return arn


def an_application(aws: AwsClients, name: str, cleanup: Cleanup, **more: Any) -> str:
    """The id of an AppConfig application."""
    appconfig = aws.client("appconfig")
    made = str(appconfig.create_application(Name=name, **more)["Id"])
    cleanup(appconfig.delete_application, ApplicationId=made)
    return made


def a_rest_api(aws: AwsClients, name: str, cleanup: Cleanup, **more: Any) -> str:
    """The id of a REST API."""
    gateway = aws.client("apigateway")
    made = str(gateway.create_rest_api(name=name, **more)["id"])
    cleanup(gateway.delete_rest_api, restApiId=made)
    return made


def a_source_repository(aws: AwsClients, name: str, cleanup: Cleanup, **more: Any) -> str:
    """The ARN of a CodeCommit repository."""
    codecommit = aws.client("codecommit")
    arn = str(codecommit.create_repository(repositoryName=name, **more)["repositoryMetadata"]["Arn"])
    cleanup(codecommit.delete_repository, repositoryName=name)
    return arn


def a_project(aws: AwsClients, name: str, cleanup: Cleanup, **more: Any) -> str:
    """The name of a CodeBuild project without source."""
    codebuild = aws.client("codebuild")
    environment = {
        "type": "LINUX_CONTAINER",
        "image": "aws/codebuild/standard:7.0",
        "computeType": "BUILD_GENERAL1_SMALL",
    }
    ask = {
        "source": {"type": "NO_SOURCE", "buildspec": "version: 0.2"},
        "artifacts": {"type": "NO_ARTIFACTS"},
        "environment": environment,
    }
    role = a_role(aws, name, cleanup, "codebuild")
    await_role(codebuild.create_project, name=name, serviceRole=role, **ask, **more)
    cleanup(codebuild.delete_project, name=name)
    return name


def a_deployment_application(aws: AwsClients, name: str, cleanup: Cleanup, **more: Any) -> str:
    """The name of a CodeDeploy application for functions."""
    codedeploy = aws.client("codedeploy")
    codedeploy.create_application(applicationName=name, computePlatform="Lambda", **more)
    cleanup(codedeploy.delete_application, applicationName=name)
    return name


def a_pipeline(
    aws: AwsClients, name: str, cleanup: Cleanup, tags: list[dict[str, str]] | None = None, **more: Any
) -> str:
    """The name of a pipeline from a repository to a build; `more`: of its declaration."""
    codepipeline = aws.client("codepipeline")
    role = a_role(aws, name, cleanup, "codepipeline")
    declared = {**pipeline_declaration(name, role), **more}
    await_role(codepipeline.create_pipeline, pipeline=declared, tags=tags or [])
    cleanup(codepipeline.delete_pipeline, name=name)
    return name


def pipeline_declaration(name: str, role: str) -> dict[str, Any]:
    """Two stages: the source from CodeCommit, a build by CodeBuild."""

    def action(category: str, provider: str, **more: Any) -> dict[str, Any]:
        kind = {"category": category, "owner": "AWS", "provider": provider, "version": "1"}
        return {"name": category, "actionTypeId": kind, "runOrder": 1, **more}

    branch = {"RepositoryName": name, "BranchName": "main", "PollForSourceChanges": "false"}
    source = action(
        "Source", "CodeCommit", configuration=branch, outputArtifacts=[{"name": "source"}], inputArtifacts=[]
    )
    build = action(
        "Build",
        "CodeBuild",
        configuration={"ProjectName": name},
        inputArtifacts=[{"name": "source"}],
        outputArtifacts=[],
    )
    stages = [{"name": "Source", "actions": [source]}, {"name": "Build", "actions": [build]}]
    return {"name": name, "roleArn": role, "artifactStore": {"type": "S3", "location": name}, "stages": stages}


def await_role(create: Callable[..., Any], **arguments: Any) -> None:
    """Creates what acts as a new role, as soon as the service knows the role. Raises AssertionError where it is refused."""
    unknown = (
        "InvalidParameterValueException",
        "InvalidStructureException",
        "InvalidInputException",
        "InvalidRoleException",
        "BadRequestException",
    )
    last = wait_for(
        "the role is known",
        lambda: refusal(create, **arguments),
        lambda refused: refused is None or refused[0] not in unknown,
        10,
    )
    assert last is None, f"refused: {last}"


def a_function(aws: AwsClients, name: str, cleanup: Cleanup, **more: Any) -> str:
    """The ARN of an active function that answers with nothing."""
    functions, source = aws.client("lambda"), "def handle(event, context):\n    return {}\n"
    ask = {"Runtime": RUNTIME, "Handler": "handler.handle", "Code": {"ZipFile": zipped(source)}}
    await_role(functions.create_function, FunctionName=name, Role=a_role(aws, name, cleanup, "lambda"), **ask, **more)
    cleanup(functions.delete_function, FunctionName=name)
    return str(function_settled(aws, name)["FunctionArn"])
