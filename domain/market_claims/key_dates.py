"""When a trade settled, and whether it was dealt cum or ex: what decides between claim, reverse claim, transformation and nothing.

Source: ECSDA/CAJWG Market Standards for Corporate Actions Processing, "Transaction Management"; T2S Corporate Actions Standards, market
claims 3 to 8 (detection period of 20 opening days, opt-out, ex/cum indicator, matched transactions only); Clearstream, "Transaction
management rules", securities in units, and in nominal: a trade in debt without an ex-date is dealt cum if it was to settle by the record
date. ISO 15022: 98A ESET, 25D MTCH, 22F TTCO (CCPN, XCPN), 22F STCO (NOMC).
"""

from dataclasses import dataclass
from datetime import date

from domain.corporate_actions.dates import calendar_of, key_ex_date
from domain.corporate_actions.reading import pays_on_face_amount
from domain.held import Held
from domain.records import CorporateAction, Trade
from domain.rules import MarketCalendar, Rules

DETECTION_DAYS = 20
"""Settlement days after the key date within which a pending trade must settle (T2S market claims, standard 3)."""

HORIZON_DAYS = 60
"""Calendar days between settlement and key date beyond which no trade concerns an event: far more than 20 settlement days ever are."""


def settled_on(trade: Trade) -> date | None:
    """When it settled, or is to settle: the effective date, else the contractual one (a trade due by then without an effective date
    counts as settled then). None where neither is known: nothing is claimed for it."""
    return trade.effective_settlement_date or trade.settlement_date


def is_matched(trade: Trade) -> bool:
    """Unmatched instructions are no irrevocable trades; where nobody said, a trade is taken as matched."""
    return trade.matching_status != "NMAT"


def is_opted_out(trade: Trade) -> bool:
    """Its parties want no market claim (NOMC)."""
    return "NOMC" in trade.trade_transaction_conditions


@dataclass(frozen=True, slots=True)
class KeyDates:
    """`on`: the record date, else the effective date. `ex_date` None where nothing says it; `unknown` then says why. `in_nominal`: the
    security is debt, whose trades are cum by the day on which they were to settle where no ex-date is known."""

    on: date
    ex_date: date | None
    calendar: MarketCalendar | None
    unknown: str = ""
    in_nominal: bool = False

    def near(self, trade: Trade) -> bool:
        """Return False if the trade settles so far from the key date that it cannot concern the event."""
        settled = settled_on(trade)
        return settled is not None and abs((settled - self.on).days) <= HORIZON_DAYS

    def dealt_cum(self, trade: Trade) -> bool:
        """Before the ex-date, unless the trade says otherwise. Raises Held where no ex-date is known and it matters."""
        if "CCPN" in trade.trade_transaction_conditions:
            return True
        if "XCPN" in trade.trade_transaction_conditions:
            return False
        due = (
            trade.settlement_date
        )  # the contractual day for sure if it is early enough, or if another day is the effective one
        if self.ex_date is None and self.in_nominal and due and (due <= self.on or trade.effective_settlement_date):
            return due <= self.on
        if self.ex_date is None:
            detail = self.unknown or f"no ex_date says whether trade {trade.trade_id} was dealt cum or ex"
            raise Held("claims_not_detected", "ex_date", detail)
        assert trade.trade_date is not None
        return trade.trade_date < self.ex_date

    def pends_cum(self, trade: Trade) -> bool:
        """Dealt cum and settled late. Raises Held only where neither is certainly false."""
        try:
            cum = self.dealt_cum(trade)
        except Held:
            if self.settles_late(trade):
                raise
            return False
        return cum and self.settles_late(trade)

    def settles_late(self, trade: Trade) -> bool:
        """After the key date, and within the detection period. Raises Held where a calendar is needed to say it."""
        settled = settled_on(trade)
        return settled is not None and settled > self.on and self._within(self.on, settled)

    def settles_in_time(self, trade: Trade) -> bool:
        """On or before the key date."""
        settled = settled_on(trade)
        return settled is not None and settled <= self.on

    def dealt_ex_for_this(self, trade: Trade) -> bool:
        """Dealt on or after the ex-date, or ex by agreement (XCPN) and settled within the 20 settlement days up to the key date:
        that is said of one distribution, not of all to come. Where no ex-date is known nobody dealt ex by it. Raises Held for want of a
        calendar."""
        settled, said = settled_on(trade), trade.trade_transaction_conditions
        assert settled is not None
        assert trade.trade_date is not None
        if "CCPN" in said:
            return False
        by_date = self.ex_date is not None and trade.trade_date >= self.ex_date
        return by_date or ("XCPN" in said and self._within(settled, self.on))

    def _within(self, start: date, end: date) -> bool:
        """20 calendar days are never more than 20 settlement days; beyond that the calendar decides."""
        if (end - start).days <= DETECTION_DAYS:
            return True
        if self.calendar is None:
            detail = f"no calendar says whether {end} is within {DETECTION_DAYS} settlement days of {start}"
            raise Held("claims_not_detected", "rules.market_calendars", detail)
        try:
            return end <= self.calendar.add_settlement_days(start, DETECTION_DAYS)
        except Held as held:
            raise Held("claims_not_detected", "rules.market_calendars", held.detail) from held


def key_dates(event: CorporateAction, rules: Rules | None) -> KeyDates | None:
    """Of an event with a record or an effective date. A derived ex-date belongs to the record date, never to the effective one."""
    on = event.entitlement_date
    if on is None:
        return None
    calendar = calendar_of(event, rules)
    in_nominal = any(map(pays_on_face_amount, event.options))
    try:
        return KeyDates(on, key_ex_date(event, rules), calendar, in_nominal=in_nominal)
    except Held as held:
        return KeyDates(on, None, calendar, held.detail, in_nominal)
