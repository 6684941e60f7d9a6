"""Random terms of bonds: interest, calls, drawings, paydowns, puts; and what the terms of all events are drawn with."""

from domain.records.option import DAY_COUNTS
from tests.unit.domain.life.world import BOND, OTHER, SHARE, day

DISPOSITIONS = ("CINL", "RDUP", "RDDN", "STAN", "DIST", "BUYU")


class Drawn:
    """Draws parts of terms from one `random.Random`, those of UK accounts from one of their own (`uk`, None without such accounts), so that
    other lives stay as they are, as do those of `renaming`."""

    def __init__(self, random, uk, renaming):
        self.random, self.uk, self.renaming = random, uk, renaming

    def _money(self, low=1, high=900, places=2):
        return f"{self.random.randint(low, high) / 10**places:.{places}f}"

    def _ratio(self):
        pairs = [(1, 1), (3, 2), (1, 3), (2, 1), (1, 10), (7, 4), (2, 7), (1, 1), (5, 6)]
        numerator, denominator = self.random.choice(pairs)
        return {"numerator": str(numerator), "denominator": str(denominator)}

    def _fraction(self):
        """A DISF code, or none, with a price where one is needed."""
        code = self.random.choice(["CINL", *DISPOSITIONS, None])
        price = {"cash_in_lieu_price": self._money(100, 9000), "currency": "USD"} if code in ("CINL", "BUYU") else {}
        return ({"fraction_disposition": code} if code else {}) | price

    def _equity(self):
        return self.random.choice([SHARE, SHARE, OTHER])

    def _prices(self, *isins):
        return {"market_prices": {each: self._money(100, 9000) for each in isins}}

    def _cash(self, name="gross_rate", **more):
        return {
            "option_type": "CASH",
            name: self._money(1, 90000, 4),
            "currency": "USD",
            "is_default_option": True,
        } | more

    def _exchange(self):
        rate = {"unit_currency": "USD", "quoted_currency": "EUR", "rate": "0.9137", "date": day(1), "source": "a life"}
        return self.random.choice(
            [{}, {"exchange_rate": rate}, {"exchange_rate": rate | {"unit_currency": "EUR", "quoted_currency": "USD"}}]
        )


class BondTerms(Drawn):
    """Terms of each event type of bonds."""

    def _intr(self):
        option = self._cash()
        shape = self.random.choice(["rate", "denomination", "days", "days", "days", "days", "days"])
        if shape == "denomination":
            option |= {"denomination": "100"}
        if shape == "days":
            del option["gross_rate"]
            option |= self._days() | self.random.choice([{}, {"previous_factor": "0.625"}])
        return {"isin": BOND, "options": [option]}

    def _days(self):
        """Interest by a day count, often with a regular period, now and then with one that is none."""
        start, end = self._period()
        terms = {
            "interest_rate": self._money(-200, 1200),
            "day_count": self.random.choice([*DAY_COUNTS, "A003", "A006"]),
            "coupons_per_year": self.random.choice([1, 2, 4]),
            "interest_period": {"from": start, "to": end},
        }
        half_years = [
            ("2023-08-31", "2024-02-29"),
            ("2024-02-28", "2024-08-28"),
            ("2024-08-30", "2025-02-28"),
            ("2026-01-15", "2026-07-15"),
        ]
        first, last = self.random.choice(half_years)
        regular = {"coupons_per_year": 2, "regular_period": {"from": first, "to": last}}
        floor = self.random.choice([{}, {}, {"interest_floor": self.random.choice(["-0.50", "0", "1.00"])}])
        return terms | floor | self.random.choice([regular, regular, regular, {}, regular | {"coupons_per_year": 4}])

    def _accrued(self):
        return self._days() if self.random.random() < 0.4 else {}

    def _period(self):
        """Two days, often the last ones of months: that is where day counts differ."""
        ends = [
            "2024-01-31",
            "2024-02-29",
            "2024-03-30",
            "2024-05-31",
            "2024-08-30",
            "2024-08-31",
            "2025-02-28",
            "2025-03-31",
        ]
        start = self.random.randrange(400)
        days = [day(start), day(start + self.random.randrange(20, 400))]
        return sorted(self.random.sample(ends, 2)) if self.random.random() < 0.8 else days

    def _bput(self):
        price = self._price() | self.random.choice([{}, {"previous_factor": "0.375"}]) | self._accrued()
        if self.random.random() < 0.3:
            return {"isin": BOND, "options": [price]}
        terms = self.random.choice(
            [{}, {"proration_rate": self._money(1, 10000)}, {"minimum_exercisable_multiple": "5"}]
        )
        options = [price | terms | {"is_default_option": False}, {"option_type": "NOAC", "is_default_option": True}]
        return {"isin": BOND, "mandatory_voluntary": "VOLU", "options": options}

    def _price(self):
        name = self.random.choice(["cash_price_received", "cash_price_received_percent"])
        return self._cash(name) | ({name: self._money(9000, 11000)} if name.endswith("percent") else {})

    def _redm(self):
        return {
            "isin": BOND,
            "options": [self._price() | self.random.choice([{}, {"previous_factor": "0.375"}]) | self._accrued()],
        }

    def _mcal(self):
        return self._redm()

    def _pcal(self):
        part = {self.random.choice(["redeemed_percent", "called_percent"]): self._money(1, 10000)}
        return {
            "isin": BOND,
            "options": [
                self._price()
                | part
                | self.random.choice([{}, {"minimum_exercisable_multiple": "10"}])
                | self._accrued()
            ],
        }

    def _draw(self):
        if self.random.random() < 0.4:
            return self._pcal()
        multiple = self.random.choice([{}, {"minimum_exercisable_multiple": "5"}])
        quantity = {"drawn_quantity": str(5 * self.random.randint(1, 40))}
        listed = [
            {"safekeeping_account": f"ACC-{each}", "quantity": str(5 * self.random.randint(0, 20))} for each in "FASHL"
        ]
        listed = {"drawn_quantities": self.random.sample(listed, 4)}
        return {
            "isin": BOND,
            "options": [self._price() | multiple | self.random.choice([quantity, quantity, listed, {}])],
        }

    def _pred(self):
        factors = {"previous_factor": "0.8125", "next_factor": self._money(0, 8000, 4)}
        option = self._cash(**self.random.choice([factors, {"redeemed_percent": self._money(1, 10000)}]))
        if self.random.random() < 0.5:
            del option["gross_rate"]
        return {"isin": BOND, "options": [option | self._accrued()]}
