"""Random terms of every event type, as feed records."""

from domain.records.option import DAY_COUNTS
from tests.unit.domain.life.world import BOND, OTHER, RIGHTS, SHARE, THIRD, UK_RIGHTS, UK_SHARE, US_SHARE, day

DISPOSITIONS = ("CINL", "RDUP", "RDDN", "STAN", "DIST", "BUYU")


class Announcer:
    """Draws from one `random.Random`; events for UK accounts from one of their own (`uk`, None without such accounts), so that other lives
    stay as they are."""

    def __init__(self, random, uk=None):
        self.random, self.uk = random, uk

    def event(self, kind):
        """Terms without id, version and function."""
        one_of = self.random.choice
        terms = getattr(self, f"_{kind.lower()}")()
        if self.uk and kind in ("SPLF", "SPLR", "BONU", "CAPD", "RHDI") and self.uk.random() < 0.4:
            terms = {"isin": UK_SHARE, "ex_date": day(13 * self.uk.randint(1, 6)), **self._of_uk(kind)}
        options = terms.pop("options")
        numbered = [{"option_number": f"{number:03}"} | each for number, each in enumerate(options, 1)]
        mandatory = terms.pop("mandatory_voluntary", "MAND")
        return {"event_type": kind, "mandatory_voluntary": mandatory, "source_country": one_of(["US", "US", "DE"]),
                **self._dates(), **terms, "options": numbered}  # fmt: skip

    def _dates(self):
        on = self.random.randrange(1, 40) * 13
        dates = {
            "ex_date": day(on),
            "record_date": day(on + self.random.choice([0, 1, 13])),
            "payment_date": day(on + 20),
        }
        if self.random.random() < 0.2:
            dates = {"effective_date": day(on), "payment_date": day(on + 5)}
        elif self.random.random() < 0.2:
            dates["effective_date"] = day(on + 26)
        if self.random.random() < 0.15:
            dates["payment_date"] = day(254)  # the last day of a rate
        if self.random.random() < 0.4:
            dates["response_deadline"] = f"{day(on + 1)}T12:00:00Z"
        if "record_date" in dates and self.random.random() < 0.15:
            del dates["ex_date"]
        return dates

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

    def _dvca(self):
        isin = self.random.choice([SHARE, OTHER, THIRD, UK_SHARE, US_SHARE])
        more = self.random.choice([{}, {}, {"second_level_tax_rate": "2.5"}, {"denomination": "3"}])
        currency = self.random.choice(["USD", "USD", "JPY", "BHD"])
        return {"isin": isin, "options": [self._cash(currency=currency, **self._exchange(), **more)]}

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

    def _of_uk(self, kind):
        """Of the security of UK accounts, while they deal."""
        pence = f"{self.uk.randint(1, 30) / 100:.2f}"
        if kind == "CAPD":
            option = {"option_type": "CASH", "gross_rate": pence, "currency": "GBP", "is_default_option": True}
            return {"options": [option], "market_prices": {UK_SHARE: f"{self.uk.randint(1, 99) / 100:.2f}"}}
        terms = {"numerator": self.uk.choice("1235"), "denominator": self.uk.choice("123")}
        option = {"option_type": "SECU", "is_default_option": True, "fraction_disposition": "DIST"}
        option |= {("new_to_old" if kind in ("SPLF", "SPLR") else "additional_for_existing"): terms}
        if kind == "RHDI":
            option |= {"isin_out": UK_RIGHTS}
        elif self.uk.random() < 0.7:
            option |= {"fraction_disposition": "CINL", "cash_in_lieu_price": pence, "currency": "GBP"}
        return {"options": [option]}

    def _capd(self):
        more = self.random.choice([{}, {}, {"withholding_tax_rate": "7.5", "second_level_tax_rate": "1"}])
        return {"isin": self._equity(), "options": [self._cash(**more)]}

    def _stock(self, name, **more):
        return {"option_type": "SECU", name: self._ratio(), "is_default_option": True} | more

    def _beside(self):
        """A distribution of the same security, or a spin-off-like one; now and then a further security with it."""
        isin, shape = self._equity(), self.random.choice(["own", "own", "other", "further"])
        option = self._stock("additional_for_existing", **self._fraction())
        if shape == "other":
            option |= {"isin_out": THIRD, "cost_basis_allocation": self._money(0, 10000)}
        if shape == "further":
            option |= self._further()
        return self._distributed(isin, option)

    def _distributed(self, isin, option):
        """Now and then what comes is taxed as income in kind."""
        terms = {"isin": isin, "options": [option], **self._prices(isin, THIRD)}
        if self.random.random() < 0.25:
            terms |= {"options": [option | {"currency": "USD"}], "tax_treatment": "TAXABLE"}
        return terms

    def _further(self):
        return {"securities_movements": [{"isin": THIRD, "credit_debit_indicator": "CRED", "ratio": self._ratio()}]}

    def _dvse(self):
        return self._beside()

    def _bonu(self):
        if self.random.random() < 0.3:
            option = self._stock("additional_for_existing", fraction_disposition="DIST")
            return {"isin": UK_SHARE, "options": [option]}
        return self._beside()

    def _soff(self):
        isin = self._equity()
        option = self._stock("additional_for_existing", isin_out=THIRD, **self._fraction())
        option |= self.random.choice([{}, {"cost_basis_allocation": self._money(0, 10000)}])
        return self._distributed(isin, option)

    def _splf(self):
        if self.random.random() < 0.3:
            return {"isin": UK_SHARE, "options": [self._stock("new_to_old", fraction_disposition="DIST")]}
        isin = self._equity()
        more = self.random.choice([{}, {}, {"isin_out": THIRD}, self._further()])
        return {
            "isin": isin,
            "options": [self._stock("new_to_old", **self._fraction(), **more)],
            **self._prices(isin, THIRD),
        }

    def _splr(self):
        return self._splf()

    def _mrgr(self):
        isin, shape = self._equity(), self.random.choice(["stock", "cash", "both", "both", "classes", "choice"])
        prices = self._prices(isin, THIRD, OTHER)
        treatment = self.random.choice([{}, {"tax_treatment": "TAXABLE"}])
        stock = self._stock("new_to_old", isin_out=THIRD, **(self._fraction() | {"currency": "USD"}))
        if shape == "cash":
            return {
                "isin": isin,
                "options": [
                    self._cash("cash_price_received", **self.random.choice([{}, {"withholding_tax_rate": "5"}]))
                ],
            }
        if shape == "both":
            stock |= {"option_type": "CASE", "cash_price_received": self._money(1, 3000)}
        if shape == "classes":
            moved = {"isin": RIGHTS, "ratio": self._ratio()}
            stock |= {
                "securities_movements": [
                    moved | self.random.choice([{}, {"cash_in_lieu_price": self._money(100, 9000)}])
                ]
            }
            stock["currency"] = "USD"
            prices["market_prices"][RIGHTS] = self._money(100, 9000)
        options = [stock]
        if shape == "choice":
            elected = stock | {
                "is_default_option": False,
                "proration_rate": self._money(1, 10000),
                "cash_for_unfilled": self._money(1, 3000),
            }
            options = [self._cash("cash_price_received"), elected]
            prices["mandatory_voluntary"] = "CHOS"
        return {"isin": isin, "options": options, **prices, **treatment}

    def _tend(self):
        isin = self._equity()
        terms = self.random.choice([{}, {"proration_rate": self._money(1, 10000)}])
        terms |= self.random.choice([{}, {"minimum_exercisable_multiple": "5"}])
        terms |= self.random.choice([{}, {"fraction_disposition": self.random.choice(["RDUP", "STAN", "RDDN"])}])
        terms |= self.random.choice([{}, {"odd_lot_quantity": "90"}])
        cash = self._cash("cash_price_received", is_default_option=False) | terms
        stock = self._stock("new_to_old", isin_out=THIRD, is_default_option=False) | terms
        treatment = self.random.choice([{}, {"tax_treatment": "TAXABLE"}])
        none = {"option_type": "NOAC", "is_default_option": True}
        return {
            "isin": isin,
            "mandatory_voluntary": "VOLU",
            "options": [cash, stock | {"currency": "USD"}, none],
            **self._prices(THIRD),
            **treatment,
        }

    def _chan(self):
        ratio = self.random.choice([{"numerator": "1", "denominator": "1"}, self._ratio()])
        option = {"option_type": "SECU", "is_default_option": True, "isin_out": THIRD, "new_to_old": ratio}
        return {"isin": self._equity(), "options": [option | self._fraction()]}

    def _bids(self):
        return self._tend()

    def _exof(self):
        return self.random.choice([self._mrgr, self._tend])()

    def _conv(self):
        return self._exof()

    def _bput(self):
        price = self._price() | self.random.choice([{}, {"previous_factor": "0.375"}]) | self._accrued()
        if self.random.random() < 0.3:
            return {"isin": BOND, "options": [price]}
        terms = self.random.choice(
            [{}, {"proration_rate": self._money(1, 10000)}, {"minimum_exercisable_multiple": "5"}]
        )
        options = [price | terms | {"is_default_option": False}, {"option_type": "NOAC", "is_default_option": True}]
        return {"isin": BOND, "mandatory_voluntary": "VOLU", "options": options}

    def _liqu(self):
        isin = self._equity()
        gone = {"isin": isin, "credit_debit_indicator": "DEBT", "ratio": {"numerator": "1", "denominator": "1"}}
        more = self.random.choice([{}, {"securities_movements": [gone]}])
        return {"isin": isin, "options": [self._cash("cash_price_received", **more)]}

    def _wrth(self):
        return {"isin": self._equity(), "options": [{"option_type": "LAPS", "is_default_option": True}]}

    def _choice(self, by_price):
        isin = self._equity()
        price = {"subscription_price": self._money(100, 5000), "currency": "USD"}
        if by_price:
            stock = {"option_type": "SECU", "gross_rate": self._money(1, 90000, 4), **price}
        else:
            stock = {"option_type": "SECU", "additional_for_existing": self._ratio(), "currency": "USD"}
            stock |= self.random.choice([{}, {}, price, {"cash_in_lieu_price": self._money(100, 5000)}])
            if not {"subscription_price", "cash_in_lieu_price"} & set(stock):
                stock |= {"fraction_disposition": self.random.choice(["RDDN", "RDUP", "STAN", "DIST"])}
        more = self.random.choice([{}, {"fraction_disposition": self.random.choice(DISPOSITIONS)}])
        stock = more | stock if "cash_in_lieu_price" in stock or by_price else stock
        cash = self._cash(**self._exchange())
        if self.random.random() < 0.4:
            cash, stock = cash | {"is_default_option": False}, stock | {"is_default_option": True}
        terms = {"isin": isin, "mandatory_voluntary": "CHOS", "options": [cash, stock]}
        if not by_price and self.random.random() < 0.25:
            stock |= {"option_type": "CASE", "gross_rate": self._money(1, 9000, 4)}
        return terms

    def _dvop(self):
        terms = self._choice(self.random.random() < 0.4)
        return terms | self.random.choice([{}, {}, {"tax_treatment": "ROLLOVER"}])

    def _drip(self):
        return self._choice(self.random.random() < 0.6) | self.random.choice([{}, {}, {"tax_treatment": "ROLLOVER"}])

    def _rights_options(self, isin, rights, rtun):
        handed = {"isin_intermediate": rights, "intermediate_to_underlying": rtun} if rtun else {}
        price = {"subscription_price": self._money(1, 3000), "currency": "USD"}
        terms = {"new_to_old": self._ratio()}
        code = self.random.choice([{}, {"fraction_disposition": self.random.choice(["RDDN", "RDUP", "STAN", "DIST"])}])
        options = [
            {"option_type": "EXER", "isin_out": isin, **terms, **price, **code, **handed},
            {"option_type": "LAPS", "is_default_option": True, **handed},
            {
                "option_type": "OVER",
                "isin_out": isin,
                **price,
                **self.random.choice([{}, terms]),
                "proration_rate": self._money(1, 10000),
                **handed,
            },
        ]
        if rights:
            options.append(self._cash("cash_price_received", option_type="SLLE", is_default_option=False) | handed)
            options.append({"option_type": "BUYA", "isin_out": rights, **price, **handed})
        return options

    def _worth(self, isin):
        """Prices of shares and rights, often about the 15 % at which rights take basis."""
        about = {"market_prices": {isin: "20.00", RIGHTS: self.random.choice(["2.99", "3.00", "4.00"])}}
        return about if self.random.random() < 0.6 else self._prices(isin, RIGHTS)

    def _rhts(self):
        isin, alone = self._equity(), self.random.random() < 0.2
        allocation = self.random.choice([{}, {}, {"cost_basis_allocation": self._money(0, 5000)}])
        options = self._rights_options(isin, "" if alone else RIGHTS, None if alone else self._ratio())
        options = [each | allocation for each in options]
        return {"isin": isin, "mandatory_voluntary": "CHOS", "options": options, **self._worth(isin)}

    def _rhdi(self):
        isin = self._equity()
        shape = self.random.choice([{"additional_for_existing": self._ratio(), "isin_out": RIGHTS},
                                    {"intermediate_to_underlying": self._ratio(), "isin_intermediate": RIGHTS}])  # fmt: skip
        more = self.random.choice([{}, {"cost_basis_allocation": self._money(0, 5000)}]) | self._fraction()
        option = {"option_type": "SECU", "is_default_option": True, **shape, **more}
        return {"isin": isin, "options": [option], **self.random.choice([{}, self._worth(isin), self._worth(isin)])}

    def _exri(self):
        options = self._rights_options(self.random.choice([SHARE, OTHER]), RIGHTS, None)
        return {"isin": RIGHTS, "mandatory_voluntary": "CHOS", "options": options}

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
