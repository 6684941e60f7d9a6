"""Positions: what one custodian says that an account holds at one place at the end of one day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar

from domain.records.declared import Day, Identifier, Isin, Meaning, Number, SequenceNumber, SignedNumber
from domain.records.unread import UnreadFields


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A custodian's statement of one security at one place at the end of one day."""

    record_type: ClassVar[str] = "position"
    safekeeping_account: Annotated[Identifier, Meaning("account that holds", source="97A SAFE")]
    isin: Annotated[Isin, Meaning("security held", source="35B")]
    safekeeping_place: Annotated[
        Identifier, Meaning("where it is held: a BIC, or the custodian's name", source="94a SAFE")
    ]
    as_of_date: Annotated[Day, Meaning("day at whose end it was so", source="98A STAT")]
    settled_quantity: Annotated[
        SignedNumber,
        Meaning(
            "settled: what an event counts, borrowed units included; below zero is owed, if the account allows short_positions",
            "units",
            "93B SETT",
        ),
    ]
    pending_receipt_quantity: Annotated[
        Number, Meaning("bought, not yet received; never counted", "units", "93B PENR")
    ] = Decimal(0)
    pending_delivery_quantity: Annotated[Number, Meaning("sold, not yet delivered", "units", "93B PEND")] = Decimal(0)
    on_loan_quantity: Annotated[Number, Meaning("lent: no longer in settled_quantity", "units", "93B LOAN")] = Decimal(
        0
    )
    borrowed_quantity: Annotated[Number, Meaning("borrowed: part of settled_quantity", "units", "93B BORR")] = Decimal(
        0
    )
    source: Annotated[
        Identifier, Meaning("who reports it; another source of the same key is a break and changes nothing")
    ] = ""
    sequence: SequenceNumber = 0
    unread: UnreadFields = ()

    @property
    def identity(self) -> str:
        """Return `account/isin/place/as_of_date`."""
        return position_identity(self.safekeeping_account, self.isin, self.safekeeping_place, self.as_of_date)


def latest(positions: Iterable[Position], on: date) -> list[Position]:
    """Return each place's statement of its greatest as-of date up to `on`, by account, ISIN and place."""
    newest: dict[tuple[str, str, str], Position] = {}
    for position in positions:
        key = (position.safekeeping_account, position.isin, position.safekeeping_place)
        if position.as_of_date <= on and (key not in newest or newest[key].as_of_date < position.as_of_date):
            newest[key] = position
    return [newest[key] for key in sorted(newest)]


def position_identity(account: str, isin: str, place: str, as_of_date: date) -> str:
    """Return the identity of what one place says of one day; none of its parts contains a slash."""
    return f"{account}/{isin}/{place}/{as_of_date}"
