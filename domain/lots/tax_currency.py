"""Lots in the taxpayer's currency: every amount is exchanged at the rate of its own day before lots are folded, and rounded once.

A trade's day is its trade date, an event's the day on which it touches lots, an opening lot's its acquisition date. A gain is the
difference of amounts in the tax currency, never a gain in another one exchanged: HMRC CG78310, Bentley v Pike (1981) 53 TC 590, Capcount
Trading v Evans (1992) 65 TC 545; EStG § 20 Abs. 4 Satz 1; IRC §985(a), §988. A limit: Treas. Reg. §1.988-2(a)(2)(iv) takes the settlement
date for listed shares of a cash basis taxpayer; here it is the trade date for everybody.

Rates are of the pair itself, or of its inverse, as central banks quote them; where both are there the quote in the tax currency is taken.
None is crossed over a third currency, and none is of another day: whoever publishes none for a holiday says which one stands for it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

from domain.corporate_actions import LotTreatment
from domain.lots.effect import LotEffect
from domain.lots.lot import Lot
from domain.lots.part import AccountPart
from domain.numbers.exact import plain
from domain.numbers.money import round_amount
from domain.records import ExchangeRate, Trade

Fact = Trade | LotEffect | Lot
_Fact = TypeVar("_Fact", Trade, LotEffect, Lot)
Pair = tuple[str, str, date]
"""(base, quote, day) of a rate, or (currency, tax currency, day) of an amount."""
Rates = Mapping[Pair, ExchangeRate]


@dataclass(frozen=True, slots=True)
class Exchange:
    """How the money of a fact, as it was `given`, came `into` the tax currency."""

    given: Fact
    rate: ExchangeRate
    into: str

    @property
    def factor(self) -> Fraction:
        """Return what one unit of the fact's currency is worth."""
        rate = Fraction(self.rate.rate)
        return rate if self.rate.quote == self.into else 1 / rate

    def arithmetic(self, amount: str) -> str:
        """Return how an amount of the fact was exchanged: "6200 USD / 1.3305"."""
        sign = "x" if self.rate.quote == self.into else "/"
        amount = f"({amount})" if " + " in amount or " - " in amount else amount
        return f"{amount} {self.given.currency} {sign} {plain(self.rate.rate)}"


@dataclass(frozen=True, slots=True)
class Exchanged:
    """An account's part with its money in the tax currency. `exchanges`: how, by (id, day) of the fact. `lacking`: facts without their
    rate, which are in the part in their own currency: what waits with them is found by a fold of all (`waiting`)."""

    part: AccountPart
    exchanges: Mapping[tuple[str, date], Sequence[Exchange]]
    lacking: Sequence[Fact]


def id_and_day(fact: Fact) -> tuple[str, date]:
    """Return the fact's id, and the day whose rate is its own."""
    match fact:
        case Trade():
            assert fact.trade_date is not None
            return fact.trade_id, fact.trade_date
        case LotEffect():
            return fact.event_id, fact.on
    return fact.lot_id, fact.acquisition_date


def needed_rates(part: AccountPart) -> set[Pair]:
    """Return (currency, tax currency, day) of all money that is not in the tax currency."""
    facts: tuple[Fact, ...] = (*part.trades, *part.effects, *part.opening)
    return {(fact.currency, part.tax_currency, id_and_day(fact)[1]) for fact in facts if _is_foreign(fact, part)}


def rates_by_pair(records: Iterable[ExchangeRate]) -> Rates:
    """Return rates as `exchange` looks for them."""
    return {(rate.base, rate.quote, rate.date): rate for rate in records}


def exchange(part: AccountPart, rates: Rates) -> Exchanged:
    """Return the part in the account's tax currency; as it is where the account has none."""
    if not part.tax_currency:
        return Exchanged(part, {}, ())
    into, exchanges, lacking = part.tax_currency, dict[tuple[str, date], list[Exchange]](), list[Fact]()

    def exchanged(facts: Iterable[_Fact]) -> Iterator[_Fact]:
        for fact in facts:
            key, currency = id_and_day(fact), fact.currency
            rate = rates.get((currency, into, key[1])) or rates.get((into, currency, key[1]))
            if not _is_foreign(fact, part):
                yield fact
            elif rate:
                found = Exchange(fact, rate, into)
                exchanges.setdefault(key, []).append(found)
                yield _in_currency(fact, into, found.factor)
            else:
                lacking.append(fact)
                yield fact

    trades, effects = list(exchanged(part.trades)), list(exchanged(part.effects))
    opening = [_without_cost(lot, part) for lot in exchanged(part.opening)]
    return Exchanged(replace(part, trades=trades, effects=effects, opening=opening), exchanges, lacking)


def always_needs_rate(fact: Fact) -> bool:
    """Return False for an event, unless it buys: of others the lots decide whether money is reckoned."""
    if not isinstance(fact, LotEffect):
        return True
    return fact.treatment is LotTreatment.PURCHASE and bool(fact.bought)


def _is_foreign(fact: Fact, part: AccountPart) -> bool:
    if not part.tax_currency or fact.currency in ("", part.tax_currency):
        return False
    return not isinstance(fact, Lot) or bool(fact.cost_basis)


def _in_currency(fact: _Fact, currency: str, factor: Fraction) -> _Fact:
    if isinstance(fact, Trade):
        amount = round_amount(fact.unrounded_amount * factor, currency)
        return replace(fact, settlement_amount=amount, accrued_interest=Decimal(0), currency=currency)
    if isinstance(fact, LotEffect):
        return fact.in_currency(currency, factor)
    return replace(fact, cost_basis=round_amount(Fraction(fact.cost_basis) * factor, currency), currency=currency)


def _without_cost(lot: Lot, part: AccountPart) -> Lot:
    """Return a lot that cost nothing in the tax currency, and any other one as it is."""
    if lot.cost_basis:
        return lot
    return replace(lot, cost_basis=round_amount(0, part.tax_currency), currency=part.tax_currency)
