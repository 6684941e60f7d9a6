"""Random exchange rates of a life: of most days on which accounts with a tax currency deal, some late, corrected or never there."""

from tests.unit.domain.life.lots import days_without_rate
from tests.unit.domain.life.world import day

CURRENCY = "EUR"


class Rates:
    """Draws exchange rates between the dollars of trades and the tax currency. `share`: of the life's steps, none where nobody has one."""

    def __init__(self, life, random):
        self.life, self.random = life, random
        self.taxed = {account for account, (_, _, own) in life.accounts.items() if "tax_currency" in own}
        self.share = 0.08 if self.taxed else 0

    def first(self):
        """Of most days on which a life deals."""
        days = [day(13 * each) for each in range(42)] if self.taxed else []
        return [self._of(on) for on in days if self.random.random() < 0.9]

    def record(self):
        """Mostly of the first day that lacks one, so that what waits goes on; else of any day, or a correction."""
        lacking = days_without_rate(self.life.known())
        return self._of(lacking[0] if lacking and self.random.random() < 0.7 else day(self.random.randrange(546)))

    def _of(self, on):
        base, quote = self.random.choice([("USD", CURRENCY), ("USD", CURRENCY), (CURRENCY, "USD")])
        sequence = self.life.number("exchange_rate", base, quote, on, random=self.random)
        return {"record_type": "exchange_rate", "base": base, "quote": quote, "date": on, "source": "a life",
                "rate": f"{self.random.randint(7000, 14000) / 10000:.4f}", "sequence": sequence}  # fmt: skip
