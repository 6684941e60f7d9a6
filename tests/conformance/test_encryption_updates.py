"""The key of a resource stays when another attribute is changed, and is another one when it is changed to that."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.deadline import await_answer, wait_for
from harness.scenarios.scenario import scenario
from tests.conformance import makers
from tests.conformance.makers import Cleanup, function_settled, stream_active, table_active

pytestmark = scenario(lane="security")


@dataclass(frozen=True)
class Encrypted:
    """A resource under a key: what its service says of the key, an update of something else, and one of the key."""

    key: Callable[[], Any]
    update: Callable[[], object]
    rekey: Callable[[str], object]


Make = Callable[[AwsClients, str, Cleanup, str], Encrypted]


def of_sqs(aws: AwsClients, name: str, cleanup: Cleanup, key: str) -> Encrypted:
    sqs, url = aws.client("sqs"), makers.a_queue(aws, name, cleanup, Attributes={"KmsMasterKeyId": key})

    def change(**attributes: str) -> None:
        sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes)

    return Encrypted(
        lambda: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"].get("KmsMasterKeyId"),
        lambda: change(VisibilityTimeout="77"),
        lambda other: change(KmsMasterKeyId=other),
    )


def of_sns(aws: AwsClients, name: str, cleanup: Cleanup, key: str) -> Encrypted:
    sns, arn = aws.client("sns"), makers.a_topic(aws, name, cleanup, Attributes={"KmsMasterKeyId": key})

    def change(attribute: str, value: str) -> None:
        sns.set_topic_attributes(TopicArn=arn, AttributeName=attribute, AttributeValue=value)

    return Encrypted(
        lambda: sns.get_topic_attributes(TopicArn=arn)["Attributes"].get("KmsMasterKeyId"),
        lambda: change("DisplayName", "another"),
        lambda other: change("KmsMasterKeyId", other),
    )


def of_kinesis(aws: AwsClients, name: str, cleanup: Cleanup, key: str) -> Encrypted:
    kinesis = aws.client("kinesis")
    makers.a_stream(aws, name, cleanup)

    def encrypt(with_key: str) -> None:
        kinesis.start_stream_encryption(StreamName=name, EncryptionType="KMS", KeyId=with_key)
        stream_active(aws, name)

    def retain() -> None:
        kinesis.increase_stream_retention_period(StreamName=name, RetentionPeriodHours=48)
        stream_active(aws, name)

    encrypt(key)
    return Encrypted(lambda: stream_active(aws, name).get("KeyId"), retain, encrypt)


def of_dynamodb(aws: AwsClients, name: str, cleanup: Cleanup, key: str) -> Encrypted:
    dynamodb = aws.client("dynamodb")
    makers.a_table(aws, name, cleanup, SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key})

    def encrypted() -> Any:
        return table_active(aws, name).get("SSEDescription", {}).get("KMSMasterKeyArn")

    def rekey(other: str) -> None:
        dynamodb.update_table(
            TableName=name, SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": other}
        )
        wait_for("the table's other key", encrypted, other.__eq__)

    stream = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    return Encrypted(encrypted, lambda: dynamodb.update_table(TableName=name, StreamSpecification=stream), rekey)


def of_s3(aws: AwsClients, name: str, cleanup: Cleanup, key: str) -> Encrypted:
    s3 = aws.client("s3")
    makers.a_bucket(aws, name, cleanup)

    def encrypt(with_key: str) -> None:
        rule = {
            "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": with_key},
            "BucketKeyEnabled": True,
        }
        s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})

    def encrypted() -> Any:
        [rule] = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
        assert rule["BucketKeyEnabled"] is True
        return rule["ApplyServerSideEncryptionByDefault"].get("KMSMasterKeyID")

    encrypt(key)
    return Encrypted(
        encrypted, lambda: s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"}), encrypt
    )


def of_secretsmanager(aws: AwsClients, name: str, cleanup: Cleanup, key: str) -> Encrypted:
    secrets, arn = aws.client("secretsmanager"), makers.a_secret(aws, name, cleanup, KmsKeyId=key)
    return Encrypted(
        lambda: secrets.describe_secret(SecretId=arn).get("KmsKeyId"),
        lambda: secrets.update_secret(SecretId=arn, SecretString="another"),
        lambda other: secrets.update_secret(SecretId=arn, KmsKeyId=other),
    )


def of_logs(aws: AwsClients, name: str, cleanup: Cleanup, key: str) -> Encrypted:
    logs = aws.client("logs")
    makers.a_log_group(aws, name, cleanup, kmsKeyId=key)
    return Encrypted(
        lambda: logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0].get("kmsKeyId"),
        lambda: logs.put_retention_policy(logGroupName=name, retentionInDays=30),
        lambda other: logs.associate_kms_key(logGroupName=name, kmsKeyId=other),
    )


def of_lambda(aws: AwsClients, name: str, cleanup: Cleanup, key: str) -> Encrypted:
    functions = aws.client("lambda")
    makers.a_function(aws, name, cleanup, KMSKeyArn=key, Environment={"Variables": {"A": "1"}})

    def change(**configuration: Any) -> None:
        functions.update_function_configuration(FunctionName=name, **configuration)
        function_settled(aws, name)

    return Encrypted(
        lambda: functions.get_function_configuration(FunctionName=name).get("KMSKeyArn"),
        lambda: change(Environment={"Variables": {"A": "2"}}, Timeout=17),
        lambda other: change(KMSKeyArn=other),
    )


def of_events(aws: AwsClients, name: str, cleanup: Cleanup, key: str) -> Encrypted:
    events = aws.client("events")
    makers.a_bus(aws, name, cleanup, KmsKeyIdentifier=key)
    return Encrypted(
        lambda: events.describe_event_bus(Name=name).get("KmsKeyIdentifier"),
        lambda: events.put_permission(
            EventBusName=name, Action="events:PutEvents", Principal=makers.account(aws), StatementId="own"
        ),
        lambda other: events.update_event_bus(Name=name, KmsKeyIdentifier=other),
    )


def of_appconfig(aws: AwsClients, name: str, cleanup: Cleanup, key: str) -> Encrypted:
    appconfig, application = aws.client("appconfig"), makers.an_application(aws, name, cleanup)
    made = appconfig.create_configuration_profile(
        ApplicationId=application, Name="rules", LocationUri="hosted", KmsKeyIdentifier=key
    )["Id"]
    names = {"ApplicationId": application, "ConfigurationProfileId": made}
    cleanup(appconfig.delete_configuration_profile, **names)
    return Encrypted(
        lambda: appconfig.get_configuration_profile(**names).get("KmsKeyArn"),
        lambda: appconfig.update_configuration_profile(**names, Description="another"),
        lambda other: appconfig.update_configuration_profile(**names, KmsKeyIdentifier=other),
    )


def of_codebuild(aws: AwsClients, name: str, cleanup: Cleanup, key: str) -> Encrypted:
    codebuild = aws.client("codebuild")
    makers.a_project(aws, name, cleanup, encryptionKey=key)
    return Encrypted(
        lambda: codebuild.batch_get_projects(names=[name])["projects"][0].get("encryptionKey"),
        lambda: codebuild.update_project(name=name, description="another", timeoutInMinutes=17),
        lambda other: codebuild.update_project(name=name, encryptionKey=other),
    )


def of_codecommit(aws: AwsClients, name: str, cleanup: Cleanup, key: str) -> Encrypted:
    codecommit = aws.client("codecommit")
    makers.a_source_repository(aws, name, cleanup, kmsKeyId=key)
    return Encrypted(
        lambda: codecommit.get_repository(repositoryName=name)["repositoryMetadata"].get("kmsKeyId"),
        lambda: codecommit.update_repository_description(repositoryName=name, repositoryDescription="another"),
        lambda other: codecommit.update_repository_encryption_key(repositoryName=name, kmsKeyId=other),
    )


def of_codepipeline(aws: AwsClients, name: str, cleanup: Cleanup, key: str) -> Encrypted:
    codepipeline = aws.client("codepipeline")
    store = {"type": "S3", "location": name, "encryptionKey": {"type": "KMS", "id": key}}
    makers.a_pipeline(aws, name, cleanup, artifactStore=store)

    def change(**declared: Any) -> None:
        found = codepipeline.get_pipeline(name=name)["pipeline"]
        codepipeline.update_pipeline(pipeline={**found, **declared})

    return Encrypted(
        lambda: codepipeline.get_pipeline(name=name)["pipeline"]["artifactStore"].get("encryptionKey", {}).get("id"),
        lambda: change(executionMode="QUEUED", pipelineType="V2"),
        lambda other: change(artifactStore={**store, "encryptionKey": {"type": "KMS", "id": other}}),
    )


RESOURCES: dict[str, tuple[Make, str]] = {
    "sqs": (of_sqs, "SetQueueAttributes"),
    "sns": (of_sns, "SetTopicAttributes"),
    "kinesis": (of_kinesis, "StartStreamEncryption"),
    "dynamodb": (of_dynamodb, "UpdateTable"),
    "s3": (of_s3, "PutBucketEncryption"),
    "secretsmanager": (of_secretsmanager, "UpdateSecret"),
    "logs": (of_logs, "AssociateKmsKey"),
    "lambda": (of_lambda, "UpdateFunctionConfiguration"),
    "events": (of_events, "UpdateEventBus"),
    "appconfig": (of_appconfig, "UpdateConfigurationProfile"),
    "codebuild": (of_codebuild, "UpdateProject"),
    "codecommit": (of_codecommit, "UpdateRepositoryEncryptionKey"),
    "codepipeline": (of_codepipeline, "UpdatePipeline"),
}
each_service = pytest.mark.parametrize(
    "make",
    [
        pytest.param(make, id=service, marks=scenario(service=service, aws=f"{service}:{operation}"))
        for service, (make, operation) in RESOURCES.items()
    ],
)


def arn_of(aws: AwsClients, key: Any) -> str:
    """The ARN of a key by what a service says of it: ARN, id or alias."""
    assert key, "it names no key"
    return str(aws.client("kms").describe_key(KeyId=key)["KeyMetadata"]["Arn"])


@each_service
@scenario("encryption.after-update", feature="encryption attribute after an update")
def test_an_update_of_another_attribute_leaves_the_key(
    aws: AwsClients, name: str, cleanup: Cleanup, make: Make
) -> None:
    key = makers.a_key_for_services(aws, name, cleanup)
    resource = make(aws, name, cleanup, key)
    await_answer(key, lambda: arn_of(aws, resource.key()))
    resource.update()
    await_answer(key, lambda: arn_of(aws, resource.key()))


@each_service
@scenario("encryption.re-keyed", feature="encryption attribute after an update")
def test_a_resource_given_another_key_names_that_one(aws: AwsClients, name: str, cleanup: Cleanup, make: Make) -> None:
    keys = [makers.a_key_for_services(aws, name, cleanup) for _ in range(2)]
    resource = make(aws, name, cleanup, keys[0])
    resource.rekey(keys[1])
    await_answer(keys[1], lambda: arn_of(aws, resource.key()))
