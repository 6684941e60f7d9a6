"""Kinesis: the position feed's stream."""

from harness.system import System
from tests.resources import stream


def test_the_position_stream_is_active(system: System) -> None:
    assert stream(system)["StreamStatus"] == "ACTIVE"


def test_the_position_stream_is_encrypted_with_kms(system: System) -> None:
    assert stream(system).get("EncryptionType") == "KMS"


def test_the_position_stream_keeps_a_week_of_records(system: System) -> None:
    assert stream(system)["RetentionPeriodHours"] == 168


def test_the_position_stream_has_more_than_one_open_shard(system: System) -> None:
    assert stream(system)["OpenShardCount"] >= 2
