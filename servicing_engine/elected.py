"""What an account elected of an event whose lots follow elections, as the calculation of its entitlements judges it."""

from typing import Any

from domain.elected import elect
from domain.lots import Elected, follows_elections
from domain.records import CorporateAction
from domain.rules import Rules
from servicing_engine.claims import elections_of_holding, protecting_trades
from servicing_engine.store import current
from servicing_engine.store.current import Scope


def elected_of(cursor: Any, event: CorporateAction, account: str, rules: Rules) -> Elected | None:
    """None where elections do not matter, or the account holds nothing. Raises Held where its elections cannot be judged."""
    if not follows_elections(event) or event.entitlement_date is None:
        return None
    chunks = current.holders(cursor, event.identity, event.isin, event.entitlement_date, Scope(account))
    found = [holder for chunk in chunks for holder in chunk]
    if not found:
        return None
    _, eligible, holder, _ = found[0]
    elections, releases = current.elections_of(cursor, event.identity, [account])
    pending = protecting_trades(cursor, event, [account]).get(account, ())
    own = elections_of_holding(event, rules, eligible, pending, elections.get(account, ()), releases)
    return elect(event, holder, account, eligible, own, releases, rules)
