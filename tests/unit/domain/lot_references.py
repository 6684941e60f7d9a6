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
    """(sale, rule) -> [units, basis in cents]; the pool after the last day; and the sales refused: three passes, as a person would with a
    spreadsheet, and again without the first sale that is neither held nor bought back."""
    kept, refused = sorted(dealings, key=lambda each: (each.day, each.kind, each.id)), set()
    while True:
        same, later, of_pool = _uk_matched(kept)
        if not (sale := _uk_uncovered(kept, same, later, of_pool)):
            return *_uk_costs(kept, same, later, of_pool), refused
        refused.add(sale)
        kept = [each for each in kept if each.id != sale]


def _uk_matched(kept):
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
    return same, later, open_units


def _uk_uncovered(kept, same, later, of_pool):
    """The first sale that takes more of the pool than is there, without what earlier sales gave away and will buy back; or None."""
    free, ahead = 0, {}
    for day, dealt in groupby(kept, key=lambda each: each.day):
        today = 0
        for each in dealt:
            if each.kind == "buy":
                today += each.units
                continue
            today -= same[each.id]
            before = each.units - same[each.id]
            if of_pool[each.id] > free:
                return each.id
            ahead[each.id] = max(before - free, 0)
            free -= before - ahead[each.id]
        for sale, units in later.get(day, ()):
            never_held = min(units, ahead[sale])
            ahead[sale] -= never_held
            today, free = today - units, free + units - never_held
        free += today
    return None


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
    """One share: it is bought once, may replace once, and is sold once; accounts may hand it on."""

    def __init__(self, lot, day, cost, isin=""):
        self.lot, self.purchase, self.day, self.cost, self.since, self.used = lot, lot, day, cost, day, False
        self.isin = isin


ORDERS = {
    "FIFO": lambda share: (share.day, share.lot),
    "LIFO": lambda share: (-share.day, share.lot),
    "HIFO": lambda share: (-share.cost, share.day, share.lot),
}


class Us:
    """An account's `shares`, one by one; `result`: (sale, lot) -> [units, basis, disallowed] in cents.

    A lot has no more than its shares in common: those of it that replace, while others do not, are told by another name from then on.
    """

    def __init__(self, method):
        self.order, self.shares, self.waiting, self.result, self.lines = ORDERS[method], [], [], {}, {}

    def chosen(self, units, isin=""):
        """The shares that go next, fewer if there are not enough."""
        return sorted((share for share in self.shares if share.isin == isin), key=self.order)[:units]

    def change(self, isin, into, day, event):
        """Shares get another ISIN, which is the same security from now on."""
        self.lines[into] = self.lines.get(isin, isin)
        for share in self.shares:
            if share.isin == isin and share.day < day:
                share.isin, share.lot = into, f"{share.lot}/{event}"

    def buy(self, new, day):
        """Shares that are acquired: they may replace what was sold before."""
        self.shares += new
        self.waiting = self._replace_all(self.waiting, new, day)

    def sell(self, sale, gone):
        """These shares go; of what they lost, other shares of the last days may take the place."""
        for share in gone:
            row = self.result.setdefault((sale.id, share.lot), [0, 0, 0])
            row[0], row[1] = row[0] + 1, row[1] + share.cost
            self.shares.remove(share)
        lost = sorted((share for share in gone if share.cost > sale.price), key=ORDERS["FIFO"])
        lost = [(share, sale, share.cost - sale.price) for share in lost]
        recent = sorted((share for share in self.shares if sale.day - share.day <= 30), key=ORDERS["FIFO"])
        self.waiting += self._replace_all(lost, recent, sale.day)

    def _replace_all(self, losses, candidates, day):
        """Matches losses with candidates one by one; returns the losses that nothing replaced."""
        left, matched = [], []
        for lost, sale, amount in losses:
            free = [each for each in candidates if not each.used and each.purchase != lost.purchase
                    and day - sale.day <= 30 and self._line(each) == self._line(lost)]  # fmt: skip
            if not free:
                left.append((lost, sale, amount))
                continue
            share = free[0]
            share.used = True
            self.result[sale.id, lost.lot][2] += amount
            matched.append((lost, sale, share))
            share.cost += amount
            share.since -= sale.day - lost.since
        _rename(matched, self.shares)
        return left

    def _line(self, share):
        return self.lines.get(share.isin, share.isin)


def us(dealings, method):
    """(result, shares left) of one account, as of `Us`."""
    account = Us(method)
    for each in accepted(dealings):
        if each.kind == "buy":
            account.buy([Share(each.id, each.day, each.price) for _ in range(each.units)], each.day)
        else:
            account.sell(each, account.chosen(each.units))
    return account.result, account.shares


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
