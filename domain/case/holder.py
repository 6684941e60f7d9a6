"""One account's part in one event, as a loader found it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce

from domain.entitlements import PlaceBalance
from domain.numbers.exact import EXACT
from domain.records import Account, Drawing, Election, ElectionRelease, Trade


@dataclass(frozen=True, slots=True)
class Holder:
    """`account` is the account's record, None until it is reported. `places` are the statements that count on the entitlement date, one of
    each place; `elections` are all contents of the elections that ever named account and event, `releases` of
    those; `trades` in its security, cancelled ones left out; `drawings` of the event."""

    safekeeping_account: str
    account: Account | None = None
    places: tuple[PlaceBalance, ...] = ()
    elections: Sequence[Election] = ()
    releases: Sequence[ElectionRelease] = ()
    trades: Sequence[Trade] = ()
    drawings: Sequence[Drawing] = ()

    @property
    def eligible(self) -> Decimal:
        """Return the units settled over all places (domain rules, "Eligibility and time")."""
        return reduce(EXACT.add, (place.settled_quantity for place in self.places), Decimal(0))
