"""Kinesis: the data stream."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.provider.engine.aws import Aws
from harness.provider.engine.resource import Plain, State
from harness.provider.engine.tagging import Tags
from harness.provider.types.waiting import Waiting
from harness.provider.values import Block
from harness.terminal_states import STREAM

_LEAST_HOURS = 24  # that any stream keeps its records
_UNENCRYPTED = "NONE"
_BY_SHARDS = "PROVISIONED"


@dataclass(frozen=True)
class _StreamTags(Tags):
    """Tags that are told as pairs and set as a map."""

    def to_api(self, tags: Mapping[str, str]) -> Any:
        return dict(tags)


@dataclass(frozen=True, kw_only=True)
class _Stream(Waiting):
    """A stream: all but its shards is set once it is active, and changed by an operation each."""

    def status(self, resource: Mapping[str, Any]) -> set[str]:
        return {resource["StreamStatus"]}

    def created(self, aws: Aws, block: Block, made: State) -> None:
        self.wait(aws, made)
        self._retain(aws, made, _LEAST_HOURS)
        self._encrypt(aws, {}, made)
        self._measure(aws, {}, made)

    def observed(self, aws: Aws, block: Block, state: State, resource: Any) -> dict[str, Any]:
        mode = resource.get("StreamModeDetails", {}).get("StreamMode", _BY_SHARDS)
        seen = super().observed(aws, block, state, resource)
        seen |= {"id": resource["StreamARN"], "encryption_type": resource.get("EncryptionType", _UNENCRYPTED)}
        seen["stream_mode_details"] = [{"stream_mode": mode}]
        seen["shard_count"] = resource["OpenShardCount"] if mode == _BY_SHARDS else state.get("shard_count")
        return seen

    def modify(self, aws: Aws, block: Block, prior: State, planned: State, changed: set[str]) -> None:
        if "stream_mode_details" in changed:
            details = {"StreamMode": planned["stream_mode_details"][0]["stream_mode"]}
            aws.call("kinesis", "UpdateStreamMode", StreamARN=planned["arn"], StreamModeDetails=details)
            self.wait(aws, planned)
        if "shard_count" in changed and planned["shard_count"]:
            count = int(planned["shard_count"])
            self.do(aws, planned, "UpdateShardCount", TargetShardCount=count, ScalingType="UNIFORM_SCALING")
        if "retention_period" in changed:
            self._retain(aws, planned, int(prior["retention_period"] or _LEAST_HOURS))
        if changed & {"encryption_type", "kms_key_id"}:
            self._encrypt(aws, prior, planned)
        if "shard_level_metrics" in changed:
            self._measure(aws, prior, planned)
        if "max_record_size_in_kib" in changed:
            size = int(planned["max_record_size_in_kib"])
            aws.call("kinesis", "UpdateMaxRecordSize", StreamARN=planned["arn"], MaxRecordSizeInKiB=size)
            self.wait(aws, planned)

    def _retain(self, aws: Aws, wanted: State, before: int) -> None:
        hours = int(wanted["retention_period"])
        if hours != before:
            direction = "Increase" if hours > before else "Decrease"
            self.do(aws, wanted, f"{direction}StreamRetentionPeriod", RetentionPeriodHours=hours)

    def _encrypt(self, aws: Aws, prior: State, wanted: State) -> None:
        if wanted["encryption_type"] != _UNENCRYPTED:
            key = {"EncryptionType": wanted["encryption_type"], "KeyId": wanted["kms_key_id"]}
            self.do(aws, wanted, "StartStreamEncryption", **key)
        elif prior.get("encryption_type", _UNENCRYPTED) != _UNENCRYPTED:
            key = {"EncryptionType": prior["encryption_type"], "KeyId": prior["kms_key_id"]}
            self.do(aws, wanted, "StopStreamEncryption", **key)

    def _measure(self, aws: Aws, prior: State, wanted: State) -> None:
        before, after = set(prior.get("shard_level_metrics") or []), set(wanted.get("shard_level_metrics") or [])
        for operation, metrics in (("Disable", before - after), ("Enable", after - before)):
            if metrics:
                self.do(aws, wanted, f"{operation}EnhancedMonitoring", ShardLevelMetrics=sorted(metrics))


TYPES: dict[str, Plain] = {
    "aws_kinesis_stream": _Stream(
        ended=STREAM,
        service="kinesis", create="CreateStream", read="DescribeStreamSummary", at="StreamDescriptionSummary", delete="DeleteStream",
        key={"StreamName": "name"}, id="{arn}", id_parts=r"(?:.*/)?(?P<name>[^/]+)",  # by name, as the real provider does
        delete_key={"StreamName": "name", "EnforceConsumerDeletion": "enforce_consumer_deletion"},
        names={"name": "StreamName", "arn": "StreamARN", "kms_key_id": "KeyId", "retention_period": "RetentionPeriodHours"},
        force_new=frozenset({"name"}), computed_blocks=frozenset({"stream_mode_details"}),
        defaults={"encryption_type": _UNENCRYPTED, "enforce_consumer_deletion": False, "retention_period": _LEAST_HOURS},
        # MiniStack drops the record size and knows no UpdateMaxRecordSize; it takes metrics, and never tells of them.
        unread=frozenset({"max_record_size_in_kib", "shard_level_metrics"}),
        unmade=frozenset({"warm_throughput_mib_ps"}),
        # MiniStack drops the tags of CreateStream, and knows no TagResource for streams.
        tags=_StreamTags(
            tag="AddTagsToStream", untag="RemoveTagsFromStream", read="ListTagsForStream", create=None, key={"StreamName": "name"}
        ),
    ),
}  # fmt: skip
