"""What an account's lots cost, reckoned a second time in other ways than the fold: for tests to compare with.

Trades are (kind, id, day, units, price) with whole units and prices in whole cents; kind is "buy" or "sell". No events.
"""

from collections import namedtuple
from fractions import Fraction
from itertools import groupby

Dealing = namedtuple("Dealing", "kind id day units price")


def cents(exact):
    """HALF_UP to whole cents, of what is not negative."""
    return Fraction(int(exact + Fraction(1, 2)))


def accepted(dealings):
    """In the order of the fold, without the sales that exceed what is held on their day."""
    held, kept = 0, []
    for each in sorted(dealings, key=lambda each: (each.day, each.kind, each.id)):
        if each.kind == "buy" or each.units <= held:
            held += each.units if each.kind == "buy" else -each.units
            kept.append(each)
    return kept


class Heap:
    """Shares that cost the same each: `units` for `cost` cents."""

    def __init__(self):
        self.units, self.cost = Fraction(0), Fraction(0)

    def add(self, units, cost):
        self.units, self.cost = self.units + units, self.cost + cost

    def take(self, units):
        if not units:
            return Fraction(0)
        cost = self.cost if units == self.units else cents(self.cost * units / self.units)
        self.add(-units, -cost)
        return cost


def average(dealings):
    """Sale -> basis in cents; and the heap that is left."""
    heap, basis = Heap(), {}
    for each in accepted(dealings):
        if each.kind == "buy":
            heap.add(each.units, each.units * each.price)
        else:
            basis[each.id] = heap.take(each.units)
    return basis, heap


def uk(dealings):
    """(sale, rule) -> [units, basis in cents]; and the pool after the last day: three passes, as a person would with a spreadsheet."""
    kept = accepted(dealings)
    bought = {}
    for each in kept:
        if each.kind == "buy":
            bought[each.day] = bought.get(each.day, 0) + each.units
    sales = [each for each in kept if each.kind == "sell"]
    open_units = {each.id: each.units for each in sales}
    same, later = {}, {}
    for each in sales:
        same[each.id] = min(open_units[each.id], bought.get(each.day, 0))
        open_units[each.id] -= same[each.id]
        bought[each.day] = bought.get(each.day, 0) - same[each.id]
    for each in sales:
        for day in range(each.day + 1, each.day + 31):
            units = min(open_units[each.id], bought.get(day, 0))
            if units:
                later.setdefault(day, []).append((each.id, units))
                open_units[each.id] -= units
                bought[day] -= units
    return _uk_costs(kept, same, later, open_units)


def _uk_costs(kept, same, later, of_pool):
    pool, result = Heap(), {}

    def note(sale, rule, units, cost):
        if units:
            was = result.setdefault((sale, rule), [0, Fraction(0)])
            result[sale, rule] = [was[0] + units, was[1] + cost]

    for day, dealt in groupby(kept, key=lambda each: each.day):
        today = Heap()
        for each in dealt:
            if each.kind == "buy":
                today.add(each.units, each.units * each.price)
            else:
                note(each.id, "SAME_DAY", same[each.id], today.take(same[each.id]))
                note(each.id, "POOL", of_pool[each.id], pool.take(of_pool[each.id]))
        for sale, units in later.get(day, ()):
            note(sale, "THIRTY_DAYS", units, today.take(units))
        pool.add(today.units, today.cost)
    return result, pool


class Share:
    """One share: it is bought once, may replace once, and is sold once."""

    def __init__(self, lot, day, cost):
        self.lot, self.purchase, self.day, self.cost, self.since, self.used = lot, lot, day, cost, day, False


ORDERS = {
    "FIFO": lambda share: (share.day, share.lot),
    "LIFO": lambda share: (-share.day, share.lot),
    "HIFO": lambda share: (-share.cost, share.day, share.lot),
}


def us(dealings, method):
    """(sale, lot) -> [units, basis, disallowed] in cents; and the shares left, share by share.

    A lot has no more than its shares in common: those of it that replace, while others do not, are told by another name from then on.
    """
    shares, waiting, result = [], [], {}
    for each in accepted(dealings):
        if each.kind == "buy":
            new = [Share(each.id, each.day, each.price) for _ in range(each.units)]
            shares += new
            waiting = _replace_all(waiting, shares, new, each.day, result)
            continue
        gone = sorted(shares, key=ORDERS[method])[: each.units]
        for share in gone:
            row = result.setdefault((each.id, share.lot), [0, 0, 0])
            row[0], row[1] = row[0] + 1, row[1] + share.cost
            shares.remove(share)
        lost = sorted((share for share in gone if share.cost > each.price), key=ORDERS["FIFO"])
        lost = [(share, each, share.cost - each.price) for share in lost]
        recent = sorted((share for share in shares if each.day - share.day <= 30), key=ORDERS["FIFO"])
        waiting += _replace_all(lost, shares, recent, each.day, result)
    return result, shares


def _replace_all(losses, shares, candidates, day, result):
    """Matches losses with candidates one by one; returns the losses that nothing replaced."""
    left = []
    matched = []
    for lost, sale, amount in losses:
        free = [
            each for each in candidates if not each.used and each.purchase != lost.purchase and day - sale.day <= 30
        ]
        if not free:
            left.append((lost, sale, amount))
            continue
        share = free[0]
        share.used = True
        result[sale.id, lost.lot][2] += amount
        matched.append((lost, sale, share))
        share.cost += amount
        share.since -= sale.day - lost.since
    _rename(matched, shares)
    return left


def _rename(matched, shares):
    """As many names as (sold lot, sale, replacing lot) that leave other shares of the lot behind."""
    for _, matches in groupby(matched, key=lambda each: (each[0].lot, each[1].id, each[2].lot)):
        group = list(matches)
        sale, lot, mine = group[0][1], group[0][2].lot, {id(each[2]) for each in group}
        if any(each.lot == lot and id(each) not in mine for each in shares):
            names = {each.lot for each in shares}
            name = next(name for name in _names(f"{lot}/{sale.id}") if name not in names)
            for _, _, share in group:
                share.lot = name


def _names(name):
    yield name
    number = 2
    while True:
        yield f"{name}.{number}"
        number += 1
