"""One account's lots, and what is realised when parts of them go."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction

from tests.unit.domain.life.arithmetic import minor, shared_out


@dataclass
class Lot:
    """Closed with no units."""

    id: str
    parent: str | None
    isin: str
    acquired: str
    since: str
    units: Fraction
    basis: Fraction
    opened_by: str

    def basis_of(self, part):
        """The whole basis of a whole lot, else rounded."""
        return self.basis if part == self.units else minor(self.basis * part / self.units)

    def take(self, units, basis):
        """Takes units and basis away."""
        self.units, self.basis = self.units - units, self.basis - basis


def is_long(since, on):
    """Whether what was held since a day is held for longer than a year when it goes on another."""
    day = date.fromisoformat(since) + timedelta(1)
    return on >= f"{day.year + 1:04}{day.isoformat()[4:]}"


class Ledger:
    """`lots` in the order in which they came; `realised` rows; trades `refused` with the reason. `owed`: the lots that the account owes, in
    a ledger of their own (`life.shorts`), None where it may not sell short. `owes`: True of such a ledger. `waiting`: events that wait for
    an exchange rate."""

    owed, owes = None, False

    def __init__(self, method):
        self.method, self.lots, self.realised, self.refused, self.found, self.waiting = method, [], [], {}, {}, set()

    def open_lots(self, isin):
        """With something left."""
        return [lot for lot in self.lots if lot.isin == isin and lot.units > 0]

    def named(self, lot_id):
        """The lot of an id, or None."""
        return next((lot for lot in self.lots if lot.id == lot_id), None)

    def before(self, isin, on, but=""):
        """Open lots acquired before a day, which this event did not make itself."""
        return [lot for lot in self.open_lots(isin) if lot.acquired < on and (not but or lot.opened_by != but)]

    def share(self, event_id, lots, share):
        """(units held, units that an option has a share in): a share of what the event found."""
        held = sum((lot.units for lot in lots), Fraction(0))
        found = self.found.setdefault((event_id, lots[0].isin), held) if lots else held
        return held, min(found * share, held)

    def buy(self, trade, amount):
        """A lot of its own."""
        if self.named(trade["trade_id"]):
            self.refused[trade["trade_id"]] = "duplicate_lot_id"
            return
        day = trade["trade_date"]
        units = Fraction(trade["quantity"])
        self.lots.append(Lot(trade["trade_id"], None, trade["isin"], day, day, units, amount, trade["trade_id"]))

    def sell(self, trade, amount):
        """By the method, or refused whole."""
        named = trade.get("quantity_breakdown") if self.method == "SPECIFIC" else ()
        taken = self.wanted(trade, trade["trade_date"], named)
        if taken is None:
            self.refused[trade["trade_id"]] = "insufficient_lots"
        else:
            self.realise(taken, amount, trade["trade_date"], trade["trade_id"])

    def wanted(self, record, on, named):
        """[(lot, part)] of a sale's or transfer's quantity: of the lots named, else by the method; None where they do not suffice."""
        held = [lot for lot in self.open_lots(record["isin"]) if lot.acquired <= on]
        units = {each["lot_id"]: Fraction(each["quantity"]) for each in named or ()}
        if units:
            taken = [(lot, min(lot.units, units[lot.id])) for lot in held if units.get(lot.id)]
        else:
            taken = self.choose(held, Fraction(record["quantity"]))
        return taken if sum(part for _, part in taken) == Fraction(record["quantity"]) else None

    def choose(self, lots, units):
        """[(lot, part)] in the order of the relief method."""
        taken = []
        for lot in sorted(lots, key=self._order):
            part = min(units, lot.units)
            if part > 0:
                taken.append((lot, part))
                units -= part
        return taken

    def _order(self, lot):
        if self.method == "LIFO":
            return (-date.fromisoformat(lot.acquired).toordinal(), lot.id)
        if self.method == "HIFO":
            return (-lot.basis / lot.units, lot.acquired, lot.id)
        return (lot.acquired, lot.id)

    def realise(self, taken, amount, on, closed_by, counts_on=None):
        """Parts go for an amount, each with its basis, or with the pool's average; the rows are of `counts_on`, if that is another day."""
        if not taken:
            return
        gets = shared_out(amount, [part for _, part in taken])
        for (lot, part), got, cost in zip(taken, gets, self.give(taken, on), strict=True):
            self.row(lot, part, got, cost, counts_on or on, closed_by)

    def give(self, taken, on):
        """Take parts out of their lots; the basis that goes with each: its own, or the pool's average, which the lots left share too."""
        if self.method != "AVERAGE":
            costs = [lot.basis_of(part) for lot, part in taken]
            for (lot, part), cost in zip(taken, costs, strict=True):
                lot.take(part, cost)
            return costs
        pool = [lot for lot in self.open_lots(taken[0][0].isin) if lot.acquired <= on]
        basis, units = sum(lot.basis for lot in pool), sum(lot.units for lot in pool)
        gone = minor(basis * sum(part for _, part in taken) / units)
        costs = shared_out(gone, [part for _, part in taken])
        for lot, part in taken:
            lot.take(part, lot.basis if lot.units == part else 0)
        left = sorted((lot for lot in pool if lot.units), key=lambda lot: (lot.acquired, lot.id))
        for lot, cost in zip(left, shared_out(basis - gone, [lot.units for lot in left]), strict=True):
            lot.basis = cost
        return costs

    def row(self, lot, units, got, cost, on, closed_by):
        """A realised row."""
        term = "LONG" if is_long(lot.since, on) else "SHORT"
        self.realised.append((lot.id, lot.isin, on, closed_by, units, got, cost, term))

    def child(self, lot, event_id, isin, units, basis, **changes):
        """A lot that stands for another, or for a part of it."""
        name = f"{lot.id}/{event_id}"
        name = name if self.named(name) is None else f"{name}/{isin}"
        made = replace(lot, id=name, parent=lot.id, isin=isin, units=units, basis=basis, opened_by=event_id, **changes)
        self.lots.append(made)
        return made
