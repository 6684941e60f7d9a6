"""Random terms of every event type, as feed records."""

from random import Random

from tests.unit.domain.life.bond_terms import Drawn
from tests.unit.domain.life.choice_terms import ChoiceTerms
from tests.unit.domain.life.world import OTHER, RIGHTS, SHARE, THIRD, UK_RIGHTS, UK_SHARE, US_SHARE, day


class Announcer(ChoiceTerms):
    """Draws the terms of an event of any type."""

    def event(self, kind):
        """Terms without id, version and function."""
        one_of = self.random.choice
        terms = getattr(self, f"_{kind.lower()}")()
        if self.uk and kind in ("SPLF", "SPLR", "BONU", "CAPD", "RHDI") and self.uk.random() < 0.4:
            terms = {"isin": UK_SHARE, "ex_date": day(13 * self.uk.randint(1, 6)), **self._of_uk(kind)}
        terms = self.renaming.event(kind, terms)
        options = terms.pop("options")
        numbered = [{"option_number": f"{number:03}"} | each for number, each in enumerate(options, 1)]
        mandatory = terms.pop("mandatory_voluntary", "MAND")
        event = {"event_type": kind, "mandatory_voluntary": mandatory, "source_country": one_of(["US", "US", "DE"]),
                 **self._dates(), **terms, "options": numbered}  # fmt: skip
        return event | self.renaming.size(event)

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

    def _dvca(self):
        isin = self.random.choice([SHARE, OTHER, THIRD, UK_SHARE, US_SHARE])
        more = self.random.choice([{}, {}, {"second_level_tax_rate": "2.5"}, {"denomination": "3"}])
        currency = self.random.choice(["USD", "USD", "JPY", "BHD"])
        return {"isin": isin, "options": [self._cash(currency=currency, **self._exchange(), **more)]}

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

    def _accu(self):
        more = self.random.choice([{}, {"withholding_tax_rate": "25"}, {"tax_credit_rate": "0.0001"}])
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

    def _liqu(self):
        isin = self._equity()
        gone = {"isin": isin, "credit_debit_indicator": "DEBT", "ratio": {"numerator": "1", "denominator": "1"}}
        more = self.random.choice([{}, {"securities_movements": [gone]}])
        return self._in_kind(isin, self._cash("cash_price_received", **more))

    def _in_kind(self, isin, option):
        """A payment of cash, mostly with securities, or of those alone; drawn by its own cash, so that no life becomes another one."""
        own = Drawn(Random(option["cash_price_received"]), None, None)
        if own.random.random() < 0.2:
            return {"isin": isin, "options": [option]}
        come = [
            {"isin": each, "credit_debit_indicator": "CRED", "ratio": own._ratio()}
            | own.random.choice([{}, {"cash_in_lieu_price": own._money(100, 9000)}])
            for each in own.random.choice([[THIRD], [THIRD], [THIRD, RIGHTS]])
        ]
        gone = option.get("securities_movements", [])
        option |= own._fraction() | {"currency": "USD", "option_type": "CASE", "securities_movements": [*come, *gone]}
        if own.random.random() < 0.3:
            del option["cash_price_received"]
        priced = [THIRD, RIGHTS] if own.random.random() < 0.9 else [RIGHTS]
        treatment = own.random.choice([{}, {"tax_treatment": "TAXABLE"}, {"tax_treatment": "ROLLOVER"} if gone else {}])
        return {"isin": isin, "options": [option], **own._prices(*priced), **treatment}

    def _wrth(self):
        return {"isin": self._equity(), "options": [{"option_type": "LAPS", "is_default_option": True}]}
