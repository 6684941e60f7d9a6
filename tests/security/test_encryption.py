"""KMS: every resource that is encrypted names our key, the one of output kms_key_arn."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from harness.scenarios.scenario import scenario
from harness.system import System
from tests import resources
from tests.resources import BUCKETS, FUNCTIONS, PROFILES, PROJECTS, QUEUES, TABLES

pytestmark = scenario(service="kms", lane="security", aws="kms-guide:service-integration")

LOG_WRITERS = (*FUNCTIONS, *PROJECTS, "engine", "pipeline")


def _of_table(output: str, system: System) -> Any:
    return resources.table(system, output).get("SSEDescription", {}).get("KMSMasterKeyArn")


def _of_bucket(output: str, system: System) -> Any:
    answer = system.client("s3").get_bucket_encryption(Bucket=system.outputs[output])
    [rule] = answer["ServerSideEncryptionConfiguration"]["Rules"]
    return rule["ApplyServerSideEncryptionByDefault"].get("KMSMasterKeyID")


def _of_queue(output: str, system: System) -> Any:
    return resources.queue(system, output).get("KmsMasterKeyId")


def _of_function(name: str, system: System) -> Any:
    return resources.function(system, name).get("KMSKeyArn")


def _of_profile(name: str, system: System) -> Any:
    return resources.profile(system, name).get("KmsKeyArn")


def _of_project(name: str, system: System) -> Any:
    return resources.project(system, name).get("encryptionKey")


def _of_log_group(writer: str, system: System) -> Any:
    return resources.log_group(system, writer).get("kmsKeyId")


KEY_OF: dict[str, tuple[str, Callable[[System], Any]]] = {
    **{output: ("dynamodb", partial(_of_table, output)) for output in TABLES},
    **{output: ("s3", partial(_of_bucket, output)) for output in BUCKETS},
    **{output: ("sqs", partial(_of_queue, output)) for output in QUEUES},
    **{f"function {name}": ("lambda", partial(_of_function, name)) for name in FUNCTIONS},
    **{f"rules {name}": ("appconfig", partial(_of_profile, name)) for name in PROFILES},
    **{f"build {name}": ("codebuild", partial(_of_project, name)) for name in PROJECTS},
    **{f"logs of {writer}": ("logs", partial(_of_log_group, writer)) for writer in LOG_WRITERS},
    "position_stream_name": ("kinesis", lambda system: resources.stream(system).get("KeyId")),
    "notifications_topic_arn": ("sns", lambda system: resources.topic(system).get("KmsMasterKeyId")),
    "event_bus_name": ("events", lambda system: resources.event_bus(system).get("KmsKeyIdentifier")),
    "database": ("rds", lambda system: resources.database(system).get("KmsKeyId")),
    "database_secret_arn": ("secretsmanager", lambda system: resources.secret(system).get("KmsKeyId")),
    "engine_repository_url": (
        "ecr", lambda system: resources.repository(system).get("encryptionConfiguration", {}).get("kmsKey")
    ),
    "codecommit_repository_name": (
        "codecommit", lambda system: resources.source_repository(system).get("kmsKeyId")
    ),
    "codepipeline_name": (
        "codepipeline", lambda system: resources.pipeline(system)["artifactStore"].get("encryptionKey", {}).get("id")
    ),
}  # fmt: skip
"""Resource: its service, whose answer is judged, and what this says of the key."""


@scenario("kms.encryption.our-key", feature="encryption attribute of a resource")
@pytest.mark.parametrize(
    "resource", [pytest.param(name, marks=scenario(service=service)) for name, (service, _) in KEY_OF.items()]
)
def test_a_resource_is_encrypted_with_our_key(system: System, resource: str) -> None:
    named = KEY_OF[resource][1](system)
    assert named, "it names no key"
    assert system.client("kms").describe_key(KeyId=named)["KeyMetadata"]["Arn"] == system.outputs["kms_key_arn"]


@scenario("s3.encryption.default-applied", feature="default encryption", aws="s3-guide:bucket-encryption", service="s3")
@pytest.mark.parametrize("output", BUCKETS)
def test_an_object_put_without_a_word_about_encryption_is_encrypted_with_our_key(
    system: System, fresh: str, output: str
) -> None:
    s3, names = system.client("s3"), {"Bucket": system.outputs[output], "Key": f"encryption-probe/{fresh}"}
    put = s3.put_object(**names, Body=b"probe")
    try:
        found = s3.head_object(**names)
    finally:
        s3.delete_object(**names, **({"VersionId": put["VersionId"]} if "VersionId" in put else {}))
    encryption = (found.get("ServerSideEncryption"), found.get("SSEKMSKeyId"))
    assert encryption == ("aws:kms", system.outputs["kms_key_arn"])
