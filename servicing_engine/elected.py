"""What an account elected of an event whose lots follow elections, as the calculation of its entitlements judges it."""

from decimal import Decimal
from typing import Any

from domain.entitlements import quantities_by_option
from domain.lots import Elected, follows_elections
from domain.records import CorporateAction
from servicing_engine.store import current


def elected_of(cursor: Any, event: CorporateAction, account: str) -> Elected | None:
    """None where elections do not matter, or the account holds nothing. Raises Held where its elections cannot be judged."""
    if not follows_elections(event) or event.entitlement_date is None:
        return None
    found = [holder for chunk in current.holders(cursor, event, account) for holder in chunk]
    eligible = found[0][1] if found else Decimal(0)
    if not eligible:
        return None
    elections, releases = current.elections_of(cursor, event.identity)
    own = [each for each in elections if each.safekeeping_account == account]
    return Elected(eligible, quantities_by_option(event, eligible, own, releases))
