"""The parsers, each as a function of bytes that returns True where it accepted them and raises what must not be raised."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zlib import crc32

from domain.calculation import DocumentError, calculate_document
from domain.held import Held
from domain.lots import read_lot
from domain.messages import Envelope, UnwritableMessageError, is_message, read_message, write_message
from domain.records import RecordError, parse_record, read_json
from domain.rules import MarketCalendars, WithholdingRates
from functions.api_handler.problems import Problem
from functions.api_handler.query import check_names, key_of, limit, token
from functions.ingest_normalizer.lines import Line, read
from functions.ingest_normalizer.requests import cut
from sending import Quarantine
from servicing_engine.folding.requests import read_request
from tests.fuzz.api import api
from tests.fuzz.oracles import Broken, altered, check_message, check_record, check_refusal

__all__ = [
    "api",
    "document",
    "line",
    "lot",
    "market_calendars",
    "message",
    "query",
    "record",
    "request",
    "withholding_rates",
]
_ENVELOPE = Envelope("ASOPGB2L", "CLIEGB22", "OUT-1", datetime(2026, 3, 28, tzinfo=UTC), date(2026, 3, 27))
_DAYS = (date(1, 1, 1), date(2026, 3, 16), date(2028, 2, 29), date(9999, 12, 31))


def read_twice(data: bytes, read: Callable[[], Any], declared: type[Exception]) -> Any:
    """Return the result, or None where the declared exception was raised; `same`: a second reading gives the same.

    One input in eight is read twice, always the same ones.
    """
    answers = []
    for _ in range(1 if crc32(data) % 8 else 2):
        try:
            answers.append(read())
        except RecordError as error:
            check_refusal(error.reason, error.field, error.detail)
            answers.append((error.reason, error.field, error.detail))
            if declared is not RecordError:
                raise
        except declared as error:
            check_refusal("declared", "", str(error))
            answers.append((str(error),))
    if answers[0] != answers[-1]:
        raise Broken(f"same: read twice it is {answers[0]!r:.200} and {answers[-1]!r:.200}")
    return None if isinstance(answers[0], tuple) else answers[0]


def message(data: bytes) -> bool:
    """ISO 15022 and ISO 20022: refused with a reason, or at least one record that stands in the message."""
    if not is_message(data):
        return False
    records = read_twice(data, lambda: read_message(data), RecordError)
    if records is None:
        return False
    if not records:
        raise Broken("total: neither a record nor a refusal")
    for raw in records:
        check_record(raw)
    check_message(data, records)
    return True


def record(data: bytes) -> bool:
    """A JSON record: refused with a reason, or kept as it was sent. A key twice is refused."""
    value = read_twice(data, lambda: [read_json(data)], RecordError)
    if value is None:
        return False
    if len(data) < 2000 and _has_a_key_twice(data):
        raise Broken("kept: an object with a key twice was accepted")
    raw = value[0]
    if read_twice(data, lambda: [parse_record(raw)], RecordError) is None:
        return False
    check_record(raw)
    return True


def line(data: bytes) -> bool:
    """A stream record: facts that make requests which carry them unchanged, or one refusal; the bytes are kept in both cases."""
    given = Line("shardId-000000000000:49", "2026-03-16T09:30:00.000Z", data)
    result = read(given)
    if not isinstance(result, list):
        check_refusal(result.reason, result.field, result.detail)
        return False
    if not result or len({fact.record_id for fact in result}) < len(result):
        raise Broken("total: no fact, or two with one id")
    carried = [entry for request in cut(result) for entry in json.loads(request.body)["facts"]]
    for fact, entry in zip(result, carried, strict=True):
        again, _ = parse_record(entry["record"])
        if (entry["record_id"], again) != (fact.record_id, fact.record):
            raise Broken(f"carried: {fact.record_id} arrives as {again}")
    if not is_message(data):
        for difference in altered(read_json(data), carried[0]["record"]):
            raise Broken(f"kept: {difference}")
    return True


def withholding_rates(data: bytes) -> bool:
    """A rates document: refused as a whole, or every row's figures are those of the document."""
    document = _json(data)
    rates = read_twice(data, lambda: WithholdingRates.from_document(document), RecordError)
    if rates is None:
        return False
    rows = {row.rate_id: row for rows in rates.rows.values() for row in rows}
    for entry in document["rates"]:
        row = rows[entry["rate_id"].strip()] if len(rows) == len(document["rates"]) else None
        if row and (str(row.statutory_rate), row.valid_from.isoformat()) != (
            str(Decimal(entry["statutory_rate"]).copy_abs()), entry["valid_from"],
        ):  # fmt: skip
            raise Broken(f"kept: {entry} is read as {row}")
        for day in _DAYS:
            rates.lookup(entry["source_country"], "GB", "government", entry["income_type"], day)
            if row and row.reclaim_deadline:
                row.reclaim_deadline.after(day)
    return True


def market_calendars(data: bytes) -> bool:
    """A calendars document: refused as a whole, or every date is derived or refused as out of range."""
    document = _json(data)
    calendars = read_twice(data, lambda: MarketCalendars.from_document(document), RecordError)
    if calendars is None:
        return False
    for calendar in calendars.calendars.values():
        for day in (*_DAYS, calendar.valid_from, calendar.valid_to):
            for derive in (calendar.roll_forward, calendar.derive_ex_date, calendar.settlement_cycle):
                try:
                    derive(day)
                except Held:
                    continue
    return True


def document(data: bytes) -> bool:
    """A document of `calculate`: refused as a whole, or each part calculated or rejected by name, in JSON. `round trip`: what is written of
    its entitlements in either standard is read back as the same payment."""
    value = _json(data)
    result = read_twice(data, lambda: calculate_document(value), DocumentError)
    if result is None:
        return False
    for entry in result["rejected"]:
        check_refusal(entry["reason"], entry["field"], entry["detail"])
    json.dumps(result, ensure_ascii=False, allow_nan=False).encode()
    records = [
        record | {"record_type": record.get("record_type", name)}
        for name, part in value.items()
        if isinstance(part, list)
        for record in part
        if isinstance(record, dict)
    ]
    events = [record for record in records if record["record_type"] in ("corporate_action", "corporate_actions")]
    for row in result["entitlements"][:2]:
        _check_written(row, events)
    return True


def _check_written(row: dict[str, Any], announced: list[Any]) -> None:
    events = [event for event in announced if isinstance(event, dict) and _names(event, row)]
    if len(events) != 1:
        return
    event = parse_record(events[0] | {"record_type": "corporate_action"})[1]
    read_back = []
    for kind in ("MT566", "seev.036"):
        try:
            text = write_message(kind, row, event, _ENVELOPE)
        except UnwritableMessageError:
            continue
        (confirmed,) = read_message(text.encode())
        due = row["entitled_amount"] if row.get("payment_amount") is None else row["payment_amount"]
        if Decimal(confirmed.get("posting_amount", due)) != Decimal(due):
            raise Broken(f"round trip: {due} is due, {kind} says {confirmed['posting_amount']}")
        read_back.append({name: text for name, text in confirmed.items() if name not in ("sequence", "unread")})
    if len(read_back) == 2 and read_back[0] != read_back[1]:
        raise Broken(f"round trip: {read_back[0]} in FIN, {read_back[1]} in XML")


def _names(event: dict[str, Any], row: dict[str, Any]) -> bool:
    event_id = event.get("corporate_action_event_id")
    return isinstance(event_id, str) and event_id.strip() == row["corporate_action_event_id"]


def lot(data: bytes) -> bool:
    """An opening lot: refused with a reason, or with the basis and, where no ratio is given, the quantity that it has."""
    raw = _json(data)
    found = read_twice(data, lambda: [read_lot(raw)], RecordError)
    if found is None:
        return False
    if found[0].cost_basis != Decimal(raw["cost_basis"].strip()):
        raise Broken(f"kept: cost_basis {raw['cost_basis']} is read as {found[0].cost_basis}")
    return True


def query(data: bytes) -> bool:
    """Query parameters of the API: a problem 400, or a limit within bounds and a key that the same list would give again."""
    parameters = _json(data)
    if not isinstance(parameters, dict) or not all(isinstance(value, str) for value in parameters.values()):
        return False
    expected = {"safekeeping_account": "A", "entitlement_key": None}
    try:
        check_names(parameters, ("safekeeping_account", "limit", "next_token"))
        most, key = limit(parameters), key_of(parameters, expected)
    except Problem as problem:
        if problem.status != 400:
            raise
        return False
    if not 1 <= most <= 1000:
        raise Broken(f"bound: limit {most}")
    if key is not None:
        "".join(key.values()).encode()
        if key_of({"next_token": token(key)}, expected) != key:
            raise Broken(f"same: the token of {key} is read as another")
    return True


def request(data: bytes) -> bool:
    """A message of the engine's queue: a shard, or for each entry a fact as it was sent or a quarantine with its bytes; each id once."""
    body = data.decode("utf-8", "replace")
    found = read_request({"MessageId": "m", "Body": body})
    for quarantine in found.quarantines:
        check_refusal(quarantine.reason, quarantine.field, quarantine.detail)
    for fact in found.facts:
        check_record(fact.body)
    kept = {each.record_id: each for each in (*found.facts, *found.quarantines)}
    if any(datetime.fromisoformat(each.received_at).tzinfo is None for each in kept.values()):
        raise Broken(f"refusal: an instant without its offset in {sorted(kept)!r:.300}")
    if len(kept) < len(found.facts) + len(found.quarantines):
        raise Broken(f"total: two outcomes of one record id: {sorted(kept)!r:.300}")
    if found.shard_id is None and "message:m" not in kept:
        for number, entry in enumerate(read_json(body)["facts"], 1):
            _check_entry(entry, kept, f"message:m/{number}")
    elif (found.shard_id is None) == (not kept):
        raise Broken("total: not one of a shard and a quarantine")
    return bool(found.facts)


def _check_entry(entry: Any, kept: dict[str, Any], otherwise: str) -> None:
    known = entry if isinstance(entry, dict) else {}
    named = known.get("record_id")
    outcome = kept.get(otherwise) or (kept.get(named) if isinstance(named, str) else None)
    if outcome is None:
        raise Broken(f"total: no outcome of {entry!r:.200}")
    if isinstance(outcome, Quarantine):
        if outcome.original != json.dumps(known.get("record", entry), default=str).encode():
            raise Broken(f"kept: {outcome.original!r:.200} of {entry!r:.200}")
    elif difference := next(altered(known["record"], outcome.body), ""):
        raise Broken(f"kept: {difference}")


def _json(data: bytes) -> Any:
    """The value of a JSON text; None, which every reader refuses, for any other bytes."""
    try:
        return read_json(data)
    except RecordError:
        return None


def _has_a_key_twice(data: bytes) -> bool:
    found = []

    def note(pairs: list[tuple[str, Any]]) -> None:
        found.append(len({name for name, _ in pairs}) < len(pairs))

    json.loads(data, object_pairs_hook=note)
    return any(found)
