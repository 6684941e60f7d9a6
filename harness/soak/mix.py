"""The records of a soak: a bounded book of holdings, of which trades, positions, events and what follows events are told.

Accounts and securities stay the same. An account's lots are folded from all its trades, and its reports from all its positions, so
that neither may come without bound: in an hour at 100 records a second an account gets about 38 trades and 22 positions, of 4 days.
An event has 50 holders; each of them elects once or is paid once, a while after the event.
"""

import random
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from harness.feed.records import Record, account, buy, dividend, position
from harness.isin import fresh_isin

ACCOUNTS, SECURITIES, HOLDINGS_AN_ACCOUNT = 5_000, 500, 5
WITH_CHOICE = 100
"""Securities whose dividends are DVOP. Their lots follow elections, and their positions do not, so `verify` does not add these up."""
OPENING_QUANTITY = 1_000
PERCENT_FOLLOWING, PERCENT_POSITIONS, PERCENT_EVENTS, PERCENT_ACCOUNTS = 15.0, 30.0, 0.3, 0.2
"""Shares of the records; trades are the rest. Of what follows events no more comes than events cause."""
DAYS_UNTIL_PAYMENT = 14
RESIDENCES = ("GB", "DE", "JP", "US", "CH")


@dataclass(slots=True)
class Holding:
    """What an account has of a security, in units: with all trades, and before those of `day`, which settle a day later."""

    safekeeping_account: str
    isin: str
    quantity: int = 0
    before_day: int = 0
    day: date = date.min
    is_stated: bool = False

    def trade(self, day: date, quantity: int) -> None:
        """Add a trade: below zero it is a sale."""
        if day > self.day:
            self.day, self.before_day = day, self.quantity
        self.quantity += quantity

    def settled(self, day: date) -> int:
        """Return what is settled at the end of a day."""
        return self.before_day if day == self.day else self.quantity


class Mix:
    """The records of one soak, in the order in which they are put. `name`: part of all ids; `records`: about how many will come."""

    def __init__(self, name: str, records: int) -> None:
        self._name, self._random, self._count = name, random.Random(name), 0
        self._accounts = [f"SOAK-{name}-{number}" for number in range(ACCOUNTS)]
        self._isins = [fresh_isin() for _ in range(SECURITIES)]
        apart = SECURITIES // HOLDINGS_AN_ACCOUNT
        self._holdings = [
            Holding(holder, self._isins[(number + nth * apart) % SECURITIES])
            for number, holder in enumerate(self._accounts)
            for nth in range(HOLDINGS_AN_ACCOUNT)
        ]
        days = round(records * PERCENT_POSITIONS / 100) // len(self._holdings) + 3
        self._first_day = datetime.now(UTC).date() - timedelta(days=days + 2 * DAYS_UNTIL_PAYMENT)
        self._positions = 0
        self._following: deque[tuple[int, Record]] = deque()

    def opening(self) -> Iterator[Record]:
        """Give the accounts, and a purchase and a position for each holding: from then on every event has its holders."""
        for number in range(ACCOUNTS):
            yield self._account(number)
        for holding in self._holdings:
            yield self._trade(holding, "BUY", OPENING_QUANTITY)
        yield from self._statement()

    def closing(self) -> Iterator[Record]:
        """Give a position of every holding on the next day, so that `verify` can add up its lots."""
        yield from self._statement()

    def _statement(self) -> Iterator[Record]:
        self._positions += -self._positions % len(self._holdings) or len(self._holdings)
        for _ in self._holdings:
            yield self._position()

    def record(self) -> Record:
        """Return the next record."""
        if self._following and self._following[0][0] <= self._count and self._falls(PERCENT_FOLLOWING):
            self._count += 1
            return self._following.popleft()[1]
        if self._falls(PERCENT_POSITIONS):
            return self._position()
        if self._falls(PERCENT_EVENTS):
            return self._event()
        if self._falls(PERCENT_ACCOUNTS):
            return self._account(self._random.randrange(ACCOUNTS))
        holding = self._random.choice(self._holdings)
        side = "BUY" if holding.quantity <= OPENING_QUANTITY else "SELL"
        quantity = 10 * self._random.randint(1, 40)
        return self._trade(holding, side, quantity)

    @property
    def _day(self) -> date:
        return self._first_day + timedelta(days=self._positions // len(self._holdings))

    def _falls(self, percent: float) -> bool:
        return self._random.random() * 100 < percent

    def _number(self) -> str:
        self._count += 1
        return f"{self._name}-{self._count}"

    def _account(self, number: int) -> Record:
        self._count += 1
        residence = RESIDENCES[number % len(RESIDENCES)]
        return account(self._accounts[number], residence) | {"sequence": self._count}

    def _position(self) -> Record:
        holding = self._holdings[self._positions % len(self._holdings)]
        day, holding.is_stated = self._day, True
        quantity = str(holding.settled(day))
        self._positions += 1
        self._count += 1
        stated = position(holding.safekeeping_account, holding.isin, quantity, self._count)
        return stated | {"as_of_date": day.isoformat()}

    def _trade(self, holding: Holding, side: str, quantity: int) -> Record:
        price = f"{self._random.randint(1_000, 9_999) / 100:.2f}"
        trade = buy(f"T-{self._number()}", holding.safekeeping_account, holding.isin, str(quantity), price)
        day = self._day
        holding.trade(day, quantity if side == "BUY" else -quantity)
        settles = day + timedelta(days=1)
        return trade | {"side": side, "trade_date": day.isoformat(), "settlement_date": settles.isoformat()}

    def _event(self) -> Record:
        event_id, number = f"CA-{self._number()}", self._random.randrange(SECURITIES)
        isin, day = self._isins[number], self._day
        holders = [
            holding.safekeeping_account for holding in self._holdings if holding.isin == isin and holding.is_stated
        ]
        self._random.shuffle(holders)
        chosen = number < WITH_CHOICE
        follow = self._election if chosen else self._confirmation
        later = self._count + len(self._holdings)
        dates = {"ex_date": day, "record_date": day, "announcement_date": day - timedelta(days=DAYS_UNTIL_PAYMENT)}
        dates["payment_date"] = paid_on = day + timedelta(days=DAYS_UNTIL_PAYMENT)
        self._following.extend((later, follow(event_id, holder, paid_on)) for holder in holders)
        announced = dividend(event_id, isin) | {name: value.isoformat() for name, value in dates.items()}
        return announced | (_choice(isin) if chosen else {})

    def _election(self, event_id: str, holder: str, _: date) -> Record:
        return {
            "record_type": "election", "election_id": f"EL-{event_id}-{holder}", "corporate_action_event_id": event_id,
            "safekeeping_account": holder, "option_number": "002", "quantity": "100",
        }  # fmt: skip

    def _confirmation(self, event_id: str, holder: str, paid_on: date) -> Record:
        return {
            "record_type": "confirmation", "corporate_action_event_id": event_id, "safekeeping_account": holder,
            "option_number": "001", "payment_reference": f"PAY-{event_id}", "posting_date": paid_on.isoformat(),
        }  # fmt: skip


def _choice(isin: str) -> Record:
    """Return what makes a dividend one with a choice of shares, whose deadline has not passed when elections come."""
    deadline = datetime.now(UTC).replace(microsecond=0) + timedelta(days=30)
    shares = {
        "option_number": "002", "option_type": "SECU", "isin_out": isin, "gross_rate": "0.25", "currency": "USD",
        "additional_for_existing": {"numerator": "1", "denominator": "100"}, "fraction_disposition": "RDDN",
    }  # fmt: skip
    cash = dividend("", isin)["options"]
    return {
        "event_type": "DVOP", "mandatory_voluntary": "CHOS", "response_deadline": deadline.isoformat(),
        "market_deadline": deadline.isoformat(), "payment_date": (deadline + timedelta(days=10)).date().isoformat(),
        "options": [*cash, shares],
    }  # fmt: skip
