"""What a calculated entitlement should be read with: figures that are right by a rule that a better document would replace."""

from collections.abc import Iterable, Iterator
from typing import Any

from domain.entitlements.calculation import Calculation
from domain.entitlements.withholding import FALLBACK


def notices(calculations: Iterable[Calculation]) -> Iterator[dict[str, Any]]:
    """Yield a notice for each entitlement whose tax comes from the row for any residence: no row is not no treaty."""
    for calculation in calculations:
        applied = calculation.applied
        if applied is None or applied.rate_basis != FALLBACK:
            continue
        event, country = calculation.terms.event, calculation.terms.event.source_country
        yield {
            "corporate_action_event_id": event.corporate_action_event_id,
            "safekeeping_account": calculation.safekeeping_account,
            "option_number": calculation.option_number,
            "reason": "rate_fallback",
            "field": "rules.withholding_rates",
            "rate_id": applied.rate_id,
            "detail": f"no rate of {country} names the account's residence, so that the one for any residence was used, {applied.reason}; "
            "a treaty may reduce the tax or give some of it back: add a row for the residence",
        }
