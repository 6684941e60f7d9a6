"""DynamoDB: the table with its indexes, stream, encryption, backups and expiry."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.provider.engine.aws import Aws, at
from harness.provider.engine.resource import Plain, State
from harness.provider.engine.tagging import Tags
from harness.provider.equality import same
from harness.provider.types.waiting import Waiting
from harness.provider.values import Block, canonical
from harness.terminal_states import TABLE

_PROVISIONED = "PROVISIONED"


def _key_schema(keys: State) -> list[dict[str, str]]:
    if keys.get("key_schema"):
        return [{"AttributeName": key["attribute_name"], "KeyType": key["key_type"]} for key in keys["key_schema"]]
    pairs = ((keys.get("hash_key"), "HASH"), (keys.get("range_key"), "RANGE"))
    return [{"AttributeName": name, "KeyType": kind} for name, kind in pairs if name]


def _keys(described: Mapping[str, Any]) -> dict[str, Any]:
    by_kind = {key["KeyType"]: key["AttributeName"] for key in described["KeySchema"]}
    return {"hash_key": by_kind.get("HASH"), "range_key": by_kind.get("RANGE")}


def _capacity(given: State) -> dict[str, int]:
    return {
        "ReadCapacityUnits": int(given.get("read_capacity") or 0),
        "WriteCapacityUnits": int(given.get("write_capacity") or 0),
    }


def _capacity_seen(described: Mapping[str, Any]) -> dict[str, Any]:
    units = described.get("ProvisionedThroughput", {})
    return {"read_capacity": units.get("ReadCapacityUnits"), "write_capacity": units.get("WriteCapacityUnits")}


def _projection(given: State) -> dict[str, Any]:
    others = {"NonKeyAttributes": given["non_key_attributes"]} if given.get("non_key_attributes") else {}
    return {"ProjectionType": given["projection_type"], **others}


def _definitions(planned: State) -> list[dict[str, str]]:
    return [{"AttributeName": key["name"], "AttributeType": key["type"]} for key in planned["attribute"]]


def _by_name(items: Iterable[State] | None) -> dict[str, State]:
    return {item["name"]: item for item in items or []}


def _projection_seen(described: Mapping[str, Any]) -> dict[str, Any]:
    others = described["Projection"].get("NonKeyAttributes")
    return {
        "projection_type": described["Projection"]["ProjectionType"],
        "non_key_attributes": sorted(others) if others else None,
    }


def _in_order_of(known: Mapping[str, State], seen: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """As the state has them, so that each index meets its own; what it has not comes last."""
    order = {name: place for place, name in enumerate(known)}
    return sorted(seen, key=lambda index: (order.get(index["name"], len(order)), index["name"]))


def _alike(left: State, right: State) -> bool:
    """Whether two forms of an index differ at most in capacity."""
    return bool(_key_schema(left) == _key_schema(right) and same(_projection(left), _projection(right)))


def _stream(planned: State) -> dict[str, Any]:
    return {"StreamEnabled": True, "StreamViewType": planned["stream_view_type"]}


def _encryption(planned: State) -> dict[str, Any]:
    [wanted] = planned["server_side_encryption"] or [{"enabled": False}]
    if not wanted["enabled"]:
        return {"Enabled": False}
    key = {"KMSMasterKeyId": wanted["kms_key_arn"]} if wanted.get("kms_key_arn") else {}
    return {"Enabled": True, "SSEType": "KMS", **key}


def _encryption_seen(described: Mapping[str, Any]) -> list[dict[str, Any]]:
    if described.get("Status") not in ("ENABLED", "UPDATING"):
        return []
    return [{"enabled": True, "kms_key_arn": described.get("KMSMasterKeyArn")}]


def _disabled(expiry: list[State]) -> list[dict[str, Any]]:
    return [{**setting, "enabled": False} for setting in expiry]


@dataclass(frozen=True, kw_only=True)
class _Table(Waiting):
    """A table: keys and indexes are blocks of their own form, backups and expiry have operations of their own."""

    def status(self, resource: Mapping[str, Any]) -> set[str]:
        indexes = {index["IndexStatus"] for index in resource.get("GlobalSecondaryIndexes", [])}
        busy = {"UPDATING"} if at("SSEDescription.Status", resource) in ("ENABLING", "UPDATING", "DISABLING") else set()
        return {resource["TableStatus"], *indexes, *busy}

    def creation(self, aws: Aws, block: Block, planned: State) -> dict[str, Any]:
        parameters = super().creation(aws, block, planned)
        parameters |= {"KeySchema": _key_schema(planned), "AttributeDefinitions": _definitions(planned)}
        if planned["billing_mode"] == _PROVISIONED:
            parameters["ProvisionedThroughput"] = _capacity(planned)
        if indexes := planned.get("global_secondary_index"):
            parameters["GlobalSecondaryIndexes"] = [self._index(planned, index) for index in indexes]
        if indexes := planned.get("local_secondary_index"):
            key = {"hash_key": planned["hash_key"]}
            parameters["LocalSecondaryIndexes"] = [self._index({}, {**index, **key}) for index in indexes]
        if planned.get("stream_enabled"):
            parameters["StreamSpecification"] = _stream(planned)
        if planned.get("server_side_encryption"):
            parameters["SSESpecification"] = _encryption(planned)
        return parameters

    @staticmethod
    def _index(table: State, given: State) -> dict[str, Any]:
        index = {"IndexName": given["name"], "KeySchema": _key_schema(given), "Projection": _projection(given)}
        return (
            {**index, "ProvisionedThroughput": _capacity(given)} if table.get("billing_mode") == _PROVISIONED else index
        )

    def created(self, aws: Aws, block: Block, made: State) -> None:
        self.wait(aws, made)
        if any(setting["enabled"] for setting in made.get("point_in_time_recovery") or []):
            self._set_recovery(aws, made)
        if any(setting["enabled"] for setting in made.get("ttl") or []):
            self._set_expiry(aws, made)

    def observed(self, aws: Aws, block: Block, state: State, resource: Any) -> dict[str, Any]:
        seen = super().observed(aws, block, state, resource)
        stream = resource.get("StreamSpecification", {})
        seen |= {**_keys(resource), **_capacity_seen(resource)}
        seen |= {
            "attribute": sorted(seen["attribute"], key=canonical),
            "billing_mode": at("BillingModeSummary.BillingMode", resource) or _PROVISIONED,
            "table_class": at("TableClassSummary.TableClass", resource) or "STANDARD",
            "stream_enabled": bool(stream.get("StreamEnabled")),
            "stream_view_type": stream.get("StreamViewType"),
            "global_secondary_index": self._indexes_seen(state, resource.get("GlobalSecondaryIndexes", [])),
            "local_secondary_index": self._local_indexes_seen(state, resource.get("LocalSecondaryIndexes", [])),
            "server_side_encryption": _encryption_seen(resource.get("SSEDescription", {})),
            "point_in_time_recovery": self._recovery_seen(aws, state),
            "ttl": self._expiry_seen(aws, state),
        }
        return seen

    @staticmethod
    def _indexes_seen(state: State, indexes: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """In the state's order, and with the keys in the form that the state has them in."""
        known = _by_name(state.get("global_secondary_index"))
        seen = []
        for index in indexes:
            in_blocks = known.get(index["IndexName"], {}).get("key_schema")
            blocks = [{"attribute_name": k["AttributeName"], "key_type": k["KeyType"]} for k in index["KeySchema"]]
            others = {"name": index["IndexName"], "key_schema": blocks if in_blocks else []}
            keys = {"hash_key": None, "range_key": None} if in_blocks else _keys(index)
            rest: dict[str, Any] = {"on_demand_throughput": [], "warm_throughput": []}
            seen.append({**others, **keys, **_projection_seen(index), **_capacity_seen(index), **rest})
        return _in_order_of(known, seen)

    @staticmethod
    def _local_indexes_seen(state: State, indexes: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
        seen = [
            {"name": index["IndexName"], "range_key": _keys(index)["range_key"], **_projection_seen(index)}
            for index in indexes
        ]
        return _in_order_of(_by_name(state.get("local_secondary_index")), seen)

    def _recovery_seen(self, aws: Aws, state: State) -> list[dict[str, Any]]:
        recovery = at(
            "ContinuousBackupsDescription.PointInTimeRecoveryDescription",
            aws.call("dynamodb", "DescribeContinuousBackups", TableName=state["name"]),
        )
        enabled = recovery["PointInTimeRecoveryStatus"] == "ENABLED"
        return [{"enabled": enabled, "recovery_period_in_days": recovery.get("RecoveryPeriodInDays")}]

    def _expiry_seen(self, aws: Aws, state: State) -> list[dict[str, Any]]:
        answer = aws.call("dynamodb", "DescribeTimeToLive", TableName=state["name"])["TimeToLiveDescription"]
        if answer["TimeToLiveStatus"] in ("ENABLED", "ENABLING"):
            return [{"enabled": True, "attribute_name": answer.get("AttributeName")}]
        return _disabled(state.get("ttl") or [])  # disabled, DynamoDB names no attribute

    def modify(self, aws: Aws, block: Block, prior: State, planned: State, changed: set[str]) -> None:
        if changed & {"billing_mode", "read_capacity", "write_capacity"}:
            self._set_billing(aws, planned)
        if changed & {"stream_enabled", "stream_view_type"}:
            self._set_stream(aws, prior, planned)
        if "global_secondary_index" in changed:
            self._set_indexes(aws, prior, planned)
        if "server_side_encryption" in changed:
            self.do(aws, planned, "UpdateTable", SSESpecification=_encryption(planned))
        if "deletion_protection_enabled" in changed:
            protected = bool(planned["deletion_protection_enabled"])
            self.do(aws, planned, "UpdateTable", DeletionProtectionEnabled=protected)
        if "table_class" in changed:
            self.do(aws, planned, "UpdateTable", TableClass=planned["table_class"])
        if "point_in_time_recovery" in changed:
            self._set_recovery(aws, planned)
        if "ttl" in changed:
            self._set_expiry(aws, planned if planned["ttl"] else {**planned, "ttl": _disabled(prior["ttl"])})

    def _set_billing(self, aws: Aws, planned: State) -> None:
        more: dict[str, Any] = {}
        if planned["billing_mode"] == _PROVISIONED:
            more["ProvisionedThroughput"] = _capacity(planned)
        self.do(aws, planned, "UpdateTable", BillingMode=planned["billing_mode"], **more)

    def _set_stream(self, aws: Aws, prior: State, planned: State) -> None:
        """A stream's view changes by a new stream."""
        if prior.get("stream_enabled"):
            self.do(aws, planned, "UpdateTable", StreamSpecification={"StreamEnabled": False})
        if planned.get("stream_enabled"):
            self.do(aws, planned, "UpdateTable", StreamSpecification=_stream(planned))

    def _set_indexes(self, aws: Aws, prior: State, planned: State) -> None:
        """One at a time, as DynamoDB takes them: what changed in more than capacity is deleted and created."""
        before, after = _by_name(prior.get("global_secondary_index")), _by_name(planned["global_secondary_index"])
        new = {name for name in after if name not in before or not _alike(before[name], after[name])}
        for name in sorted(before.keys() - after.keys() | new & before.keys()):
            self._change_index(aws, planned, {"Delete": {"IndexName": name}})
        for name in sorted(new):
            definitions = _definitions(planned)
            self._change_index(
                aws, planned, {"Create": self._index(planned, after[name])}, AttributeDefinitions=definitions
            )
        for name in sorted(after.keys() - new):
            if planned["billing_mode"] == _PROVISIONED and _capacity(before[name]) != _capacity(after[name]):
                capacity = {"IndexName": name, "ProvisionedThroughput": _capacity(after[name])}
                self._change_index(aws, planned, {"Update": capacity})

    def _change_index(self, aws: Aws, planned: State, change: State, **more: Any) -> None:
        self.do(aws, planned, "UpdateTable", GlobalSecondaryIndexUpdates=[change], **more)

    @staticmethod
    def _set_recovery(aws: Aws, planned: State) -> None:
        [wanted] = planned["point_in_time_recovery"] or [{"enabled": False}]
        days = wanted.get("recovery_period_in_days")
        more = {"RecoveryPeriodInDays": int(days)} if days and wanted["enabled"] else {}
        setting = {"PointInTimeRecoveryEnabled": wanted["enabled"], **more}
        aws.call(
            "dynamodb", "UpdateContinuousBackups", TableName=planned["name"], PointInTimeRecoverySpecification=setting
        )

    @staticmethod
    def _set_expiry(aws: Aws, planned: State) -> None:
        [wanted] = planned["ttl"]
        setting = {"Enabled": bool(wanted["enabled"]), "AttributeName": wanted["attribute_name"]}
        aws.call("dynamodb", "UpdateTimeToLive", TableName=planned["name"], TimeToLiveSpecification=setting)


TYPES: dict[str, Plain] = {
    "aws_dynamodb_table": _Table(
        ended=TABLE,
        service="dynamodb", create="CreateTable", made_at="TableDescription", read="DescribeTable", at="Table", delete="DeleteTable",
        key={"TableName": "name"}, id="{name}",
        names={
            "name": "TableName", "arn": "TableArn", "stream_arn": "LatestStreamArn", "stream_label": "LatestStreamLabel",
            "attribute": "AttributeDefinitions", "attribute.name": "AttributeName", "attribute.type": "AttributeType",
        },
        force_new=frozenset({"hash_key", "local_secondary_index", "name", "range_key"}),
        defaults={"billing_mode": _PROVISIONED, "deletion_protection_enabled": False, "table_class": "STANDARD"},
        recomputed=dict.fromkeys(("stream_arn", "stream_label"), ("stream_enabled", "stream_view_type")),
        unread=frozenset({"warm_throughput"}),  # DynamoDB tells it of every table, also where nobody asked for it
        unmade=frozenset({
            "global_secondary_index.on_demand_throughput", "global_secondary_index.warm_throughput", "global_table_witness",
            "import_table", "replica", "restore_backup_arn", "restore_date_time", "restore_source_name", "restore_source_table_arn",
            "restore_to_latest_time", "warm_throughput", "on_demand_throughput",
        }),
        tags=Tags(read="ListTagsOfResource"),
    ),
}  # fmt: skip
