"""queue-state: what became of each record and request, for people. Written once here; the engine takes it further."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from domain.records import CorporateAction
from functions.ingest_normalizer.lines import Fact
from functions.ingest_normalizer.requests import Request
from sending import Quarantine

_NEW = "attribute_not_exists(id)"
_NEW_OR_RECEIVED = f"{_NEW} OR (#state = :received AND attribute_not_exists(state_version))"


def record_received(dynamodb: Any, table: str, request_ids: Mapping[str, str], fact: Fact) -> None:
    """Write state RECEIVED of a record, and of an event that it announces, unless a state stands there already.

    `request_ids` is by record id. The line's own item is its first record's; where it has more, it says how many (`records`), and each of
    the others has an item too.
    """
    item = {
        "kind": "record",
        "record_type": fact.record.record_type,
        "record_identity": fact.record.identity,
        "state": "RECEIVED",
        "request_id": request_ids[fact.record_id],
    }
    if fact.number == 1 and fact.of > 1:
        item["records"] = str(fact.of)
    _put_new(dynamodb, table, fact.record_id, item | _instants(fact.line.received_at))
    if isinstance(fact.record, CorporateAction):
        event_id, version = fact.record.corporate_action_event_id, fact.record.version
        event = {"kind": "corporate_action", "corporate_action_event_id": event_id, "state": "RECEIVED"}
        _put_new(dynamodb, table, f"corporate_action:{event_id}", event, version=version, entitlements=0)


def record_quarantined(dynamodb: Any, table: str, kept_days: int, quarantine: Quarantine) -> bool:
    """Write state QUARANTINED with the reason, also over RECEIVED; return False where the record has another state already.

    The item expires `kept_days` after the record came.
    """
    item = {
        "kind": "record",
        "state": "QUARANTINED",
        "reason": quarantine.reason,
        "field": quarantine.field,
        "detail": quarantine.detail,
    }
    over_received = {
        "ConditionExpression": _NEW_OR_RECEIVED,
        "ExpressionAttributeNames": {"#state": "state"},
        "ExpressionAttributeValues": {":received": {"S": "RECEIVED"}},
    }
    expiry = {"expires_at": int((datetime.fromisoformat(quarantine.received_at) + timedelta(kept_days)).timestamp())}
    return _put(dynamodb, table, quarantine.record_id, item | _instants(quarantine.received_at), expiry, over_received)


def request_received(dynamodb: Any, table: str, request: Request) -> None:
    """Write state RECEIVED of one entitlement request, unless a state stands there already."""
    item = {"kind": "request", "state": "RECEIVED", "records": str(len(request.facts))}
    _put_new(dynamodb, table, request.request_id, item | _instants(request.facts[0].line.received_at))


def _instants(received_at: str) -> dict[str, str]:
    return {"received_at": received_at, "updated_at": received_at}


def _put_new(dynamodb: Any, table: str, identity: str, item: dict[str, str], **numbers: int) -> bool:
    return _put(dynamodb, table, identity, item, numbers, {"ConditionExpression": _NEW})


def _put(
    dynamodb: Any, table: str, identity: str, item: dict[str, str], numbers: dict[str, int], condition: dict[str, Any]
) -> bool:
    """Return False where the condition does not hold."""
    values = {"id": {"S": identity}} | {name: {"S": value} for name, value in item.items() if value}
    values |= {name: {"N": str(number)} for name, number in numbers.items()}
    try:
        dynamodb.put_item(TableName=table, Item=values, **condition)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return False
    return True
