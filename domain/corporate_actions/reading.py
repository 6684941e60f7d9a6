"""What types read alike from an option: ratios, further movements, cash, charges, and the lack of them."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from domain.corporate_actions.event_type import Debit, Further, LotTreatment, Outturn
from domain.held import Held, missing_terms
from domain.records import CorporateAction, Election, Option, SecuritiesMovement
from domain.records.unread import holding

_CHARGES = ("charge_rate", "charge_percent", "charge_amount")


def unread_terms(record: CorporateAction | Election) -> Held | None:
    """Return the hold of a message that says what nothing reads and may change a figure; None if there is no such field."""
    unread = holding(record.unread)
    if not unread:
        return None
    said = ", ".join(f"{entry.field} ({entry.value:.40})" for entry in unread[:5])
    return Held("unread_terms", "unread", f"the message says what is not read and may change a figure: {said}")


def ratio_of(option: Option) -> tuple[Fraction, Debit] | None:
    """Return the option's ratio, and whether the old securities are debited (NEWO all, ADEX nothing); None where it pays none.

    Raises Held when both are given, as nothing says which holds.
    """
    if option.new_to_old and option.additional_for_existing:
        raise missing_terms(
            "new_to_old", f"option {option.option_number} has both new_to_old and additional_for_existing"
        )
    if option.new_to_old:
        return option.new_to_old.value, Debit.ALL
    if option.additional_for_existing:
        return option.additional_for_existing.value, Debit.NOTHING
    return None


def securities(event: CorporateAction, option: Option) -> dict[str, Any]:
    """Return an Outturn's fields for the securities credited and debited, by the ratio and `securities_movements`; empty without either.

    Without a ratio of its own the first credit of `securities_movements` is the option's. A fraction of a movement's security is sold at
    the movement's cash_in_lieu_price, else at its market price (domain rules, "Fractions of further classes").
    """
    moved = [movement for movement in option.securities_movements if _is_credit(movement)]
    taken = len(moved) < len(option.securities_movements)
    own = ratio_of(option)
    if own is None and not moved:
        return {}
    ratio, debit = own or (moved[0].ratio.value, Debit.NOTHING)
    isin_out = (option.isin_out or event.isin) if own else moved[0].isin
    prices = [movement.cash_in_lieu_price for movement in moved if movement.isin == isin_out]
    price = next((price for price in (*prices, option.cash_in_lieu_price) if price is not None), None)
    return {
        "ratio": ratio,
        "debit": Debit.ALL if taken else debit,
        "isin_out": isin_out,
        "further": tuple(_further(event, movement) for movement in moved if movement.isin != isin_out),
        "disposition": option.fraction_disposition,
        "in_lieu_price": price if own or price is not None else event.market_prices.get(isin_out),
    }


def cash_of(option: Option, *, may_be_debit: bool = False) -> tuple[Fraction, str] | None:
    """Return cash per unit and how the notice gives it: a rate (GRSS), a price (OFFR), or a price in percent of the face amount.

    Raises Held `negative_rate` if the rate is below zero, which only interest `may_be_debit`: the holder pays it.
    """
    if option.gross_rate is not None and option.gross_rate < 0 and not may_be_debit:
        detail = f"gross_rate {option.gross_rate} of option {option.option_number} is below zero: only interest can be"
        raise Held("negative_rate", "options.gross_rate", detail)
    per = option.denomination or Decimal(1)
    for name in ("gross_rate", "cash_price_received"):
        amount = getattr(option, name)
        if amount is not None:
            return Fraction(amount) / Fraction(per), f"{name} {amount}" + (f" per {per}" if option.denomination else "")
    percent = option.cash_price_received_percent
    return None if percent is None else (Fraction(percent) / 100, f"{percent} % of the face amount")


def pays_on_face_amount(option: Option) -> bool:
    """Return True if the option's cash is a share of the face amount: what is held and traded is then counted in money, not in units."""
    on_face = (option.interest_rate, option.cash_price_received_percent, option.denomination, option.previous_factor)
    return any(term is not None for term in on_face)


def needed_cash(event: CorporateAction, option: Option, *names: str) -> tuple[Fraction, str]:
    """`cash_of`, raising Held that names what the notice may give instead."""
    paid = cash_of(option)
    if paid is None:
        names = names or ("gross_rate", "cash_price_received", "cash_price_received_percent")
        raise missing(event, option, names[0], f"{' or '.join(names)} and currency")
    return paid


def tax_credit_of(option: Option) -> Fraction:
    """Return the tax credit of one unit."""
    return Fraction(option.tax_credit_rate or 0) / Fraction(option.denomination or 1)


def with_charges(option: Option, outturn: Outturn) -> Outturn:
    """Return the outturn with the charges of a purchase, a percentage as its part of a unit's price. Raises Held `charges_not_supported`
    if nothing is bought."""
    given = [name for name in _CHARGES if getattr(option, name) is not None]
    if not given:
        return outturn
    paid = outturn.basis_price if outturn.reinvests else outturn.price
    if paid is None:
        detail = f"option {option.option_number} buys nothing: only charges of an exercise, a subscription or a reinvestment are calculated"
        raise Held("charges_not_supported", f"options.{given[0]}", detail)
    charge = Fraction(option.charge_rate or 0) + paid * Fraction(option.charge_percent or 0) / 100
    charged = replace(outturn, charge=charge, charge_of_account=Fraction(option.charge_amount or 0))
    price = outturn.in_lieu_price
    if not outturn.reinvests or price is None:
        return charged
    return replace(charged, in_lieu_price=Fraction(price) + charge)  # what buys nothing bears no charge


def missing(event: CorporateAction, option: Option, name: str, what: str = "") -> Held:
    """Return what an option of this event type lacks."""
    return missing_terms(
        f"options.{name}", f"option {option.option_number} of a {event.event_type} needs {what or name}"
    )


def _further(event: CorporateAction, moved: SecuritiesMovement) -> Further:
    price = moved.cash_in_lieu_price
    return Further(moved.isin, moved.ratio.value, event.market_prices.get(moved.isin) if price is None else price)


def _is_credit(movement: SecuritiesMovement) -> bool:
    return movement.credit_debit_indicator == "CRED"


def securities_or_cash(event: CorporateAction, option: Option, name: str, what: str) -> Outturn:
    """Securities by a ratio, with cash beside where the notice gives some, or the cash option of a choice; untaxed; lots follow."""
    given, paid = securities(event, option), cash_of(option)
    if not given:
        if paid is None or option.option_type != "CASH":
            raise missing(event, option, name, what)
        return Outturn(cash=paid[0], cash_rule=paid[1])
    outturn = Outturn(**given, lots=LotTreatment.REORGANISE)
    return replace(outturn, cash=paid[0], cash_rule=paid[1]) if paid else outturn


OF_ANOTHER = "isin_out of another security, beside which its own stays"


def paid_out_of_capital(event: CorporateAction, option: Option) -> Outturn:
    """Return cash, securities of others or both, untaxed; lots get capital back. A fraction of isin_out is sold at its market price if the
    option gives none. Raises Held if the notice lacks both, or credits the event's own security."""
    given = securities(event, option)
    cash, rule = (given and (cash_of(option) or (Fraction(0), ""))) or needed_cash(event, option)
    outturn = Outturn(**given, cash=cash, cash_rule=rule, lots=LotTreatment.RETURN_CAPITAL)
    if event.isin in [credit.isin for credit in outturn.credits]:
        raise missing(event, option, "isin_out", OF_ANOTHER)
    if outturn.in_lieu_price is None:
        return replace(outturn, in_lieu_price=event.market_prices.get(outturn.isin_out))
    return outturn


def exchange_or_cash(event: CorporateAction, option: Option, debit: Debit, what: str) -> Outturn:
    """Securities, cash or both, untaxed, for old ones that go: cash alone disposes of their lots, securities take them over.

    `what` names the fields that the notice may give; Held names the first where it gives none.
    """
    given, paid = securities(event, option), cash_of(option)
    if not given and paid is None:
        raise missing(event, option, what.split(" ", maxsplit=1)[0], what)
    cash, rule = paid or (Fraction(0), "")
    lots = LotTreatment.REORGANISE if given else LotTreatment.DISPOSE
    return Outturn(**given | {"debit": debit}, cash=cash, cash_rule=rule, lots=lots)
