"""`calculate`: one JSON document of facts in, entitlements, tax lots, realised rows and rejected records out.

No clock: everything is calculated, or what was known at an optional `as_of` date. Shapes: contracts, "calculate".
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar

from domain.account_lots import AccountLots
from domain.book import FactBook
from domain.book_events import BookEvents
from domain.corporate_actions import BUYING
from domain.entitlements import Calculation, Held, PreparedEvent, explain
from domain.exact import plain
from domain.lots import Lot, LotFold, read_lot
from domain.lots.effect import effect_date
from domain.market_claims import BuyerProtection, TradeEffects
from domain.reconciliation.of_document import breaks_of_document
from domain.records import (
    Confirmation,
    CorporateAction,
    Election,
    Position,
    Record,
    RecordError,
    Statement,
    Trade,
    parse_record,
)
from domain.records.fields import Fields
from domain.rules import CalendarRangeError, MarketCalendars, Rules, RulesError, WithholdingRates

_Document = TypeVar("_Document", WithholdingRates, MarketCalendars)
PARTS = {
    "accounts": "account",
    "positions": "position",
    "trades": "trade",
    "corporate_actions": "corporate_action",
    "elections": "election",
    "election_releases": "election_release",
    "confirmations": "confirmation",
    "securities": "security",
    "statements": "statement",
}
"""Part of the document -> the record type of its entries, where an entry does not say its own."""


class DocumentError(ValueError):
    """The document as a whole cannot be read: the message names the part and the remedy."""


def calculate_document(document: object) -> dict[str, Any]:
    """The whole calculation. Raises DocumentError where the document is no object or `as_of` no date; bad parts and records are rejected
    one by one, and the rest is calculated."""
    if not isinstance(document, Mapping):
        raise DocumentError("the document must be one JSON object")
    as_of = _as_of(document)
    rejected = [_unknown_part(name) for name in document if name not in {*PARTS, "lots", "rules", "as_of"}]
    rules = _rules(document, rejected)
    book = FactBook()
    for name, record_type in PARTS.items():
        for index, raw in enumerate(_entries(document, name, record_type, rejected)):
            _add(book, name, index, raw, as_of, rejected)
    opening = _opening_lots(document, rejected)
    events = BookEvents(book, rules, as_of)
    prepared = [each for event in book.of_type(CorporateAction) for each in _prepare(events, event, rejected)]
    reversals = [row for event in book.of_type(CorporateAction) for row in events.reversals(event.identity)]
    entitlements = [row for each in prepared for row in _entitle(events, each, reversals, rejected)]
    trades = [_trade_effects(events, each, rejected) for each in prepared]
    buyers = {row["safekeeping_account"] for row in entitlements if row["event_type"] in BUYING}
    folds = _fold(AccountLots(book, rules, as_of), opening, buyers, rejected)
    return {
        "entitlements": entitlements,
        "tax_lots": [lot.to_json() for fold in folds for lot in fold.lots],
        "realised": [row.to_json() for fold in folds for row in fold.realised],
        "market_claims": [row.to_json() for each in trades for row in each.market_claims],
        "transformations": [row.to_json() for each in trades for row in each.transformations],
        "buyer_protections": [row.to_json() for each in prepared for row in _protections(events, each.event, rejected)],
        "reversals": reversals,
        "rejected": rejected,
        "corporate_actions": [_dates(event, rules) for event in book.of_type(CorporateAction)],
        "breaks": breaks_of_document(
            book, rules, [each.event for each in prepared], entitlements, folds, opening, as_of
        ),
    }


def _as_of(document: Mapping[str, Any]) -> date | None:
    text = document.get("as_of")
    if text is None:
        return None
    try:
        return Fields({"as_of": text}).date("as_of")
    except RecordError as error:
        raise DocumentError(str(error)) from error


def _unknown_part(name: object) -> dict[str, Any]:
    known = ", ".join([*PARTS, "lots", "rules", "as_of"])
    shown = ascii(name)[:70]
    return _rejection("document", shown, shown, "unknown_part", f"a document has the parts {known}")


def _rules(document: Mapping[str, Any], rejected: list[dict[str, Any]]) -> Rules:
    """Both documents, each None where it is absent or rejected."""
    parts = document.get("rules")
    if parts is not None and not isinstance(parts, Mapping):
        detail = "rules must be an object with withholding_rates and market_calendars"
        rejected.append(_rejection("rules", "rules", "rules", "not_an_object", detail))
        parts = None
    rates = _rules_part(parts or {}, "withholding_rates", WithholdingRates.from_document, rejected)
    calendars = _rules_part(parts or {}, "market_calendars", MarketCalendars.from_document, rejected)
    return Rules(rates, calendars, rates.version if rates else "", calendars.version if calendars else "")


def _rules_part(
    parts: Mapping[str, Any], name: str, read: Callable[[Any], _Document], rejected: list[dict[str, Any]]
) -> _Document | None:
    if parts.get(name) is None:
        return None
    try:
        return read(parts[name])
    except RulesError as error:
        rejected.append(_rejection("rules", name, f"rules.{name}", "invalid_rules", str(error)))
        return None


def _entries(document: Mapping[str, Any], name: str, record_type: str, rejected: list[dict[str, Any]]) -> Sequence[Any]:
    entries = document.get(name)
    if entries is None or isinstance(entries, list):
        return entries or ()
    rejected.append(_rejection(record_type, name, name, "not_a_list", f"{name} must be a list of records"))
    return ()


def _add(book: FactBook, name: str, index: int, raw: Any, as_of: date | None, rejected: list[dict[str, Any]]) -> None:
    record_id = f"{name}.{index}"
    try:
        record, normalised = parse_record({"record_type": PARTS[name], **raw} if isinstance(raw, Mapping) else raw)
        record_id = record.identity
        if as_of is None or _known(record, as_of):
            book.add(record, normalised)
    except RecordError as error:
        rejected.append(_rejection(PARTS[name], record_id, error.field, error.reason, error.detail))


def _known(record: Record, as_of: date) -> bool:
    """What a person could know at the end of that day, by the record's own dates."""
    match record:
        case Position() | Statement():
            return record.as_of_date <= as_of
        case Confirmation():
            return record.posting_date is None or record.posting_date <= as_of
        case Trade():
            return record.trade_date is None or record.trade_date <= as_of
        case CorporateAction():
            return record.announcement_date is None or record.announcement_date <= as_of
        case Election():
            return record.received_at is None or record.received_at.date() <= as_of
        case _:
            return True


def _opening_lots(document: Mapping[str, Any], rejected: list[dict[str, Any]]) -> dict[str, list[Lot]]:
    by_account: dict[str, list[Lot]] = {}
    seen: set[tuple[str, str]] = set()
    for index, raw in enumerate(_entries(document, "lots", "lot", rejected)):
        try:
            lot = read_lot(raw)
            if (lot.safekeeping_account, lot.lot_id) in seen:
                raise RecordError(
                    "duplicate_lot_id", "lot_id", f"{lot.safekeeping_account} has a lot {lot.lot_id} already"
                )
            seen.add((lot.safekeeping_account, lot.lot_id))
            by_account.setdefault(lot.safekeeping_account, []).append(lot)
        except RecordError as error:
            rejected.append(_rejection("lot", f"lots.{index}", error.field, error.reason, error.detail))
    return by_account


def _prepare(events: BookEvents, event: CorporateAction, rejected: list[dict[str, Any]]) -> Iterator[PreparedEvent]:
    try:
        prepared = events.prepare(event)
    except Held as held:
        rejected.append(_held(event, held))
        return
    if prepared:
        yield prepared


def _entitle(
    events: BookEvents,
    prepared: PreparedEvent,
    reversals: Sequence[Mapping[str, Any]],
    rejected: list[dict[str, Any]],
) -> Iterator[dict[str, Any]]:
    event_id = prepared.event.identity
    confirmed = set(events.book.confirmations(event_id))
    confirmed -= {
        (row["safekeeping_account"], row["option_number"])
        for row in reversals
        if row["corporate_action_event_id"] == event_id
    }
    rejected += [_refused(*each) for each in events.refused(prepared.event)]
    for account, due in events.entitled(prepared):
        if isinstance(due, Held):
            rejected.append(_held(prepared.event, due, f"{account}: "))
        else:
            yield from (_entitlement(each, (account, each.option_number) in confirmed) for each in due)


def _entitlement(calculation: Calculation, confirmed: bool) -> dict[str, Any]:
    return {
        **calculation.to_json(),
        "revision": 1,
        "status": "CALCULATED",
        "payment_status": "CONFIRMED" if confirmed else "EXPECTED",
        "calculated_at": None,
        "calculation_key": None,
        "explanation": [step.to_json() for step in explain(calculation)],
    }


def _trade_effects(events: BookEvents, prepared: PreparedEvent, rejected: list[dict[str, Any]]) -> TradeEffects:
    effects = events.trade_effects(prepared)
    rejected += [_held(prepared.event, held, f"trade {trade.trade_id}: ") for trade, held in effects.unclaimed]
    return effects


def _protections(
    events: BookEvents, event: CorporateAction, rejected: list[dict[str, Any]]
) -> Iterator[BuyerProtection]:
    for account, elected in events.protections(event):
        if not isinstance(elected, Held):
            yield from elected.protections
        elif (row := _held(event, elected, f"{account}: ")) not in rejected:
            rejected.append(row)


def _held(event: CorporateAction, held: Held, of: str = "") -> dict[str, Any]:
    return _rejection("corporate_action", event.identity, held.field, held.reason, f"{of}{held.detail}")


def _refused(election: Election, found: tuple[str, str, str]) -> dict[str, Any]:
    reason, at_fault, detail = found
    return _rejection("election", election.election_id, at_fault, reason, detail)


def _fold(
    accounts: AccountLots, opening: Mapping[str, Sequence[Lot]], buyers: set[str], rejected: list[dict[str, Any]]
) -> list[LotFold]:
    folds = list(accounts.folds(opening, buyers))
    for fold in folds:
        for each in fold.refused:
            rejection = _rejection("trade", each.trade.trade_id, each.field, each.reason, each.detail)
            rejected.append(rejection | ({"short_by": plain(each.short_by)} if each.short_by else {}))
    for event in accounts.unadjusted.values():
        detail = f"{event.account}: {event.detail}" if event.account else event.detail
        rejected.append(_rejection("corporate_action", event.event_id, event.field, "lots_not_adjusted", detail))
    return folds


def _dates(event: CorporateAction, rules: Rules) -> dict[str, Any]:
    """The event's key dates, a missing ex-date derived where the calendar reaches that far."""
    try:
        ex_date = effect_date(replace(event, effective_date=None), rules)
    except CalendarRangeError:
        ex_date = None
    dates = {"ex_date": ex_date, "record_date": event.record_date, "payment_date": event.payment_date}
    return {
        "corporate_action_event_id": event.corporate_action_event_id,
        "version": event.version,
        **{name: day.isoformat() if day else None for name, day in dates.items()},
    }


def _rejection(record: str, record_id: str, field: str, reason: str, detail: str) -> dict[str, Any]:
    return {"record": record, "record_id": record_id, "field": field, "reason": reason, "detail": detail}
