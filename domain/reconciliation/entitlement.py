"""Our side of a payment: a current entitlement as the read projection and `calculate` hold it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from domain.corporate_actions import EVENT_TYPES
from domain.numbers.series import sum_of

_PAYS = ("event_type", "payment_date", "option_number", "gross_amount", "currency", "entitled_quantity", "isin_out")


@dataclass(frozen=True, slots=True)
class CurrentEntitlement:
    """One option of one event. Quantities in units, amounts in `currency` but for `payment_amount`, rates in percent.

    `in_rights`: eligible and debited quantities count rights, not units of `isin`; `beyond_holding`: an oversubscription, whose quantity no
    holding covers. `entitlement_date` is None where neither the record date nor the calculated event's is known: its quantity is then
    compared with nothing. `credited`: units of each security that are credited; `cash_amount`: what moves in `currency`. `pays` says what
    comes of it, in words that are the same for the same event under another id. `confirmed`: its payment status. `versions`: of the
    announcement, the revision and the rules, as one text.
    """

    corporate_action_event_id: str
    option_number: str
    version: int
    isin: str
    in_rights: bool
    beyond_holding: bool
    entitlement_date: date | None
    payment_date: date | None
    eligible_quantity: Fraction
    debited_quantity: Fraction
    credited: tuple[tuple[str, Fraction], ...]
    gross_amount: Decimal
    cash_amount: Decimal
    currency: str
    payment_currency: str
    payment_amount: Decimal | None
    charge_amount: Decimal
    withholding_tax_rate: Decimal
    confirmed: bool
    pays: str
    versions: str

    @classmethod
    def from_json(cls, row: Mapping[str, Any], event_date: date | None = None) -> "CurrentEntitlement":
        """Read the contract's entitlement. `event_date`: the calculated event's, for one without a record date."""
        return cls(
            corporate_action_event_id=row["corporate_action_event_id"],
            option_number=row["option_number"],
            version=int(row["version"]),
            isin=row["isin"],
            in_rights=EVENT_TYPES[row["event_type"]].in_rights,
            beyond_holding=row.get("option_type") == "OVER",
            entitlement_date=_date(row.get("record_date")) or event_date,
            payment_date=_date(row.get("payment_date")),
            eligible_quantity=Fraction(row["eligible_quantity"]),
            debited_quantity=Fraction(row["debited_quantity"]),
            credited=tuple(_credited(row)),
            gross_amount=Decimal(row["gross_amount"]),
            cash_amount=Decimal(row["entitled_amount"]),
            currency=row.get("currency") or "",
            payment_currency=row.get("payment_currency") or "",
            payment_amount=None if row.get("payment_amount") is None else Decimal(row["payment_amount"]),
            charge_amount=Decimal(row.get("charge_amount") or 0),
            withholding_tax_rate=Decimal(row["withholding_tax_rate"]),
            confirmed=row.get("payment_status") == "CONFIRMED",
            pays=" ".join(str(row.get(name)) for name in _PAYS),
            versions=f"{row['version']}/{row['revision']}/{row['rules_version']}",
        )

    def credited_of(self, isin: str) -> Fraction:
        """Return units of one security."""
        return sum_of(quantity for credited, quantity in self.credited if credited == isin)

    @property
    def key(self) -> str:
        """Return `event/option`, by which control totals count it."""
        return f"{self.corporate_action_event_id}/{self.option_number}"


@dataclass(frozen=True, slots=True)
class CalculatedEvent:
    """An event that was calculated and entitles everyone who held `isin` on the entitlement date (not a voluntary one)."""

    corporate_action_event_id: str
    isin: str
    entitlement_date: date

    @property
    def key(self) -> str:
        """Return `event/isin`, by which control totals count it."""
        return f"{self.corporate_action_event_id}/{self.isin}"


def _credited(row: Mapping[str, Any]) -> Iterator[tuple[str, Fraction]]:
    if row.get("isin_out"):
        yield row["isin_out"], Fraction(row["entitled_quantity"])
    for movement in row.get("securities_movements", ()):
        yield movement["isin"], Fraction(movement["entitled_quantity"])


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
