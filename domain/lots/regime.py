"""What a tax regime changes beneath buys, sells and events. This one changes nothing: the account's relief method alone says."""

from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

from domain.lots.disposal import Disposal
from domain.lots.lot import Lot, Realised
from domain.lots.relief import Taken, relieve
from domain.records import Trade

if TYPE_CHECKING:
    from domain.lots.ledger import Ledger


class Regime:
    """A ledger tells its regime what happens, in the order of the fold."""

    def choose(self, ledger: "Ledger", held: list[Lot], sale: Trade) -> list[tuple[Lot, Fraction]]:
        """The parts of what is held that a sale takes; less than its quantity where too little is held."""
        return relieve(held, Fraction(sale.quantity), ledger.method, sale.quantity_breakdown)

    def opened(self, ledger: "Ledger", lot: Lot) -> None:
        """A lot was bought; of an opening lot, its acquisition date has come."""

    def exchanged(self, ledger: "Ledger", lot: Lot) -> None:
        """A lot came for another one that counts as sold: it was acquired, though it has a parent."""

    def noted(self, row: Realised) -> Realised:
        """A realised row as the regime writes it."""
        return row

    def dispose(self, ledger: "Ledger", taken: Taken, disposal: Disposal) -> None:
        """Closes parts of open lots of one security, and realises what they give."""
        ledger.close_by_method(taken, disposal)

    def rescaled(self, event_id: str, isin: str, on: date, factor: Fraction) -> None:
        """By this event each unit of the security acquired before became `factor` units of the same security."""

    def step_ended(self, ledger: "Ledger") -> None:
        """A trade or an event is folded, with all that it disposed of."""

    def day_ended(self, ledger: "Ledger", day: date) -> None:
        """All facts of the day are folded."""
