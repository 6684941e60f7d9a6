"""Lots add up to positions, where the facts agree with the positions."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from harness.verification.violation import FOLD, Violation


@dataclass(frozen=True)
class Balance:
    """Units of one security of an account: stated by its newest positions, given by trades and entitlements, and held in lots."""

    safekeeping_account: str
    isin: str
    position: Decimal
    facts: Decimal
    lots: Decimal


def unbalanced(balances: Iterable[Balance]) -> Iterator[Violation]:
    """Give the balances whose lots differ from position and facts, though these two agree.

    Where facts and position differ, lots follow the facts, and reconciliation reports it (domain-rules.md, "Lots").
    """
    for balance in balances:
        if balance.position == balance.facts != balance.lots:
            wrong = (
                f"its lots hold {balance.lots}; trades and entitlements add up to {balance.facts}, as its position says"
            )
            yield Violation(f"{balance.safekeeping_account}/{balance.isin}", wrong, FOLD)
