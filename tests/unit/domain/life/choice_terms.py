"""Random terms of choices: dividends in cash or securities, reinvestment, and rights."""

from random import Random

from tests.unit.domain.life.bond_terms import DISPOSITIONS, BondTerms, Drawn
from tests.unit.domain.life.world import OTHER, RIGHTS, SHARE


class ChoiceTerms(BondTerms):
    """Terms of each event type by which a holder chooses or subscribes."""

    def _choice(self, kind, by_price):
        isin = self._equity()
        price = {"subscription_price": self._money(100, 5000), "currency": "USD"}
        if by_price:
            price = price if kind == "DVOP" else self._charged(price)
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
        terms = self._choice("DVOP", self.random.random() < 0.4)
        return self._residue(terms | self.random.choice([{}, {}, {"tax_treatment": "ROLLOVER"}]))

    def _drip(self):
        terms = self._choice("DRIP", self.random.random() < 0.6)
        return self._residue(terms | self.random.choice([{}, {}, {"tax_treatment": "ROLLOVER"}]))

    def _residue(self, terms):
        """Now and then what is left over is paid for whole old units only; drawn by the cash option's rate, so that no life becomes another one."""
        cash, stock = terms["options"]
        own = Drawn(Random(cash["gross_rate"]), None, None)
        if "additional_for_existing" in stock and "tax_treatment" not in terms and own.random.random() < 0.7:
            price = {} if "subscription_price" in stock else {"cash_in_lieu_price": own._money(100, 5000)}
            stock |= {"residue_units": "WHOLE", "fraction_disposition": "CINL"} | price
        return terms

    def _charged(self, price):
        """A price, by its own last digits with charges: nothing is drawn."""
        cents = int(price["subscription_price"][-2:])
        own = [
            {},
            {"charge_rate": "0.07"},
            {"charge_amount": "1.25"},
            {"charge_rate": "0.003", "charge_percent": "1.5", "charge_amount": "0.90"},
        ]
        return price | own[cents % 4]

    def _rights_options(self, isin, rights, rtun):
        handed = {"isin_intermediate": rights, "intermediate_to_underlying": rtun} if rtun else {}
        price = self._charged({"subscription_price": self._money(1, 3000), "currency": "USD"})
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
