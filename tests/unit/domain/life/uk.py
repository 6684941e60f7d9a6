"""The UK's law of one account's lots, reckoned by walking the days three times, in the units of each day.

The acquisitions of the same day and of the 30 days after it are given to the sales; then the first sale that is neither held nor bought
back is refused, and all is done again; then everything is priced. The pool keeps the shares that a later acquisition is matched with, so
it is not less than what is held.
"""

from collections import Counter, defaultdict, namedtuple
from fractions import Fraction
from itertools import groupby

from tests.unit.domain.life.arithmetic import disposed, minor
from tests.unit.domain.lot_references import Heap, cents

Step = namedtuple("Step", "day kind id isin units price terms", defaults=(0, 0, None))
"""kind: 0 an event, with `terms`; 1 a purchase, 2 a sale; 3 a sale of rights. Days are numbers, prices in cents."""
Terms = namedtuple("Terms", "kept new code in_lieu rate worth rights into", defaults=(1, 0, "DIST", 0, 0, 0, 0, None))
"""What an event does to each share: 1 or 0 are `kept`, so many are `new`, a fraction of these by its `code`; `rate` cents paid, on shares
`worth` so much; `rights`; `into` another ISIN."""
SMALL = 300_000


def ordered(steps):
    """In the order of the fold; events of a day come in order already."""
    return sorted(steps, key=lambda step: (step.day, min(step.kind, 2), step.id if step.kind else ""))


def reckoned(steps):
    """({(closed by, rule): cost}, {ISIN: pool}, rights left, ids refused)."""
    kept, refused = ordered(steps), set()
    while True:
        same, later, of_pool = _matched(kept)
        walked, uncovered = _held(kept, same, later, of_pool)
        if not uncovered:
            break
        refused.add(uncovered)
        kept = [step for step in kept if step.kind == 0 or step.id != uncovered]
    account = _Costs(same, later, of_pool)
    for step, held in walked:
        account.take(step, held)
    account.end_day(None)
    return account.rows, account.pools, account.rights, refused | account.refused


def _held(steps, same, later, of_pool):
    """[(step, shares of its ISIN held before it and before its day's purchases)], of a sale of rights the shares that they came of; and the
    first sale that takes more of the pool than that, or None. `ahead`: by ISIN and sale the units sold that were never held."""
    held, ahead, walked, granted = Counter(), defaultdict(Counter), [], None
    for day, dealt in groupby(steps, key=lambda step: step.day):
        today = Counter()
        for step in dealt:
            isin = granted if step.kind == 3 else step.isin
            walked.append((step._replace(isin=isin), held[isin]))
            if step.kind == 0:
                into, units, sold = step.terms.into or isin, held.pop(isin, Fraction(0)), ahead.pop(isin, {})
                granted = isin if step.terms.rights and units else granted
                granted = into if granted == isin else granted
                held[into] += units * step.terms.kept + disposed(units * step.terms.new, step.terms.code)[0]
                ahead[into].update({sale: left * (step.terms.kept + step.terms.new) for sale, left in sold.items()})
            elif step.kind == 1:
                today[isin] += step.units
            elif step.kind == 2:
                before = step.units - same[step.id]
                if of_pool[step.id] > held[isin]:
                    return walked, step.id
                today[isin] -= same[step.id]
                ahead[isin][step.id] = max(before - held[isin], Fraction(0))
                held[isin] -= before - ahead[isin][step.id]
        for isin in today:
            for sale, units in later.get((isin, day), ()):
                never_held = min(units, ahead[isin][sale])
                ahead[isin][sale] -= never_held
                today[isin], held[isin] = today[isin] - units, held[isin] + units - never_held
            held[isin] += today[isin]
    return walked, None


def _matched(steps):
    """({sale: units of its day}, {(ISIN, day): [(sale, units bought)]}, {sale: units of the pool})."""
    bought = Counter()
    for step in steps:
        if step.kind == 1:
            bought[step.isin, step.day] += step.units
    sales = [step for step in steps if step.kind == 2]
    same, later, left = {}, {}, {sale.id: sale.units for sale in sales}
    for sale in sales:
        same[sale.id] = min(sale.units, bought[sale.isin, sale.day])
        left[sale.id] -= same[sale.id]
        bought[sale.isin, sale.day] -= same[sale.id]
    for sale in sales:
        for day in range(sale.day + 1, sale.day + 31):
            isin, factor = sale.isin, Fraction(1)
            for step in steps:
                if step.kind == 0 and step.isin == isin and sale.day < step.day <= day:
                    isin, factor = step.terms.into or isin, factor * (step.terms.kept + step.terms.new)
            units = min(left[sale.id] * factor, bought[isin, day])
            if units:
                later.setdefault((isin, day), []).append((sale.id, units))
                left[sale.id] -= units / factor
                bought[isin, day] -= units
    return same, later, left


class _Costs:
    """Prices one step after the other."""

    def __init__(self, same, later, of_pool):
        self.same, self.later, self.of_pool = same, later, of_pool
        self.pools, self.today, self.day = defaultdict(Heap), defaultdict(Heap), None
        self.rows, self.rights, self.refused = {}, Fraction(0), set()

    def take(self, step, held):
        if step.day != self.day:
            self.end_day(step.day)
        if step.kind == 0:
            self._event(step, step.terms, held)
        elif step.kind == 1:
            self.today[step.isin].add(step.units, step.units * step.price)
        elif step.kind == 2:
            self._note(step.id, "SAME_DAY", self.today[step.isin].take(self.same[step.id]), self.same[step.id])
            self._note(step.id, "POOL", self.pools[step.isin].take(self.of_pool[step.id]), self.of_pool[step.id])
        else:
            self._rights_sold(step, held)

    def end_day(self, day):
        """The day's purchases go to earlier sales, the rest to the pool."""
        for isin, bought in self.today.items():
            for sale, units in self.later.get((isin, self.day), ()):
                self._note(sale, "THIRTY_DAYS", bought.take(units), units)
            self.pools[isin].add(bought.units, bought.cost)
        self.today, self.day = defaultdict(Heap), day

    def _note(self, closed_by, rule, cost, units):
        if units:
            self.rows[closed_by, rule] = self.rows.get((closed_by, rule), 0) + cost

    def _event(self, event, terms, held):
        self.rights += held * terms.rights
        pool = self.pools[event.isin]
        pool.units *= terms.kept + terms.new
        if terms.into:
            self.pools[terms.into].add(pool.units, pool.cost)
            del self.pools[event.isin]
            return
        whole, _, fraction, _ = disposed(held * terms.new, terms.code)
        whole += held * terms.kept
        if held and not whole:
            self._note(event.id, "", pool.take(fraction), fraction)
            return
        pool.units -= fraction
        paid = minor(Fraction(fraction * terms.in_lieu, 100)) * 100
        self._paid(event, paid, whole, terms.in_lieu)
        self._paid(event, cents(held * terms.rate), held, terms.worth)

    def _paid(self, by, cash, held, worth):
        """Cash for shares that are held: out of their part of the pool."""
        if not cash:
            return
        pool = self.pools[by.isin]
        basis, part = pool.cost * held / pool.units, cash / (cash + held * worth)
        small = (part <= Fraction(1, 20) or cash <= SMALL) and cash <= basis
        used = cash if small else cents(basis * part)
        pool.cost -= used
        if not small:
            self._note(by.id, "", used, 1)

    def _rights_sold(self, sale, held):
        """Out of the cost of the shares held, unless nobody says what they are worth, and it matters."""
        cash = cents(sale.units * sale.price)
        pool = self.pools[sale.isin]
        few = held and cash <= min(SMALL, pool.cost * held / pool.units)
        if sale.units > self.rights or (held and not few):
            self.refused.add(sale.id)
            return
        self.rights -= sale.units
        if held:
            self._paid(sale, cash, held, 0)
        else:
            self._note(sale.id, "", Fraction(0), 1)
