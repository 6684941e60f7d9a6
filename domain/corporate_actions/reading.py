"""What types read alike from an option: ratios, further movements, cash, and the lack of them."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from domain.corporate_actions.event_type import Debit, Further, LotTreatment, Outturn
from domain.held import Held, missing_terms
from domain.records import CorporateAction, Option, SecuritiesMovement


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
    """An Outturn's fields of what is credited and debited: by the ratio, and by `securities_movements`; empty where there is neither.

    Without a ratio of its own the first credit of `securities_movements` is the option's.
    """
    credits = [
        Further(movement.isin, movement.ratio.value) for movement in option.securities_movements if _is_credit(movement)
    ]
    taken = any(not _is_credit(movement) for movement in option.securities_movements)
    own = ratio_of(option)
    if own is None and not credits:
        return {}
    if own is None:
        first, *credits = credits
        own, isin_out = (first.ratio, Debit.NOTHING), first.isin
    else:
        isin_out = option.isin_out or event.isin
    ratio, debit = own
    credits = [credit for credit in credits if credit.isin != isin_out]
    return {
        "ratio": ratio,
        "debit": Debit.ALL if taken else debit,
        "isin_out": isin_out,
        "further": tuple(credits),
        "disposition": option.fraction_disposition,
        "in_lieu_price": option.cash_in_lieu_price,
    }


def cash_of(option: Option) -> tuple[Fraction, str] | None:
    """Return cash per unit and how the notice gives it: a rate (GRSS), a price (OFFR), or a price in percent of the face amount."""
    per = option.denomination or Decimal(1)
    for name in ("gross_rate", "cash_price_received"):
        amount = getattr(option, name)
        if amount is not None:
            return Fraction(amount) / Fraction(per), f"{name} {amount}" + (f" per {per}" if option.denomination else "")
    percent = option.cash_price_received_percent
    return None if percent is None else (Fraction(percent) / 100, f"{percent} % of the face amount")


def needed_cash(event: CorporateAction, option: Option, *names: str) -> tuple[Fraction, str]:
    """`cash_of`, raising Held that names what the notice may give instead."""
    paid = cash_of(option)
    if paid is None:
        names = names or ("gross_rate", "cash_price_received", "cash_price_received_percent")
        raise missing(event, option, names[0], f"{' or '.join(names)} and currency")
    return paid


def missing(event: CorporateAction, option: Option, name: str, what: str = "") -> Held:
    """Return what an option of this event type lacks."""
    return missing_terms(
        f"options.{name}", f"option {option.option_number} of a {event.event_type} needs {what or name}"
    )


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
