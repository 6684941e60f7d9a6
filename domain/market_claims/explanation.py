"""Why a trade has a claim, a transformation or a protection, and how its figures come about: rules with their sources, and arithmetic."""

from collections.abc import Iterator

from domain.entitlements import explain_yield
from domain.market_claims.buyer_protection import BuyerProtection, last_protected_day
from domain.market_claims.claim import MARKET_CLAIM, MarketClaim
from domain.market_claims.key_dates import KeyDates, settled_on
from domain.market_claims.transformation import Transformation
from domain.numbers.exact import exactly, plain
from domain.records import Trade
from domain.step import Step

_CLAIM = (
    "ECSDA/CAJWG Market Standards for Corporate Actions Processing, Market Claims; T2S Corporate Actions Standards, "
    "market claims 3 to 8"
)
_TRANSFORMATION = "T2S Corporate Actions Standards, Transformations; CAJWG likewise"
_PROTECTION = "CAJWG standards and T2S Corporate Actions Standards, Buyer Protection"


def explain_claim(claim: MarketClaim) -> Iterator[Step]:
    """Yield why it is due, what the trade's quantity yields, and the signed figures."""
    proceeds, minus = claim.proceeds, "" if claim.sign > 0 else "-"
    on_time = claim.claim_type != MARKET_CLAIM
    yield Step("claim_type", _CLAIM, _dealt(claim.trade, claim.dates, ex=on_time), claim.claim_type)
    yield from explain_yield(proceeds)
    party = f"{claim.trade.side} of {claim.trade.trade_id}, {'debited' if minus else 'credited'}"
    units = plain(proceeds.securities) if proceeds.isin_out else plain(claim.trade.quantity)
    yield Step("quantity", party, f"{minus}{units}{exactly(claim.quantity)}", plain(claim.quantity))
    yield from _movements(claim)
    arithmetic = f"{minus}({proceeds.cash} + {proceeds.cash_in_lieu_amount})"
    yield Step("market_claim_amount", f"{party}, before taxes", arithmetic, str(claim.market_claim_amount))
    yield from proceeds.terms.payment_steps


def _movements(claim: MarketClaim) -> Iterator[Step]:
    for further in claim.proceeds.further:
        units = claim.sign * further.disposed.credited
        yield Step(
            f"securities_movements {further.isin} quantity", "as isin_out", plain(units) + exactly(units), plain(units)
        )


def explain_transformation(changed: Transformation) -> Iterator[Step]:
    """Yield why the trade changes, and what becomes of its quantity and amount."""
    trade, proceeds = changed.trade, changed.proceeds
    yield Step("old_quantity", _TRANSFORMATION, _dealt(trade, changed.dates, ex=False), plain(trade.quantity))
    yield from explain_yield(proceeds)
    fraction = plain(proceeds.disposed.fraction)
    arithmetic = f"{plain(proceeds.securities)}{exactly(proceeds.securities)}, fraction {fraction}"
    yield Step("quantity", "fractions are dealt with trade by trade", arithmetic, plain(proceeds.securities))
    arithmetic = f"as trade {trade.trade_id} agreed"
    yield Step("settlement_amount", "the settlement amount stays", arithmetic, str(trade.settled_amount))
    yield Step("cash_amount", "cash beside, in the option's currency", "gross_amount", str(proceeds.cash))
    amount = str(proceeds.cash_in_lieu_amount)
    yield Step("cash_in_lieu_amount", "of all fractions", "price of a whole security x fraction", amount)


def explain_protection(protection: BuyerProtection) -> Iterator[Step]:
    """Yield why the purchase is protected, and how much of it."""
    trade, event = protection.trade, protection.event
    settled = settled_on(trade)
    arithmetic = f"{plain(protection.quantity)} of {plain(trade.quantity)} bought on {trade.trade_date}"
    arithmetic += f", by {last_protected_day(event)}, and settled on {settled}, after it"
    chosen = f"option {protection.option_number} elected" if protection.option_number else "nothing elected"
    yield Step("quantity", f"{_PROTECTION}; {chosen}", arithmetic, plain(protection.quantity))


def _dealt(trade: Trade, dates: KeyDates, *, ex: bool) -> str:
    """Return when the trade was dealt and settled, beside the days that decide."""
    said = [code for code in ("CCPN", "XCPN") if code in trade.trade_transaction_conditions]
    by = f"as agreed ({said[0]})" if said else f"ex_date {dates.ex_date}" if dates.ex_date else "by its settlement date"
    dealt = f"dealt {'ex' if ex else 'cum'} on {trade.trade_date}, {by}"
    return f"{dealt}; settled on {settled_on(trade)}, {'by' if ex else 'after'} the key date {dates.on}"
