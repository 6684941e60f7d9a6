"""The UK's law of one account's lots, reckoned by walking the days three times, in the units of each day.

Who sold what is settled in quantities first; then the acquisitions of the same day and of the 30 days after it are given to the sales; then
everything is priced. The pool keeps the shares that a later acquisition is matched with, so it is not less than what is held.
"""

from collections import namedtuple
from fractions import Fraction

from tests.unit.domain.life.arithmetic import disposed, minor
from tests.unit.domain.lot_references import Heap, cents

Step = namedtuple("Step", "day kind id units price terms", defaults=(0, 0, None))
"""kind: 0 an event, with `terms`; 1 a purchase, 2 a sale; 3 a sale of rights. Days are numbers, prices in cents."""
Terms = namedtuple("Terms", "kept new code in_lieu rate worth rights", defaults=(1, 0, "DIST", 0, 0, 0, 0))
"""What an event does to each share: 1 or 0 are `kept`, so many are `new`, a fraction of these by its `code`; `rate` cents paid, on shares
`worth` so much; `rights`."""
SMALL = 300_000


def ordered(steps):
    """In the order of the fold; events of a day come in order already."""
    return sorted(steps, key=lambda step: (step.day, min(step.kind, 2), step.id if step.kind else ""))


def reckoned(steps):
    """({(closed by, rule): cost}, pool, rights left, ids refused)."""
    walked, refused = _held(ordered(steps))
    same, later, of_pool = _matched([step for step, _ in walked])
    account = _Costs(same, later, of_pool)
    for step, held in walked:
        account.take(step, held)
    account.end_day(None)
    return account.rows, account.pool, account.rights, refused | account.refused


def _held(steps):
    """[(step, shares held before it and before its day's purchases)]; and the ids of sales of more than is held."""
    held, today, on, walked, refused = Fraction(0), Fraction(0), None, [], set()
    for step in steps:
        today, on = (today, on) if step.day == on else (Fraction(0), step.day)
        if step.kind == 2 and step.units > held:
            refused.add(step.id)
            continue
        walked.append((step, held - today))
        if step.kind == 0:
            held = held * step.terms.kept + disposed(held * step.terms.new, step.terms.code)[0]
        elif step.kind == 1:
            held, today = held + step.units, today + step.units
        elif step.kind == 2:
            held, today = held - step.units, max(today - step.units, Fraction(0))
    return walked, refused


def _matched(steps):
    """({sale: units of its day}, {day: [(sale, units sold, units bought)]}, {sale: units of the pool})."""
    bought = {}
    for step in steps:
        if step.kind == 1:
            bought[step.day] = bought.get(step.day, 0) + step.units
    sales = [step for step in steps if step.kind == 2]
    same, later, left = {}, {}, {sale.id: sale.units for sale in sales}
    for sale in sales:
        same[sale.id] = min(sale.units, bought.get(sale.day, 0))
        left[sale.id] -= same[sale.id]
        bought[sale.day] = bought.get(sale.day, 0) - same[sale.id]
    for sale in sales:
        for day in range(sale.day + 1, sale.day + 31):
            factor = Fraction(1)
            for step in steps:
                if step.kind == 0 and sale.day < step.day <= day:
                    factor *= step.terms.kept + step.terms.new
            units = min(left[sale.id] * factor, bought.get(day, 0))
            if units:
                later.setdefault(day, []).append((sale.id, units))
                left[sale.id] -= units / factor
                bought[day] -= units
    return same, later, left


class _Costs:
    """Prices one step after the other."""

    def __init__(self, same, later, of_pool):
        self.same, self.later, self.of_pool = same, later, of_pool
        self.pool, self.today, self.day = Heap(), Heap(), None
        self.rows, self.rights, self.refused = {}, Fraction(0), set()

    def take(self, step, held):
        if step.day != self.day:
            self.end_day(step.day)
        if step.kind == 0:
            self._event(step.id, step.terms, held)
        elif step.kind == 1:
            self.today.add(step.units, step.units * step.price)
        elif step.kind == 2:
            self._note(step.id, "SAME_DAY", self.today.take(self.same[step.id]), self.same[step.id])
            self._note(step.id, "POOL", self.pool.take(self.of_pool[step.id]), self.of_pool[step.id])
        else:
            self._rights_sold(step, held)

    def end_day(self, day):
        """The day's purchases go to earlier sales, the rest to the pool."""
        for sale, units in self.later.get(self.day, ()):
            self._note(sale, "THIRTY_DAYS", self.today.take(units), units)
        self.pool.add(self.today.units, self.today.cost)
        self.today, self.day = Heap(), day

    def _note(self, closed_by, rule, cost, units):
        if units:
            self.rows[closed_by, rule] = self.rows.get((closed_by, rule), 0) + cost

    def _event(self, event_id, terms, held):
        self.rights += held * terms.rights
        self.pool.units *= terms.kept + terms.new
        whole, _, fraction, _ = disposed(held * terms.new, terms.code)
        whole += held * terms.kept
        if held and not whole:
            self._note(event_id, "", self.pool.take(fraction), fraction)
            return
        self.pool.units -= fraction
        paid = minor(Fraction(fraction * terms.in_lieu, 100)) * 100
        self._paid(event_id, paid, whole, terms.in_lieu)
        self._paid(event_id, cents(held * terms.rate), held, terms.worth)

    def _paid(self, closed_by, cash, held, worth):
        """Cash for shares that are held: out of their part of the pool."""
        if not cash:
            return
        basis, part = self.pool.cost * held / self.pool.units, cash / (cash + held * worth)
        small = (part <= Fraction(1, 20) or cash <= SMALL) and cash <= basis
        used = cash if small else cents(basis * part)
        self.pool.cost -= used
        if not small:
            self._note(closed_by, "", used, 1)

    def _rights_sold(self, sale, held):
        """Out of the cost of the shares held, unless nobody says what they are worth, and it matters."""
        cash = cents(sale.units * sale.price)
        few = held and cash <= min(SMALL, self.pool.cost * held / self.pool.units)
        if sale.units > self.rights or (held and not few):
            self.refused.add(sale.id)
            return
        self.rights -= sale.units
        if held:
            self._paid(sale.id, cash, held, 0)
        else:
            self._note(sale.id, "", Fraction(0), 1)
