"""From raw JSON to a record."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, get_args

from domain.records.account import Account
from domain.records.advice import Advice
from domain.records.corporate_action import CorporateAction
from domain.records.declared import read_as
from domain.records.drawing import Drawing
from domain.records.election import Election, ElectionRelease
from domain.records.errors import RecordError
from domain.records.exchange_rate import ExchangeRate
from domain.records.fields import Fields
from domain.records.nearest import did_you_mean
from domain.records.position import Position
from domain.records.security import Confirmation, Security, Statement
from domain.records.trade import Trade
from domain.records.transfer import Transfer
from domain.records.unread import told

Record = (
    Account
    | Position
    | Trade
    | Transfer
    | CorporateAction
    | Election
    | ElectionRelease
    | Drawing
    | Security
    | Confirmation
    | Advice
    | Statement
    | ExchangeRate
)

_RECORDS: Mapping[str, type[Record]] = {record.record_type: record for record in get_args(Record)}


def stored_record(body: object) -> Record:
    """Return a record that was taken before from its normalised JSON: a name that is unknown today was free then. Raises RecordError."""
    return _read(body, stored=True)[0]


def parse_record(raw: object) -> tuple[Record, dict[str, Any]]:
    """Return the record and its normalised JSON, with fields that begin `x_` kept. Raises RecordError, `unknown_field` for any other."""
    record, fields = _read(raw)
    return record, fields.rest()


def _read(raw: object, *, stored: bool = False) -> tuple[Record, Fields]:
    if not isinstance(raw, Mapping):
        raise RecordError("not_an_object", "", "a record is one JSON object")
    fields = Fields(raw, stored=stored)
    fields.known.add("record_type")
    record_type = raw.get("record_type")
    declared = _RECORDS.get(record_type) if isinstance(record_type, str) else None
    if declared is None:
        detail = (
            f"{str(record_type)[:40]!r} is none of {', '.join(sorted(_RECORDS))}{did_you_mean(record_type, _RECORDS)}"
        )
        raise RecordError("unknown_record_type", "record_type", detail)
    return read_as(declared, fields), fields


def content_digest(normalised: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the normalised JSON: equal for the same content, however it was spaced, ordered or zero-padded.

    What `unread` keeps and holds nothing is no part of it.
    """
    canonical = json.dumps(told(normalised), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
