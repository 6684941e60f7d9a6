"""MT564, seev.031 and seev.039: an announcement, its reminder or cancellation becomes one corporate_action record, and of each account the
eligible balance that it states becomes a statement record.

A term of an option may stand in the option or in one of its movements, and in older releases at the event: it means the same, and two
different values are refused.
Source: ISO 15022 User Handbook, MT564, releases 2010 to 2022; ISO 20022 message definitions seev.031 and seev.039, versions 1 to 14; SMPG
Corporate Actions Global Market Practice Part 1 (functions of the message, direction of movements).
"""

from collections.abc import Iterator

from domain.messages.announcement_table import TABLE, TERMS
from domain.messages.draft import Draft
from domain.messages.holdings import place_of
from domain.messages.preparation import order_of
from domain.messages.table import Part, read_parts
from domain.messages.tree import Message
from domain.messages.values import negated
from domain.records import CorporateAction, RecordError
from domain.records.declared import declared, shared_by

_OF_EVENT = frozenset(declared(CorporateAction))
_SHARED = frozenset(shared_by(CorporateAction))
_LIFTED = frozenset(row.field for row in TERMS) & _OF_EVENT
"""Terms that a record has once, for all its options."""
_SIGNED = ("gross_rate", "net_rate")
_RATIOS = ("new_to_old", "additional_for_existing")
_REPEATS = ("RMDR", "REPE")
_FUNCTIONS = ("NEWM", "REPL", "CANC", "WITH", *_REPEATS)
_CANCELLATIONS = {"PROC": "CANC", "WITH": "WITH"}
_OUR_OWN = ("cancellation", "prepared_at", "completeness", "confirmation", "additional_process")
"""Fields that the table names for the reader, and no record has."""


def read_announcement(message: Message) -> list[Draft]:
    """Return the corporate_action record, with what it does not use in `unread`. Raises RecordError."""
    event = read_parts(message, TABLE)
    draft = event.draft
    draft.raw["record_type"] = "corporate_action"
    event.need("corporate_action_event_id")
    function, at = _function(event)
    _version(event, at)
    draft.raw.pop("function", None)
    draft.put("function", function, at)
    _status(event)
    for security in event.all("underlying"):
        draft.take(security.draft)
    if function in ("NEWM", "REPL"):
        _terms(event)
    else:
        _keep_terms(event)
    balances = list(_eligible_balances(event, message))
    for name in _OUR_OWN:
        draft.raw.pop(name, None)
    event.put_unread(draft)
    return [draft, *balances]


def _eligible_balances(event: Part, message: Message) -> Iterator[Draft]:
    """Yield a statement of each account's eligible balance on the record date; any other is kept.

    Eligible is what is held at the close of the record date. A balance stated before that day may still change, whatever the event's
    status: PREU and PREC tell of the terms alone. A balance that no record can have is kept too, as it must not hide the event's terms.
    """
    on = event.get("record_date") or event.get("effective_date")
    is_final = bool(on) and (event.get("prepared_at") or "")[:10] >= on
    for part in [part for part in event.whole() if part.scope_name == "account"]:
        balance = _eligible_balance(event, part, message, on) if is_final and part.says("aggregate") else None
        if balance:
            yield balance
            continue
        for name in list(part.draft.raw):
            part.drop(name)


def _eligible_balance(event: Part, part: Part, message: Message, on: str) -> Draft | None:
    """Return the statement of an account's balance, None if the message does not say all that a record needs."""
    balance = Draft(record_type="statement")
    dated = "record_date" if "record_date" in event.draft.raw else "effective_date"
    prepared_at = event.place("prepared_at")
    try:
        place, at = place_of([part])
        balance.put("safekeeping_place", place, at)
        balance.take(part.draft, ("safekeeping_account", "aggregate"))
        balance.take(event.draft, ("corporate_action_event_id", "isin"))
        balance.put("as_of_date", on, event.place(dated))
        balance.put("source", message.sender or None, message.sender_at)
        balance.put("sequence", order_of(event.get("prepared_at"), prepared_at), prepared_at)
        balance.check()
    except RecordError:
        return None
    return balance


def _function(event: Part) -> tuple[str, str]:
    """Return the record's function and where it stands. A reminder (RMDR) and a notice of eligibility (REPE) state the event as it stands
    now, so they replace. Raises RecordError for what tells of the event without its terms."""
    name = "cancellation" if "cancellation" in event.draft.raw else "function"
    said, at = event.need(name), event.place(name)
    if name == "cancellation":
        if said not in _CANCELLATIONS:
            raise RecordError("unknown_code", at, f"{said[:10]!r} is none of {', '.join(_CANCELLATIONS)}")
        return _CANCELLATIONS[said], at
    if said not in _FUNCTIONS:
        detail = (
            f"{said[:10]} is none of {', '.join(_FUNCTIONS)}: it adds to an announcement, and has no terms of its own"
        )
        raise RecordError("unsupported_function", at, detail)
    if said not in _REPEATS:
        return said, at
    if not event.all("option") or "additional_process" in event.draft.raw:
        detail = f"{said} without options, or for one process (ADDB), does not state the whole event: it would replace its terms"
        raise RecordError("unsupported_function", at, detail)
    return "REPL", at


def _version(event: Part, function_at: str) -> None:
    """Put 1 for a new announcement, else the instant of preparation to the second (ADR 8). Raises RecordError without one."""
    if event.get("function") == "NEWM":
        event.draft.put("version", 1, function_at)
        return
    prepared, at = event.need("prepared_at"), event.place("prepared_at")
    event.draft.put("version", order_of(prepared, at), at)


def _status(event: Part) -> None:
    """Put the one code that MT564 has (25D PROC) for the two of seev.031: complete or not, confirmed or not."""
    complete, confirmed = event.get("completeness"), event.get("confirmation")
    if complete and confirmed:
        status = "PREU" if confirmed != "CONF" else "COMP" if complete == "COMP" else "PREC"
        event.draft.put("processing_status", status, event.place("confirmation"))


def _keep_terms(event: Part) -> None:
    """Keep the terms of a cancelled event: its record has none."""
    for name in set(event.draft.raw) & {*_SHARED, *(row.field for row in TERMS), "currency"}:
        event.drop(name)
    for part in event.parts:
        if part.scope_name != "underlying":
            part.keep_used()


def _terms(event: Part) -> None:
    for name in ("event_type", "mandatory_voluntary"):
        event.need(name)
    if "isin" not in event.draft.raw:
        next(iter(event.all("underlying")), event).need("isin")
    _links(event)
    for security in event.all("intermediate"):
        _market_price(event, security, security.need("isin_intermediate"))
        event.draft.take(security.draft)
    numbers = [part.need("option_number") for part in event.all("option")]
    for number, part in zip(numbers, event.all("option"), strict=True):
        if numbers.count(number) > 1 and part is not event.all("option")[numbers.index(number)]:
            raise RecordError("duplicate_option_number", part.place("option_number"), f"another option is {number} too")
    options = [_option(event, part) for part in event.all("option")]
    _give_terms(event, options)
    event.draft.nest("options", options, event.all("option")[0].node.path if options else "")


def _links(event: Part) -> None:
    """Put events that this one comes before, after or with; links to messages (PREV, RELA) say nothing about events, and are kept."""
    links = event.all("link")
    for link in links:
        if link.get("corporate_action_event_id") is None:
            link.keep_used()
    named = [link for link in links if link.get("corporate_action_event_id") is not None]
    event.draft.nest("linked_events", [link.draft for link in named], named[0].node.path if named else "")


def _option(event: Part, part: Part) -> Draft:
    """Return the option with the terms of its movements; what a record has once goes to the event."""
    option = part.draft
    part.need("option_type")
    payments = part.all("cash")
    if payments and all(payment.need("credit_debit_indicator") == "DEBT" for payment in payments):
        _negate(part)
    _securities(event, part)
    for payment in payments:
        if payment.need("credit_debit_indicator") == "DEBT":
            _negate(payment)
        option.take(payment.draft, without=("credit_debit_indicator",))
    event.draft.take(option, _LIFTED)
    for name in _LIFTED:
        option.raw.pop(name, None)
    return option


def _negate(part: Part) -> None:
    """Give amounts per unit that are debited their sign."""
    for name in _SIGNED:
        if name in part.draft.raw:
            part.draft.raw[name] = negated(part.draft.raw[name])


def _securities(event: Part, part: Part) -> None:
    """Put the first security credited as the option's `isin_out`; further ones, and others debited than the underlying, are movements. The
    underlying is one if it goes and no security comes for it: nothing else says so."""
    option, further, taken = part.draft, [], []
    movements = part.all("securities")
    for movement in movements:
        for attributes in movement.all("attributes"):
            movement.absorb(attributes)
        isin, direction = movement.get("isin"), movement.need("credit_debit_indicator")
        if isin is None:  # a security without an ISIN: kept, and holds the event
            if "market_price" in movement.draft.raw:
                movement.drop("market_price")
            option.take(movement.draft, without=("credit_debit_indicator",))
            continue
        _market_price(event, movement, isin)
        if direction == "CRED" and "isin_out" not in option.raw:
            movement.draft.rename("isin", "isin_out")
            option.take(movement.draft, without=("credit_debit_indicator",))
        elif direction == "CRED" or isin != event.get("isin"):
            further += _further(event, option, movement)
        else:
            taken.append(_one_for_one(isin, movement.place("isin")))
            option.take(movement.draft, without=("isin", "credit_debit_indicator"))
    if "isin_out" not in option.raw:
        further += taken[:1]
    option.nest("securities_movements", further, movements[0].node.path if movements else "")


def _further(event: Part, option: Draft, movement: Part) -> list[Draft]:
    """Return a further security that moves. Without a ratio it cannot: the event is held until the ratio is announced."""
    ratio = next((name for name in _RATIOS if name in movement.draft.raw), "")
    if not ratio:
        movement.keep_field("isin", holds=True)
        return []
    own = ("isin", "credit_debit_indicator", "cash_in_lieu_price", ratio)
    further = Draft()
    further.take(movement.draft, own)
    further.rename(ratio, "ratio")
    option.take(movement.draft, without=own)
    return [further]


def _one_for_one(isin: str, at: str) -> Draft:
    """Return a movement that takes each unit of a security."""
    taken = Draft()
    ratio = {"numerator": "1", "denominator": "1"}
    for name, value in {"isin": isin, "credit_debit_indicator": "DEBT", "ratio": ratio}.items():
        taken.put(name, value, at)
    return taken


def _market_price(event: Part, part: Part, isin: str) -> None:
    price = part.draft.raw.pop("market_price", None)
    if price is not None:
        event.draft.put_under("market_prices", isin, price, part.place("market_price"))


def _give_terms(event: Part, options: list[Draft]) -> None:
    """Give terms of an option that stand at the event, as older releases have them, to the only option. Of several options it is not said
    which has them: they hold the event."""
    names = event.draft.raw.keys() - _OF_EVENT - _SHARED - {"record_type", *_OUR_OWN}
    for option in options if len(options) == 1 and names else ():
        option.take(event.draft, names)
    for name in names:
        if len(options) == 1:
            del event.draft.raw[name]
        else:
            event.drop(name, holds=True)
