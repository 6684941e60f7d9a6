"""From raw JSON to a record."""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from domain.records.account import Account, parse_account
from domain.records.corporate_action import CorporateAction, parse_corporate_action
from domain.records.election import Election, ElectionRelease, parse_election, parse_election_release
from domain.records.errors import RecordError
from domain.records.fields import Fields
from domain.records.position import Position, parse_position
from domain.records.security import (
    Confirmation,
    Security,
    Statement,
    parse_confirmation,
    parse_security,
    parse_statement,
)
from domain.records.trade import Trade, parse_trade

Record = Account | Position | Trade | CorporateAction | Election | ElectionRelease | Security | Confirmation | Statement

_PARSERS: Mapping[str, Callable[[Fields], Record]] = {
    Account.record_type: parse_account,
    Position.record_type: parse_position,
    Trade.record_type: parse_trade,
    CorporateAction.record_type: parse_corporate_action,
    Election.record_type: parse_election,
    ElectionRelease.record_type: parse_election_release,
    Security.record_type: parse_security,
    Confirmation.record_type: parse_confirmation,
    Statement.record_type: parse_statement,
}


def parse_record(raw: object) -> tuple[Record, dict[str, Any]]:
    """The record, and its normalised JSON (unknown fields kept). Raises RecordError."""
    if not isinstance(raw, Mapping):
        raise RecordError("not_an_object", "", "a record is one JSON object")
    fields = Fields(raw)
    record_type = raw.get("record_type")
    parser = _PARSERS.get(record_type) if isinstance(record_type, str) else None
    if parser is None:
        raise RecordError(
            "unknown_record_type", "record_type", f"{str(record_type)[:40]!r} is none of {', '.join(sorted(_PARSERS))}"
        )
    record = parser(fields)
    return record, fields.rest()


def content_digest(normalised: Mapping[str, Any]) -> str:
    """SHA-256 of the normalised JSON: equal for the same content, however it was spaced, ordered or zero-padded."""
    canonical = json.dumps(normalised, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
