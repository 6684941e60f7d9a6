"""What one option of an event does to the lots that were there before (domain rules, "Lots"), one function for each treatment."""

from fractions import Fraction

from tests.unit.domain.life.arithmetic import disposed, minor, multiples, ratio, shared_out
from tests.unit.domain.life.calendars import derived_ex_date
from tests.unit.domain.life.facts import is_tendered
from tests.unit.domain.life.ledger import Lot
from tests.unit.domain.life.reorganisation import NotAdjusted, new_securities, reorganised
from tests.unit.domain.life.yields import (
    cash_per_unit,
    charge_per_unit,
    in_kind,
    is_last,
    number,
    paid_part,
    securities_of,
    undrawn,
)

KEEPING = ("DVCA", "INTR")
DISPOSING = ("MRGR", "TEND", "BIDS", "EXOF", "CONV", "REDM", "MCAL", "PCAL", "DRAW", "BPUT", "LIQU")


def date_of(event, option):
    """ex_date, else effective_date; of what pays or takes cash only, else its payment date; else the ex-date that the calendar gives."""
    given = event.get("ex_date") or event.get("effective_date")
    exchange = event["event_type"] in ("CAPD", "ACCU", "DVSE", "BONU", "SOFF", "SPLF", "SPLR", "CHAN", "RHDI") or (
        event["event_type"] in ("MRGR", "TEND", "BIDS", "EXOF", "CONV") and option.get("new_to_old")
    )
    exchange = exchange or (event["event_type"] == "LIQU" and (not is_last(option) or securities_of(option)))
    if event["event_type"] in ("DVOP", "DRIP") and event.get("tax_treatment") == "ROLLOVER":
        exchange = not _reinvested(event["event_type"], option)
    given = given or (None if exchange else event.get("payment_date")) or derived_ex_date(event)
    if not given:
        raise NotAdjusted("no date")
    return given


def apply(ledger, on, event, option, share, due, allocates, shares):
    """Changes the ledger; NotAdjusted where the notice does not say how."""
    kind = event["event_type"]
    if keeps(event, option):
        return
    if kind in ("RHTS", "EXRI"):
        _of_rights(ledger, on, event, option, share, due, allocates, shares)
    elif kind in ("DVOP", "DRIP") and (event.get("tax_treatment") != "ROLLOVER" or _reinvested(kind, option)):
        _purchased(ledger, on, event, option, due)
    elif kind == "RHDI":
        reorganised(ledger, on, event, option, share, rights=option, allocates=allocates)
    elif kind in ("CAPD", "ACCU"):
        _capital_returned(ledger, on, event, option, share)
    elif kind == "LIQU":
        _wound_up(ledger, on, event, option, share)
    elif kind == "PRED":
        _paid_down(ledger, on, event, option, share)
    elif kind == "WRTH":
        _written_off(ledger, on, event, share)
    elif kind in DISPOSING and not option.get("new_to_old"):
        _disposed_of(ledger, on, event, option, share)
    else:
        reorganised(ledger, on, event, option, share)


def keeps(event, option):
    """Whether lots stay as they are, whatever the account holds."""
    unused = {"DVOP": "CASH", "DRIP": "CASH", "RHTS": "LAPS"}.get(event["event_type"])
    return option["option_type"] in ("NOAC", unused)


def _reinvested(kind, option):
    """Cash that buys at a price, of which no ratio is known."""
    return kind == "DRIP" and not (option.get("new_to_old") or option.get("additional_for_existing"))


def _disposed_of(ledger, on, event, option, share, isin=None):
    lots = ledger.before(isin or event["isin"], on)
    held, units = ledger.share(event["corporate_action_event_id"], lots, share)
    if not held:
        return
    if event["event_type"] in ("DRAW", "PCAL") and undrawn(event, option):
        raise NotAdjusted("what was drawn is not said")
    if ledger.owes and number(option, "drawn_quantity"):
        raise NotAdjusted("what is drawn is of holdings")
    quantity = _accepted(event, option, units)
    if quantity > held:
        raise NotAdjusted("more is drawn than there is")
    factor = number(option, "previous_factor") if event["event_type"] in ("REDM", "MCAL", "BPUT") else None
    amount = minor(cash_per_unit(option) * quantity * (1 if factor is None else factor))
    ledger.realise(ledger.choose(lots, quantity), amount, on, event["corporate_action_event_id"])


def _written_off(ledger, on, event, share):
    """For nothing, on the last day of the year (US IRC 165(g)(1)); a short on the day itself (1233(h)(1))."""
    lots = ledger.before(event["isin"], on)
    _, units = ledger.share(event["corporate_action_event_id"], lots, share)
    counts_on = on if ledger.owes else f"{on[:4]}-12-31"
    ledger.realise(ledger.choose(lots, units), Fraction(0), on, event["corporate_action_event_id"], counts_on)


def _accepted(event, option, units):
    kind, of = event["event_type"], number(option, "minimum_exercisable_multiple")
    if is_tendered(event):
        prorated = number(option, "proration_rate")
        accepted = units if prorated is None else units * prorated / 100
        return multiples(accepted, of or (0 if prorated is None else 1), option.get("fraction_disposition", ""))
    if kind in ("PCAL", "DRAW") and option.get("drawn_quantity") is not None:
        return number(option, "drawn_quantity")
    if kind in ("PCAL", "DRAW"):
        part = number(option, "redeemed_percent")
        return multiples(units * (number(option, "called_percent") if part is None else part) / 100, of or 0, "RDDN")
    return units


def _wound_up(ledger, on, event, option, share):
    """Capital is paid back, or the shares go; securities that come count at their price, or are what the shares become."""
    brought = in_kind(event, option)
    if not is_last(option):
        _capital_returned(ledger, on, *(brought or (event, option)), share)
    elif not brought:
        _disposed_of(ledger, on, event, option, share)
    if brought:
        reorganised(ledger, on, *brought, share)


def _cash_by_lot(ledger, on, event, share, per_unit):
    lots = ledger.before(event["isin"], on, event["corporate_action_event_id"])
    units = [lot.units * share for lot in lots]
    return zip(lots, shared_out(per_unit * sum(units), units), strict=True)


def _capital_returned(ledger, on, event, option, share):
    """A capital distribution; or income that a fund keeps, which is one the other way round. What a short pays for capital is part of its
    cost, whatever it is (US IRC 263(h)); for what a fund keeps it pays nothing."""
    if event["event_type"] == "ACCU":
        if ledger.owes:
            return
        kept = cash_per_unit(option) - (number(option, "tax_credit_rate") or 0)
        for lot, income in _cash_by_lot(ledger, on, event, share, kept):
            lot.basis += income
        return
    come = new_securities(event, option, gives_up=False) if option.get("isin_out") else []
    for lot, paid in _cash_by_lot(ledger, on, event, share, cash_per_unit(option) or 0):
        worth = [minor(lot.units * share * new.ratio * Fraction(event["market_prices"][new.isin])) for new in come]
        cash = paid + sum(worth)
        gain = Fraction(0) if ledger.owes else max(cash - lot.basis, Fraction(0))
        lot.basis -= cash - gain
        if gain:
            ledger.row(lot, Fraction(0), gain, Fraction(0), on, event["corporate_action_event_id"])


def _paid_down(ledger, on, event, option, share):
    price = cash_per_unit(option)
    paid, of_basis = paid_part(option)
    for lot, cash in _cash_by_lot(ledger, on, event, share, paid * (1 if price is None else price)):
        used = minor(lot.basis * of_basis)
        lot.basis -= used
        ledger.row(lot, Fraction(0), cash, used, on, event["corporate_action_event_id"])


def _purchased(ledger, on, event, option, due):
    """A new lot for what the entitlement bought, or makes a short owe, at what it cost."""
    if due and (due["entitled"] < 0) != ledger.owes:
        return
    price = number(option, "subscription_price") or number(option, "cash_in_lieu_price")
    if price is None and due:
        other = next((cash_per_unit(each) for each in event["options"] if each["option_type"] == "CASH"), None)
        if other is None:
            raise NotAdjusted("what they cost is not said")
        price = other / ratio(option["additional_for_existing"])
    if due and due["entitled"]:
        event_id = event["corporate_action_event_id"]
        units, name = abs(due["entitled"]), f"{event_id}/{option['option_number']}"
        cost = _cost(event, option, units, price)
        ledger.lots.append(Lot(name, None, due["isin_out"], on, on, units, cost, event_id))


def _cost(event, option, units, price):
    """Price and charges: two amounts, but one where they come from another currency."""
    charges = units * charge_per_unit(option, price) + (number(option, "charge_amount") or 0)
    return minor(units * price + charges) if event.get("in_one_amount") else minor(units * price) + minor(charges)


def _of_rights(ledger, on, event, option, share, due, allocates, shares):
    kind, rights = option["option_type"], option.get("isin_intermediate")
    if kind in ("OVER", "BUYA"):
        _purchased(ledger, on, event, option, due)
    elif event["event_type"] == "EXRI":
        {"EXER": _exercised, "SLLE": _disposed_of, "LAPS": _lapsed}[kind](ledger, on, event, option, share)
    elif kind in ("EXER", "SLLE") and rights:
        using = [
            each
            for each in event["options"]
            if each["option_type"] in ("EXER", "SLLE") and each["option_number"] in shares
        ]
        whole = sum(shares[each["option_number"]] for each in using)
        if using[0]["option_number"] == option["option_number"]:
            reorganised(ledger, on, event, option, whole, rights=option, allocates=allocates)
        (_exercised if kind == "EXER" else _disposed_of)(ledger, on, event, option, share / whole, rights)
    elif kind == "EXER":
        _purchased(ledger, on, event, option, due)


def _exercised(ledger, on, event, option, share, isin=None):
    """Rights become securities at their basis and the subscription, held from that day."""
    event_id = event["corporate_action_event_id"]
    rights = ledger.before(isin or event["isin"], on)
    held, units = ledger.share(event_id, rights, share)
    credited = disposed(units * ratio(option["new_to_old"]), option.get("fraction_disposition", "RDDN"))[0]
    if not credited:
        return
    paid = _cost(event, option, credited, number(option, "subscription_price"))
    costs = shared_out(paid, [lot.units for lot in rights])
    for lot, cost in zip(list(rights), costs, strict=True):
        of_all, used = lot.units / held, lot.units * units / held
        basis = lot.basis_of(used)
        lot.take(used, basis)
        made = Lot(
            f"{lot.id}/{event_id}",
            lot.id,
            option.get("isin_out") or event["isin"],
            on,
            on,
            credited * of_all,
            basis + cost,
            event_id,
        )
        ledger.lots.append(made)


def _lapsed(ledger, on, event, option, share):
    """Basis returns to what the shares that gave it have become; rights with a basis of their own are lost."""
    rights = ledger.before(event["isin"], on)
    held, units = ledger.share(event["corporate_action_event_id"], rights, share)
    for lot in rights:
        used = lot.units * units / held
        handed = lot.opened_by.startswith(("CA-RHDI", "CA-RHTS"))
        heirs = [each for each in ledger.lots if handed and each.units and _came_of(ledger, each, lot)]
        if not heirs:
            ledger.realise([(lot, used)], Fraction(0), on, event["corporate_action_event_id"])
            continue
        basis = lot.basis_of(used)
        lot.take(used, basis)
        for heir, part in zip(heirs, shared_out(basis, [each.basis for each in heirs]), strict=True):
            heir.basis += part


def _came_of(ledger, lot, rights):
    """Whether a lot is, or has become of, the shares that brought rights; not by way of any rights."""
    while lot and lot.isin != rights.isin:
        if lot.id == rights.parent:
            return True
        lot = ledger.named(lot.parent)
    return False
