"""What an account's elections mean for its lots: quantities by option, and what options made it buy."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from domain.corporate_actions import EVENT_TYPES, LotTreatment, MissingTerms
from domain.entitlements import Calculation, prepare_event, quantities_by_option
from domain.lots import Elected, follows_elections
from domain.money import round_amount
from domain.records import Account, CorporateAction, Election, ElectionRelease
from domain.rules import Rules


def elect(
    event: CorporateAction,
    account: Account | None,
    number: str,
    eligible: Decimal | None,
    elections: Sequence[Election],
    releases: Sequence[ElectionRelease],
    rules: Rules | None,
) -> Elected | None:
    """None where lots do not depend on what the account elected, or it holds nothing. Raises Held and MissingTerms."""
    if not eligible or not follows_elections(event) or event.event_type not in EVENT_TYPES:
        return None
    taken = quantities_by_option(event, eligible, elections, releases)
    allocates = any(each.allocate_basis_to_rights for each in elections)
    buys = EVENT_TYPES[event.event_type].buys
    bought = _bought(event, account, eligible, elections, releases, rules) if buys else {}
    return Elected(number, eligible, taken, bought, allocates)


def _bought(
    event: CorporateAction,
    account: Account | None,
    eligible: Decimal,
    elections: Sequence[Election],
    releases: Sequence[ElectionRelease],
    rules: Rules | None,
) -> dict[str, tuple[Fraction, Decimal]]:
    """Quantity and cost by option, as the entitlements say."""
    due = prepare_event(event, rules).entitle(account, eligible, elections, releases)
    buying = (LotTreatment.PURCHASE, LotTreatment.EXERCISE)
    return {
        each.option_number: (each.entitled_quantity, _cost(each)) for each in due if each.terms.outturn.lots in buying
    }


def _cost(calculation: Calculation) -> Decimal:
    outturn, currency = calculation.terms.outturn, calculation.terms.option.currency
    price = outturn.price if outturn.price is not None else outturn.basis_price
    if price is None or not currency:
        raise MissingTerms(
            "options.subscription_price", "what a new security cost is not said, nor what it pays in cash"
        )
    return round_amount(calculation.entitled_quantity * price, currency)
