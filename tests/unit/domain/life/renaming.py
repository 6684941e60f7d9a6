"""Shares of accounts under a regime that get a new ISIN, by a CHAN or a split: the same security to match and to replace."""

from tests.unit.domain.life.world import NEW_ISIN, UK_SHARE, US_SHARE, day

LAST = 52
"""The last day of a change; the new ISIN is dealt in later."""


class Renaming:
    """Draws changes of ISIN of the shares that accounts of these regimes deal in, and dealings under the new one."""

    def __init__(self, random, regimes):
        dealt = {"UK_SHARE_MATCHING": UK_SHARE, "US_WASH_SALE": US_SHARE}
        self.random, self.shares = random, [share for regime, share in dealt.items() if regime in regimes]

    def event(self, kind, terms):
        """Terms of the event: those given, or of a change of ISIN. One unit stays one in the United States, where shares are counted."""
        if kind not in ("CHAN", "SPLF", "SPLR") or not self.shares or self.random.random() < 0.4:
            return terms
        share = self.random.choice(self.shares)
        ratio = {"numerator": self.random.choice("1235"), "denominator": self.random.choice("123")}
        one = {"numerator": "1", "denominator": "1"}
        option = {
            "option_type": "SECU",
            "is_default_option": True,
            "isin_out": NEW_ISIN[share],
            "fraction_disposition": "DIST",
        }
        option["new_to_old"] = ratio if share == UK_SHARE and kind != "CHAN" else one
        return {"isin": share, "ex_date": day(13 * self.random.randint(1, LAST // 13)), "options": [option]}

    def size(self, event):
        """How large a distribution is, where the calendar is to say its ex-date."""
        if "ex_date" in event or "record_date" not in event or self.random.random() < 0.5:
            return {}
        return {"distribution_percent": self.random.choice(["24.99", "25", "40"])}

    def dealt(self, isin, on):
        """The ISIN under which a share is dealt in on the day of a number."""
        return NEW_ISIN[isin] if isin in NEW_ISIN and on > LAST and self.random.random() < 0.5 else isin
