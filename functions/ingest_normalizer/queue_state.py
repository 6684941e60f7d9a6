"""queue-state: what became of each record and request, for people. Written once here; the engine takes it further."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from domain.records import CorporateAction
from functions.ingest_normalizer.lines import Fact
from functions.ingest_normalizer.requests import Request
from functions.ingest_normalizer.writing import Put
from sending import Quarantine

_NEW = "attribute_not_exists(id)"
_NEW_OR_RECEIVED = f"{_NEW} OR (#state = :received AND attribute_not_exists(state_version))"


def record_received(table: str, request_id: str, fact: Fact) -> Sequence[Put]:
    """Return the puts of state RECEIVED of a record, and of an event that it announces, unless a state stands there already.

    The line's own item is its first record's; where it has more, it says how many (`records`), and each of the others has an item too.
    """
    item = {
        "kind": "record",
        "record_type": fact.record.record_type,
        "record_identity": fact.record.identity,
        "state": "RECEIVED",
        "request_id": request_id,
    }
    if fact.number == 1 and fact.of > 1:
        item["records"] = str(fact.of)
    puts = [_put(table, fact.record_id, item | _instants(fact.line.received_at))]
    if isinstance(fact.record, CorporateAction):
        event_id, numbers = fact.record.corporate_action_event_id, {"version": fact.record.version, "entitlements": 0}
        event = {"kind": "corporate_action", "corporate_action_event_id": event_id, "state": "RECEIVED"}
        puts.append(_put(table, f"corporate_action:{event_id}", event, numbers))
    return puts


def record_quarantined(table: str, kept_days: int, quarantine: Quarantine) -> Put:
    """Return the put of state QUARANTINED with the reason, also over RECEIVED, unless the record has another state already.

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
    return _put(table, quarantine.record_id, item | _instants(quarantine.received_at), expiry, over_received)


def request_received(table: str, request: Request) -> Put:
    """Return the put of state RECEIVED of one entitlement request, unless a state stands there already."""
    item = {"kind": "request", "state": "RECEIVED", "records": str(len(request.facts))}
    return _put(table, request.request_id, item | _instants(request.facts[0].line.received_at))


def _instants(received_at: str) -> dict[str, str]:
    return {"received_at": received_at, "updated_at": received_at}


def _put(
    table: str,
    identity: str,
    item: Mapping[str, str],
    numbers: Mapping[str, int] | None = None,
    condition: Mapping[str, Any] | None = None,
) -> Put:
    values = {"id": {"S": identity}} | {name: {"S": value} for name, value in item.items() if value}
    values |= {name: {"N": str(number)} for name, number in (numbers or {}).items()}
    return Put(identity, {"TableName": table, "Item": values, **(condition or {"ConditionExpression": _NEW})})
