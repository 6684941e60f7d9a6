"""One line of a statement of holdings, in either standard, as the records that it makes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from domain.messages.draft import Draft
from domain.numbers.exact import EXACT, parse_decimal, plain
from domain.numbers.series import exact_sum
from domain.records import RecordError

Stated = tuple[str, str]
"""A value, and the message's field that states it."""


_SUB_BALANCES = {"pending_receipt": "PENR", "pending_delivery": "PEND", "on_loan": "LOAN", "borrowed": "BORR"}
"""Part of a position -> the code of its sub-balances, in either standard."""


class Balances:
    """Balances as stated; None where the message does not have one. The aggregate is what is available and what is not."""

    def __init__(
        self,
        aggregate: Stated,
        available: Stated | None,
        not_available: Stated | None,
        sub_balances: Callable[[str], Sequence[Stated]],
    ) -> None:
        self.aggregate, self.available, self.not_available = aggregate, available, not_available
        self.parts = {name: _total(sub_balances(code)) for name, code in _SUB_BALANCES.items()}


@dataclass(frozen=True, slots=True)
class Holding:
    """One security of one account at one place. `common` has the as-of date and the sequence."""

    account: Stated
    isin: Stated
    place: tuple[str | None, str]
    common: Draft
    source: Stated
    balances: Balances


def _total(balances: Sequence[Stated]) -> Stated | None:
    """The sum of the sub-balances of one kind, which may come once as available and once as not available; None where there are none."""
    if not balances:
        return None
    return plain(exact_sum(parse_decimal(quantity) for quantity, _ in balances)), balances[0][1]


def records_of(holding: Holding) -> list[Draft]:
    """The position, and the statement where the message splits the aggregate. Raises RecordError."""
    position = _identified("position", holding)
    position.put("settled_quantity", *_settled(holding.balances))
    for name, stated in holding.balances.parts.items():
        if stated is not None:
            position.put(f"{name}_quantity", *stated)
    balances = holding.balances
    if balances.available is None and balances.not_available is None:
        return [position]
    statement = _identified("statement", holding)
    statement.put("aggregate", *balances.aggregate)
    statement.put("available", *(balances.available or _rest("available", balances.aggregate, balances.not_available)))
    statement.put(
        "not_available", *(balances.not_available or _rest("not_available", balances.aggregate, balances.available))
    )
    return [position, statement]


def _identified(record_type: str, holding: Holding) -> Draft:
    draft = Draft(record_type=record_type)
    draft.put("safekeeping_account", *holding.account)
    draft.put("isin", *holding.isin)
    place, at = holding.place
    if place is None:
        raise RecordError(
            "missing_field", at, "a holding is stated at a place of safekeeping, and the message names none"
        )
    draft.put("safekeeping_place", place, at)
    draft.take(holding.common)
    draft.put("source", *holding.source)
    return draft


def _settled(balances: Balances) -> Stated:
    """The aggregate without what is on loan: that has been delivered to the borrower."""
    lent = balances.parts["on_loan"]
    return _rest("settled_quantity", balances.aggregate, lent) if lent else balances.aggregate


def _rest(name: str, whole: Stated, part: Stated | None) -> Stated:
    """What is left of a balance. Raises RecordError of the part where it is more than a whole that is not short."""
    assert part is not None
    balance = parse_decimal(whole[0])
    rest = EXACT.subtract(balance, parse_decimal(part[0]))
    if rest < 0 <= balance:
        raise RecordError("negative_quantity", part[1], f"{name}: {plain(rest)} is below zero")
    return plain(rest), part[1]
