"""Kinesis: the position feed's stream."""

from harness.scenarios.scenario import scenario
from harness.system import System
from tests.resources import stream

pytestmark = scenario(service="kinesis", lane="control plane", aws="kinesis:StreamDescriptionSummary")


@scenario("kinesis.position-stream.active", feature="stream status")
def test_the_position_stream_is_active(system: System) -> None:
    assert stream(system)["StreamStatus"] == "ACTIVE"


@scenario("kinesis.position-stream.encrypted", feature="encryption")
def test_the_position_stream_is_encrypted_with_kms(system: System) -> None:
    assert stream(system).get("EncryptionType") == "KMS"


@scenario("kinesis.position-stream.retention", feature="retention")
def test_the_position_stream_keeps_a_week_of_records(system: System) -> None:
    assert stream(system)["RetentionPeriodHours"] == 168


@scenario("kinesis.position-stream.shards", feature="shards")
def test_the_position_stream_has_more_than_one_open_shard(system: System) -> None:
    assert stream(system)["OpenShardCount"] >= 2
