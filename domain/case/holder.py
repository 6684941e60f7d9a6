"""One account's part in one event, as a loader found it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from domain.entitlements import PlaceBalance
from domain.held import Held, Hold
from domain.numbers.exact import plain
from domain.numbers.series import exact_sum
from domain.records import Account, Advice, Drawing, Election, ElectionRelease, Trade

SHORT_NOT_ALLOWED = "short_not_allowed"


@dataclass(frozen=True, slots=True)
class Holder:
    """`account` is the account's record, None until it is reported. `places` are the statements that count on the entitlement date, one of
    each place; `elections` are all contents of the elections that ever named account and event, `releases` of
    those; `trades` in its security, cancelled ones left out; `drawings` of the event; `advices` of the elections."""

    safekeeping_account: str
    account: Account | None = None
    places: tuple[PlaceBalance, ...] = ()
    elections: Sequence[Election] = ()
    releases: Sequence[ElectionRelease] = ()
    trades: Sequence[Trade] = ()
    drawings: Sequence[Drawing] = ()
    advices: Sequence[Advice] = ()

    @property
    def eligible(self) -> Decimal:
        """Return the units settled over all places (domain rules, "Eligibility and time")."""
        return exact_sum(place.settled_quantity for place in self.places)

    @property
    def refused_short(self) -> Held | None:
        """Return why nothing is calculated: a place states less than zero, which the account's record does not allow; else None."""
        refused = (_short_not_allowed(place.settled_quantity, self.account) for place in self.places)
        return next(filter(None, refused), None)


def held_position(number: str, identity: str, settled: Decimal, account: Account | None) -> Hold | None:
    """Return the hold of a position of the account `number` that is below zero, until the account's record allows it; None for others."""
    refused = _short_not_allowed(settled, account)
    return Hold("position", identity, number, refused) if refused else None


def _short_not_allowed(settled: Decimal, account: Account | None) -> Held | None:
    if settled >= 0 or account is None or account.short_positions:
        return None
    detail = f"{plain(settled)} is below zero: correct it, or set short_positions of account {account.identity}"
    return Held(SHORT_NOT_ALLOWED, "settled_quantity", detail)
