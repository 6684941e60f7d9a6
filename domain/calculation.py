"""`calculate`: one JSON document of facts in, entitlements, tax lots, realised rows and rejected records out.

No clock: everything is calculated, or what was known at an optional `as_of` date. Shapes: contracts, "calculate".
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from domain.case import Case, open_case, settle
from domain.case.book import FactBook, fold_book, refused_positions, unreported
from domain.case.reversals import Payment, Reversal, payments
from domain.corporate_actions import BUYING
from domain.corporate_actions.dates import ex_date, explain_dates, pay_date
from domain.entitlements import explain, notices
from domain.held import Held, Hold, not_reported
from domain.lots import Lot, lot_rows, read_lot
from domain.market_claims import explain_claim, explain_protection, explain_transformation
from domain.numbers.exact import plain
from domain.reconciliation.of_document import breaks_of_document
from domain.records import Account, CorporateAction, Record, RecordError, parse_record
from domain.records.advice import told_of
from domain.records.fields import Fields
from domain.records.nearest import did_you_mean
from domain.rules import MarketCalendars, Rules, WithholdingRates
from domain.step import Step, output_row

_Document = TypeVar("_Document", WithholdingRates, MarketCalendars)
PARTS = {
    "accounts": "account",
    "positions": "position",
    "trades": "trade",
    "transfers": "transfer",
    "corporate_actions": "corporate_action",
    "elections": "election",
    "election_releases": "election_release",
    "drawings": "drawing",
    "confirmations": "confirmation",
    "advices": "advice",
    "securities": "security",
    "statements": "statement",
    "exchange_rates": "exchange_rate",
}
"""Part of the document -> the record type of its entries, where an entry does not say its own."""
_KNOWN_FROM = {
    **dict.fromkeys(("position", "statement"), "as_of_date"),
    **dict.fromkeys(("election", "election_release"), "received_at"),
    **{
        "confirmation": "posting_date",
        "trade": "trade_date",
        "transfer": "transfer_date",
        "corporate_action": "announcement_date",
        "exchange_rate": "date",
    },
}
"""Record type -> its field that says since when it could be known; records of other types always could."""


class DocumentError(ValueError):
    """The document as a whole cannot be read: the message names the part and the remedy."""


def calculate_document(document: object, *, explained: bool = False) -> dict[str, Any]:
    """Return the whole calculation; `explained`: each row with its `explanation`, the steps to its figures. Bad parts and records are
    rejected one by one, and the rest is calculated. Raises DocumentError where the document is no object or `as_of` no date."""
    if not isinstance(document, Mapping):
        raise DocumentError("the document must be one JSON object")
    as_of = _as_of(document)
    rejected = _unknown_parts(document, (*PARTS, "lots", "rules", "as_of"))
    rules = _rules(document, rejected)
    book = _read_book(document, as_of, rejected)
    opening = _opening_lots(document, book, rejected)
    return _calculated(_Facts(book, rules, as_of, opening, explained), rejected)


def book_of(document: Mapping[str, Any]) -> FactBook:
    """Return the records of a document that can be read; `calculate_document` names the others. Raises DocumentError for its `as_of`."""
    return _read_book(document, _as_of(document), [])


def _read_book(document: Mapping[str, Any], as_of: date | None, rejected: list[dict[str, Any]]) -> FactBook:
    book = FactBook()
    for name, record_type in PARTS.items():
        for index, raw in enumerate(_entries(document, name, record_type, rejected)):
            _add(book, name, index, raw, as_of, rejected)
    return book


@dataclass(frozen=True, slots=True)
class _Facts:
    """What a document says, and whether its result is to be explained."""

    book: FactBook
    rules: Rules
    as_of: date | None
    opening: Mapping[str, Sequence[Lot]]
    explained: bool

    def row(self, figures: dict[str, Any], steps: Iterable[Step]) -> dict[str, Any]:
        """Return a row of the output: its figures, with their explanation if one was asked for."""
        return output_row(figures, steps, explained=self.explained)


def _calculated(facts: _Facts, rejected: list[dict[str, Any]]) -> dict[str, Any]:
    book, rules, as_of, opening = facts.book, facts.rules, facts.as_of, facts.opening
    cases = [open_case(event, rules, as_of) for event in book.of_type(CorporateAction)]
    for case in cases:
        if case.held:
            rejected.append(_held(Hold("event", case.event.identity, "", case.held)))
    events = [_Settled(facts, case) for case in cases if case.is_settled]
    paid = {case.event.identity: _payments(book, case) for case in cases}
    entitlements = [row for event in events for row in event.entitlements(paid[event.case.event.identity][1])]
    bought = [(row["safekeeping_account"], row["isin"]) for row in entitlements if row["event_type"] in BUYING]
    folds, lot_holds = fold_book(book, cases, opening, bought, explained=facts.explained)
    holders = [holder for event in events for holder in event.holders]
    holds = [*(hold for holder in holders for hold in holder.holds), *lot_holds, *refused_positions(book)]
    rejected += map(_held, holds)
    told = {(*record, hold.held.reason) for hold in holds for record in hold.records}
    rejected += [
        rejection(record.record_type, record.identity, held.field, held.reason, held.detail)
        for record, held in unreported(book)
        if (record.record_type, record.identity, held.reason) not in told
    ]
    return {
        "entitlements": entitlements,
        **lot_rows(folds, explained=facts.explained),
        "market_claims": [
            facts.row(row.to_json(), explain_claim(row)) for holder in holders for row in holder.effects.market_claims
        ],
        "transformations": [
            facts.row(row.to_json(), explain_transformation(row))
            for holder in holders
            for row in holder.effects.transformations
        ],
        "buyer_protections": [
            facts.row(row.to_json(), explain_protection(row)) for holder in holders for row in holder.protections
        ],
        "reversals": [facts.row(row.to_json(), row.explain()) for taken_back, _ in paid.values() for row in taken_back],
        "rejected": rejected,
        "notices": [notice for holder in holders for notice in notices(holder.due)],
        "corporate_actions": [
            facts.row(_dates(case.event, rules) | _advices(book, case), explain_dates(case.event, rules))
            for case in cases
        ],
        "breaks": breaks_of_document(
            book, rules, [event.case.event for event in events], entitlements, folds, opening, as_of
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


def _unknown_parts(parts: Mapping[str, Any], known: Collection[str], within: str = "") -> list[dict[str, Any]]:
    """Return a rejection for each part that is not known; `within` is what stands before its name."""
    rejected = []
    for name in parts:
        if name not in known:
            field = within + (name if name and name.isascii() and name.isprintable() else ascii(name))[:70]
            detail = f"unknown part{did_you_mean(name, known)}; there are {', '.join(known)}"
            rejected.append(rejection("document", field, field, "unknown_part", detail))
    return rejected


def _rules(document: Mapping[str, Any], rejected: list[dict[str, Any]]) -> Rules:
    """Both documents, each None where it is absent or rejected."""
    parts = document.get("rules")
    if parts is not None and not isinstance(parts, Mapping):
        detail = "rules must be an object with withholding_rates and market_calendars"
        rejected.append(rejection("rules", "rules", "rules", "not_an_object", detail))
        parts = None
    rejected += _unknown_parts(parts or {}, ("withholding_rates", "market_calendars"), "rules.")
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
    except RecordError as error:
        field = ".".join(filter(None, ("rules", name, error.field)))
        rejected.append(rejection("rules", name, field, error.reason, error.detail))
        return None


def _entries(document: Mapping[str, Any], name: str, record_type: str, rejected: list[dict[str, Any]]) -> Sequence[Any]:
    entries = document.get(name)
    if entries is None or isinstance(entries, list):
        return entries or ()
    rejected.append(rejection(record_type, name, name, "not_a_list", f"{name} must be a list of records"))
    return ()


def _add(book: FactBook, name: str, index: int, raw: Any, as_of: date | None, rejected: list[dict[str, Any]]) -> None:
    record_id = f"{name}.{index}"
    try:
        record, normalised = parse_record({"record_type": PARTS[name], **raw} if isinstance(raw, Mapping) else raw)
        record_id = record.identity
        if as_of is None or _known(record, as_of):
            book.add(record, normalised)
    except RecordError as error:
        rejected.append(rejection(PARTS[name], record_id, error.field, error.reason, error.detail))


def _known(record: Record, as_of: date) -> bool:
    """Return what a person could know at the end of that day, by the record's own dates."""
    day = getattr(record, _KNOWN_FROM.get(record.record_type, ""), None)
    return day is None or (day.date() if isinstance(day, datetime) else day) <= as_of


def _opening_lots(document: Mapping[str, Any], book: FactBook, rejected: list[dict[str, Any]]) -> dict[str, list[Lot]]:
    by_account: dict[str, list[Lot]] = {}
    seen: set[tuple[str, str]] = set()
    for index, raw in enumerate(_entries(document, "lots", "lot", rejected)):
        try:
            lot = read_lot(raw)
            if (lot.safekeeping_account, lot.lot_id) in seen:
                raise RecordError(
                    "duplicate_lot_id", "lot_id", f"{lot.safekeeping_account} has a lot {lot.lot_id} already"
                )
            account = book.account(lot.safekeeping_account)
            if account is None:
                unknown = not_reported(Account.record_type, lot.safekeeping_account, "safekeeping_account")
                rejected.append(rejection("lot", f"lots.{index}", unknown.field, unknown.reason, unknown.detail))
            if lot.quantity < 0 and not (account and account.sells_short):
                detail = f"{plain(lot.quantity)} is below zero: {lot.safekeeping_account} or its lot_regime allows no short_positions"
                raise RecordError("short_not_allowed", "quantity", detail)
            seen.add((lot.safekeeping_account, lot.lot_id))
            by_account.setdefault(lot.safekeeping_account, []).append(lot)
        except RecordError as error:
            rejected.append(rejection("lot", f"lots.{index}", error.field, error.reason, error.detail))
    return by_account


class _Settled:
    """A due event with what each holder gets, by account."""

    def __init__(self, facts: _Facts, case: Case) -> None:
        self.facts, self.case = facts, case
        self.holders = [settle(case, holder) for holder in facts.book.holders(case.event)]

    def entitlements(self, confirmed: Collection[Payment]) -> Iterator[dict[str, Any]]:
        """Yield the rows, CONFIRMED where a confirmation pays them."""
        for calculation in (calculation for holder in self.holders for calculation in holder.due):
            row = calculation.to_json()
            own = {
                "revision": 1,
                "status": "CALCULATED",
                "payment_status": "CONFIRMED" if _payment(row) in confirmed else "EXPECTED",
                "calculated_at": None,
                "calculation_key": None,
            }
            yield self.facts.row(row | own, explain(calculation))


def _payments(book: FactBook, case: Case) -> tuple[list[Reversal], set[Payment]]:
    """Return the event's reversals and the payments that are confirmed; a version that cannot be calculated gives none."""

    def results_of(version: CorporateAction) -> dict[Payment, dict[str, Any]]:
        of_version = open_case(version, case.rules, case.today)
        rows = [due.to_json() for holder in book.holders(version) for due in settle(of_version, holder).due]
        return {_payment(row): row for row in rows}

    event_id = case.event.identity
    return payments(book.versions(CorporateAction, event_id), results_of, book.confirmations(event_id))


def _payment(row: Mapping[str, Any]) -> Payment:
    return row["safekeeping_account"], row["option_number"]


def _held(hold: Hold) -> dict[str, Any]:
    names_account = hold.account and hold.kind in ("entitlement", "claims", "lots") and not hold.trade
    detail = f"{hold.account}: {hold.held.detail}" if names_account else hold.held.detail
    row = rejection(*hold.subject, hold.held.field, hold.held.reason, detail)
    return row | ({"short_by": plain(hold.short_by)} if hold.short_by else {})


def _dates(event: CorporateAction, rules: Rules) -> dict[str, Any]:
    """Return the event's key dates: a missing ex-date derived and the payment date rolled, where the calendar reaches that far."""
    dates = {"ex_date": _day(ex_date, event, rules), "record_date": event.record_date}
    dates["payment_date"] = _day(pay_date, event, rules) or event.payment_date
    return {
        "corporate_action_event_id": event.corporate_action_event_id,
        "version": event.version,
        **{name: day.isoformat() if day else None for name, day in dates.items()},
    }


def _advices(book: FactBook, case: Case) -> dict[str, Any]:
    """Return what servicers say of the event and of instructions for it, where they say anything."""
    told = [told_of(advice) for advice in book.advices(case.event.identity)]
    return {"advices": told} if told else {}


def _day(read: Callable[[CorporateAction, Rules], date | None], event: CorporateAction, rules: Rules) -> date | None:
    """Return a day of the event; None outside the calendar."""
    try:
        return read(event, rules)
    except Held:
        return None


def rejection(record: str, record_id: str, field: str, reason: str, detail: str) -> dict[str, Any]:
    """Return a row of `rejected`."""
    return {"record": record, "record_id": record_id, "field": field, "reason": reason, "detail": detail}
