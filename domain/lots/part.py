"""An account's part in a fold: its facts, and which events reach its lots."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domain.lots.effect import LotEffect
from domain.lots.lot import Lot
from domain.records import Trade, Transfer


@dataclass(frozen=True, slots=True)
class AccountPart:
    """What folds an account: its relief_method, lot_regime (empty for none), the current `trades` (cancelled ones left out), the `effects`
    of events that stand, opening lots, whether it allows short positions, and the currency of its lots (empty: that of each trade or
    event)."""

    account: str
    relief_method: str
    lot_regime: str
    trades: Sequence[Trade] = ()
    effects: Sequence[LotEffect] = ()
    opening: Sequence[Lot] = ()
    short_positions: bool = False
    tax_currency: str = ""

    def reaching(self, came: set[str]) -> list[LotEffect]:
        """Return the effects on securities that the account dealt in, had, got by a transfer (`came`), bought by an event, or got for such
        ones: events that never touch its lots order nothing."""
        left = list(self.effects)
        reached = came | {trade.isin for trade in self.trades} | {lot.isin for lot in self.opening}
        reached |= {effect.isin for effect in left if effect.bought}
        found: list[LotEffect] = []
        while new := [effect for effect in left if effect.isin in reached]:
            found += new
            left = [effect for effect in left if effect.isin not in reached]
            reached |= {isin for effect in new for isin, _ in effect.credited}
        return found


def came_to(account: str, transfers: Iterable[Transfer]) -> set[str]:
    """Return the securities that transfers bring to an account."""
    return {transfer.isin for transfer in transfers if transfer.to_safekeeping_account == account}
