"""Random transfers of a life: of lots that are there or are not, named or chosen, with a new basis, as a sale, corrected and taken back."""

from fractions import Fraction

from tests.unit.domain.life.regimes import wash_sales_of
from tests.unit.domain.life.world import SHARE, UK_SHARE, US_SHARE, day

FIRST_DAY = day(0)
LEAP_DAYS = (58, 59, 60, 424, 425)
"""The ends of February of two years: where a year later is not the same day."""


class Transfers:
    """Draws transfers between the accounts of a life. `share`: of the life's steps."""

    share = 0.08

    def __init__(self, life, random):
        self.life, self.random = life, random

    def record(self):
        """A transfer, the next or a late state of one, or None where no two accounts can give to each other."""
        pairs = [(giver, receiver) for giver in self.life.accounts for receiver in self.life.accounts
                 if giver != receiver and self._can_give(giver, receiver)]  # fmt: skip
        if not pairs:
            return None
        giver, receiver = self.random.choice(pairs)
        name = f"T-{giver}-{self.random.randint(1, 9)}"
        record = {
            "record_type": "transfer",
            "transfer_id": name,
            "sequence": self.life.number("transfer", name, random=self.random),
        }
        record |= {"from_safekeeping_account": giver, "to_safekeeping_account": receiver}
        if record["sequence"] > 1 and self.random.random() < 0.2:
            return record | {"function": "CANC"}
        record["function"] = "REPL" if record["sequence"] > 1 else "NEWM"
        if self._regimes(giver, receiver) == {"US_WASH_SALE"}:
            return record | self._whole_shares(giver)
        return record | self._what(giver, receiver) | self._basis()

    def _regimes(self, giver, receiver):
        return {self.life.accounts[each][1] for each in (giver, receiver)}

    def _can_give(self, giver, receiver):
        """Between a plain account and one of wash sales nothing goes: neither reference follows both."""
        return self._regimes(giver, receiver) != {"", "US_WASH_SALE"}

    def _what(self, giver, receiver):
        """Security, quantity, day and, now and then, the lots: mostly parts of lots that the giver has at the end of what is known."""
        if "UK_SHARE_MATCHING" in self._regimes(giver, receiver):
            return {"isin": UK_SHARE, "quantity": "1", "transfer_date": day(13 * self.random.randint(1, 6))}
        lots = self.life.open_lots(giver)
        if not lots or self.random.random() < 0.1:
            return {"isin": SHARE, "quantity": str(self.random.randint(1, 300)), "transfer_date": self._day()}
        isin = self.random.choice(lots).isin
        lots = [lot for lot in lots if lot.isin == isin]
        part = self.random.choice([Fraction(1), Fraction(1, 2), Fraction(1, 3)])
        parts = {lot.id: int(lot.units * part * 100) for lot in self.random.sample(lots, min(3, len(lots)))}
        what = {
            "isin": isin,
            "quantity": f"{sum(parts.values()) / 100:.2f}",
            "transfer_date": self._day(lots[0].acquired),
        }
        if self.random.random() < 0.4:
            what["lots"] = [{"lot_id": each, "quantity": f"{units / 100:.2f}"} for each, units in parts.items()]
        return what

    def _day(self, acquired=FIRST_DAY):
        """A day, not before another one, of events and purchases, more often of the last ones, or of a leap year's end of February."""
        days = [day(13 * each) for each in (*range(42), *range(28, 42))] + [day(each) for each in LEAP_DAYS]
        return self.random.choice([each for each in days if each >= acquired] or [day(560)])

    def _whole_shares(self, giver):
        """At a new basis of whole cents each, if any; now and then of a lot that the giver has at the end of what is known."""
        lots = [(each.lot, each.isin) for each in wash_sales_of(self.life.known())[0][giver].shares]
        on, units = self.random.choice([self.random.randrange(95), *range(0, 92, 13)]), self.random.randint(1, 6)
        what = {"isin": self.life.renaming.dealt(US_SHARE, on), "transfer_date": day(on)}
        if lots and self.random.random() < 0.4:
            lot, what["isin"] = self.random.choice(lots)
            units = min(units, lots.count((lot, what["isin"])))
            what["lots"] = [{"lot_id": lot, "quantity": str(units)}]
        worth = {"new_cost_basis": f"{units * self.random.randint(1, 12) / 100:.2f}"}
        return (
            what
            | {"quantity": str(units)}
            | self.random.choice([{}, {}, {}, worth, worth | {"tax_treatment": "TAXABLE"}])
        )

    def _basis(self):
        worth = {"new_cost_basis": f"{self.random.randint(0, 900000) / 100:.2f}"}
        return self.random.choice(
            [{}, {}, {}, {"tax_treatment": "ROLLOVER"}, worth, worth | {"tax_treatment": "TAXABLE"}]
        )
