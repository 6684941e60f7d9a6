"""What one holding gets from an option, one function for each kind of event: exact amounts, before any rounding of money."""

from dataclasses import dataclass, field
from fractions import Fraction

from tests.unit.domain.life.arithmetic import multiples, ratio
from tests.unit.domain.life.day_count import year_part
from tests.unit.domain.life.facts import Held, is_tendered


@dataclass
class Yield:
    """`cash` is exact; `interest` the part of it that accrued beside what is redeemed, None where nothing is said of it; `taxed` as income; `securities` the exact quantity of `isin`; `units` what is taken up, `left` what whole multiples leave
    over; `price` what the holder pays for each new one; `in_lieu` of one whole new one; `of_net`: securities are bought with the net cash; `stays`: no cash is paid; `whole`: new ones for one old one, of which only whole ones left over are paid."""

    cash: Fraction = Fraction(0)
    interest: Fraction | None = None
    taxed: bool = False
    debited: Fraction = Fraction(0)
    securities: Fraction | None = None
    isin: str | None = None
    further: list = field(default_factory=list)
    left: Fraction = Fraction(0)
    disposition: str = "RDDN"
    in_lieu: Fraction | None = None
    price: Fraction | None = None
    of_net: Fraction | None = None
    stays: bool = False
    whole: Fraction | None = None


def number(option, name):
    """A field's number, None where it is absent."""
    return Fraction(option[name]) if option.get(name) is not None else None


def charge_per_unit(option, price):
    """What is charged for a new unit at a price."""
    return (number(option, "charge_rate") or 0) + (price or 0) * Fraction(option.get("charge_percent", 0)) / 100


def cash_per_unit(option):
    """A rate or price, per unit or per denomination, or a percentage of the face amount."""
    per = number(option, "denomination") or 1
    for name in ("gross_rate", "cash_price_received"):
        if option.get(name) is not None:
            return Fraction(option[name]) / per
    percent = number(option, "cash_price_received_percent")
    return None if percent is None else percent / 100


def _disposal(option):
    return {"disposition": option.get("fraction_disposition", "RDDN"), "in_lieu": number(option, "cash_in_lieu_price")}


def _securities(event, option, accepted):
    terms = option.get("new_to_old") or option.get("additional_for_existing")
    movements = [each for each in option.get("securities_movements", ())]
    own = option.get("isin_out") or event["isin"]
    further = [
        (each["isin"], accepted * ratio(each["ratio"]), price_of_class(event, each))
        for each in movements
        if each["isin"] != own
    ]
    return {"securities": accepted * ratio(terms), "isin": own, "further": further, **_disposal(option)}


def price_of_class(event, movement):
    """Of one whole unit of a further class: its own price, else its market price."""
    return number(movement, "cash_in_lieu_price") or number(event.get("market_prices", {}), movement["isin"])


def _income(event, option, units):
    return Yield(cash=units * _needed(cash_per_unit(option)), taxed=True)


def _capital(event, option, units):
    return Yield(cash=units * _needed(cash_per_unit(option)))


def _accumulated(event, option, units):
    return Yield(cash=units * _needed(cash_per_unit(option)), stays=True)


def _needed(value):
    if value is None:
        raise Held("missing_terms")
    return value


def _interest(event, option, units):
    given = cash_per_unit(option)
    return Yield(cash=units * (per_face(option) if given is None else given), taxed=True)


def per_face(option):
    rate = _needed(number(option, "interest_rate"))
    rate = max(rate, number(option, "interest_floor")) if "interest_floor" in option else rate
    return rate / 100 * year_part(option) * (number(option, "previous_factor") or 1)


def _with_interest(redeemed):
    """Beside what is redeemed the interest until then, where its period is given."""

    def both(event, option, units):
        got = redeemed(event, option, units)
        if option.get("interest_period"):
            on = units if event["event_type"] == "PRED" else got.debited
            got.interest = on * per_face(option)
            got.cash += got.interest
        return got

    return both


def _distribution(event, option, units):
    """DVSE, BONU, SOFF: beside what is held. SPLF, SPLR: instead of it."""
    if option["option_type"] == "CASH":
        return _capital(event, option, units)
    gone = units if option.get("new_to_old") else Fraction(0)
    return Yield(debited=gone, cash=units * (cash_per_unit(option) or 0), **_securities(event, option, units))


def _choice(event, option, units):
    """DVOP and DRIP."""
    if option["option_type"] == "CASH":
        return _income(event, option, units)
    rate, price = cash_per_unit(option), number(option, "subscription_price") or number(option, "cash_in_lieu_price")
    isin = option.get("isin_out") or event["isin"]
    rest = {"disposition": option.get("fraction_disposition", "CINL"), "isin": isin}
    rest |= {"in_lieu": number(option, "cash_in_lieu_price") or price}
    if option.get("additional_for_existing"):
        rest |= {"whole": ratio(option["additional_for_existing"])} if option.get("residue_units") == "WHOLE" else {}
        cash = units * rate if option["option_type"] == "CASE" and rate else Fraction(0)
        return Yield(cash=cash, taxed=True, securities=units * ratio(option["additional_for_existing"]), **rest)
    rest["in_lieu"] = price
    if event["event_type"] == "DRIP":
        return Yield(cash=units * rate, taxed=True, of_net=price, **rest)
    return Yield(securities=units * rate / price, **rest)


def _merger(event, option, units):
    filled = units * number(option, "proration_rate") / 100 if option.get("proration_rate") else units
    cash = filled * (cash_per_unit(option) or 0) + (units - filled) * (number(option, "cash_for_unfilled") or 0)
    given = _securities(event, option, filled) if option.get("new_to_old") else {}
    return Yield(cash=cash, debited=units, **given)


def _tender(event, option, units):
    if option["option_type"] == "NOAC":
        return Yield()
    prorated = number(option, "proration_rate")
    accepted = units if prorated is None else units * prorated / 100
    of = number(option, "minimum_exercisable_multiple") or (0 if prorated is None else 1)
    whole = multiples(accepted, of, option.get("fraction_disposition", ""))
    given = _securities(event, option, accepted) if option.get("new_to_old") else {}
    return Yield(
        cash=whole * (cash_per_unit(option) or 0), debited=whole, left=max(accepted - whole, Fraction(0)), **given
    )


def _rights(event, option, units):
    """RHTS and EXRI; `units` are rights."""
    kind, price = option["option_type"], number(option, "subscription_price")
    hands_out = any(each.get("isin_intermediate") or each.get("intermediate_to_underlying") for each in [option])
    gone = units if event["event_type"] == "EXRI" or hands_out else Fraction(0)
    if kind == "LAPS":
        return Yield(debited=gone)
    if kind == "SLLE":
        return Yield(cash=units * cash_per_unit(option), debited=gone)
    if kind == "BUYA":
        return Yield(
            securities=units,
            isin=option.get("isin_out") or option.get("isin_intermediate") or event["isin"],
            price=price,
        )
    if kind == "OVER":
        filled = units * (number(option, "proration_rate") if option.get("proration_rate") else 100) / 100
        terms = ratio(option["new_to_old"]) if option.get("new_to_old") else 1
        return Yield(
            securities=filled * terms, isin=option.get("isin_out") or event["isin"], price=price, **_disposal(option)
        )
    return Yield(debited=gone, price=price, **_securities(event, option, units))


def _rights_handed_out(event, option, units):
    terms = option.get("additional_for_existing") or option["intermediate_to_underlying"]
    return Yield(
        securities=units * ratio(terms), isin=option.get("isin_out") or option["isin_intermediate"], **_disposal(option)
    )


def _redeemed(event, option, units):
    return Yield(cash=units * cash_per_unit(option) * (number(option, "previous_factor") or 1), debited=units)


def is_last(option):
    """Whether a liquidation payment takes the security too."""
    return any(move.get("credit_debit_indicator") == "DEBT" for move in option.get("securities_movements", ()))


def securities_of(option):
    """The securities that a liquidation payment brings."""
    return [move for move in option.get("securities_movements", ()) if move["credit_debit_indicator"] == "CRED"]


def in_kind(event, option):
    """(event, option) of a liquidation payment that brings securities, as of an exchange if it is the last one, else of a distribution; None
    of another. Raises Held."""
    if not securities_of(option):
        return None
    first, *others = securities_of(option)
    prices = (
        first.get("cash_in_lieu_price"),
        option.get("cash_in_lieu_price"),
        event["market_prices"].get(first["isin"]),
    )
    if event.get("tax_treatment") == "ROLLOVER" and not is_last(option):
        raise Held("missing_terms")
    terms = {"isin_out": first["isin"], "new_to_old" if is_last(option) else "additional_for_existing": first["ratio"]}
    terms |= {
        "securities_movements": others,
        "cash_in_lieu_price": next((each for each in prices if each is not None), None),
    }
    return {"tax_treatment": "TAXABLE", **event}, option | terms


def _liquidated(event, option, units):
    brought = in_kind(event, option)
    given = _securities(*brought, units) if brought else {}
    gone = units if is_last(option) else Fraction(0)
    return Yield(cash=units * (cash_per_unit(option) or 0), debited=gone, **given)


def _worthless(event, option, units):
    return Yield(debited=units)


def _exchanged(event, option, units):
    return (_tender if is_tendered(event) else _merger)(event, option, units)


def _put(event, option, units):
    if not is_tendered(event) or option["option_type"] == "NOAC":
        return (_tender if is_tendered(event) else _redeemed)(event, option, units)
    got = _tender(event, option, units)
    got.cash *= number(option, "previous_factor") or 1
    return got


def undrawn(event, option):
    """Why nothing can be drawn of an account by a DRAW or PCAL, or None."""
    drawn, of = number(option, "drawn_quantity"), number(option, "minimum_exercisable_multiple")
    if drawn is None:
        percent = {"redeemed_percent", "called_percent"} & set(option)
        return None if event["event_type"] != "DRAW" or percent else "missing_terms"
    return "not_a_multiple" if of and drawn % of else None


def _called(event, option, units):
    """PCAL and DRAW."""
    drawn = number(option, "drawn_quantity")
    if undrawn(event, option):
        raise Held(undrawn(event, option))
    if drawn is not None:
        if drawn > units:
            raise Held("drawn_above_holding")
        return Yield(cash=drawn * cash_per_unit(option), debited=drawn)
    part = number(option, "redeemed_percent")
    called = units * (number(option, "called_percent") if part is None else part) / 100
    whole = multiples(called, number(option, "minimum_exercisable_multiple") or 0, "RDDN")
    return Yield(cash=whole * cash_per_unit(option), debited=whole, left=called - whole)


def _paid_down(event, option, units):
    price = cash_per_unit(option)
    return Yield(cash=units * paid_part(option)[0] * (1 if price is None else price))


def paid_part(option):
    """(part of the face amount, part of the basis) that a PRED pays back."""
    if option.get("previous_factor") is not None and option.get("next_factor") is not None:
        before, after = number(option, "previous_factor"), number(option, "next_factor")
        return before - after, (before - after) / before
    part = number(option, "redeemed_percent") / 100
    return part, part


YIELDS = {
    "DVCA": _income, "INTR": _interest, "CAPD": _capital, "ACCU": _accumulated, "DVOP": _choice, "DRIP": _choice,
    "DVSE": _distribution, "BONU": _distribution, "SOFF": _distribution, "SPLF": _distribution, "SPLR": _distribution,
    "MRGR": _merger, "TEND": _tender, "RHTS": _rights, "RHDI": _rights_handed_out, "EXRI": _rights,
    "CHAN": _distribution, "EXOF": _exchanged, "CONV": _exchanged, "BIDS": _tender, "LIQU": _liquidated, "WRTH": _worthless,
    "REDM": _redeemed, "MCAL": _redeemed, "PCAL": _called, "DRAW": _called, "PRED": _paid_down, "BPUT": _put,
}  # fmt: skip
REDEEMING = ("REDM", "MCAL", "PCAL", "DRAW", "PRED", "BPUT")
YIELDS |= {kind: _with_interest(YIELDS[kind]) for kind in REDEEMING}
