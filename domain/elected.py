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
    allocates = any(each.allocate_basis_to_rights for each in elections)
    if not EVENT_TYPES[event.event_type].buys:
        taken = quantities_by_option(event, eligible, elections, releases)
        return Elected(number, eligible, taken, allocates=allocates)
    due = prepare_event(event, rules).entitle(account, eligible, elections, releases)
    taken = {each.option_number: each.eligible_quantity for each in due}
    bought = {each.option_number: _bought(each) for each in due if each.terms.outturn.lots in _BUYING}
    return Elected(number, eligible, taken, bought, allocates)


_BUYING = (LotTreatment.PURCHASE, LotTreatment.EXERCISE)


def _bought(calculation: Calculation) -> tuple[Fraction, Decimal]:
    """Quantity and cost, as the entitlement says."""
    outturn, currency = calculation.terms.outturn, calculation.terms.option.currency
    price = outturn.price if outturn.price is not None else outturn.basis_price
    if price is None or not currency:
        raise MissingTerms(
            "options.subscription_price", "what a new security cost is not said, nor what it pays in cash"
        )
    quantity = calculation.entitled_quantity
    return quantity, round_amount(quantity * price, currency)
