"""What an entitlement moves, as both standards see it: cash and securities, credited or debited."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from domain.numbers.exact import EXACT


class UnwritableMessageError(ValueError):
    """A message that the standard has no room for: `field` is the entitlement's or event's field at fault."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(f"{field}: {detail}")
        self.field = field
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who writes to whom: `sender` and `receiver` are BICs, `reference` is ours for this message, `prepared_at` aware.

    `posting_date` is when the movement was posted, None for the payment date; `previous` our reference of the confirmation that a reversal
    takes back.
    """

    sender: str
    receiver: str
    reference: str
    prepared_at: datetime
    posting_date: date | None = None
    previous: str = ""


@dataclass(frozen=True, slots=True)
class Cash:
    """`amount` moves in `currency`, above zero where it is credited. The parts are in `event_currency`, what they add up to before any
    exchange; rates as the entitlement has them."""

    amount: Decimal
    currency: str
    event_currency: str
    gross: Decimal
    tax: Decimal
    second_level_tax: Decimal
    net: Decimal
    in_lieu: Decimal
    charges: Decimal
    tax_rate: Decimal
    exchange_rate: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Securities:
    """`quantity` of a security, above zero where it is credited."""

    isin: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Due:
    """One option of one account. Dates are None where they are not known."""

    event_id: str
    event_type: str
    mandatory_voluntary: str
    account: str
    isin: str
    option_number: str
    option_type: str
    is_default_option: bool
    eligible: Decimal
    ex_date: str | None
    record_date: str | None
    payment_date: str | None
    cash: Cash | None
    securities: tuple[Securities, ...]

    def reversed(self) -> "Due":
        """The same movements the other way."""
        cash = self.cash and replace(self.cash, amount=EXACT.minus(self.cash.amount))
        back = tuple(replace(moved, quantity=EXACT.minus(moved.quantity)) for moved in self.securities)
        return replace(self, cash=cash, securities=back)


def read_due(entitlement: Mapping[str, Any], event: Mapping[str, Any]) -> Due:
    """From an entitlement's JSON (contracts) and its event's record. Raises UnwritableMessageError where nothing moves."""
    option = next(
        (given for given in event.get("options", ()) if given["option_number"] == entitlement["option_number"]), None
    )
    if option is None:
        raise UnwritableMessageError("option_number", f"the event has no option {entitlement['option_number']}")
    securities = tuple(_securities(entitlement))
    cash = _cash(entitlement, bool(securities))
    if cash is None and not securities:
        raise UnwritableMessageError("payment_amount", "the entitlement moves neither cash nor securities")
    return Due(
        event_id=entitlement["corporate_action_event_id"],
        event_type=entitlement["event_type"],
        mandatory_voluntary=event.get("mandatory_voluntary", "MAND"),
        account=entitlement["safekeeping_account"],
        isin=entitlement["isin"],
        option_number=entitlement["option_number"],
        option_type=option["option_type"],
        is_default_option=bool(option.get("is_default_option")),
        eligible=Decimal(entitlement["eligible_quantity"]),
        ex_date=event.get("ex_date"),
        record_date=entitlement.get("record_date"),
        payment_date=entitlement.get("payment_date"),
        cash=cash,
        securities=securities,
    )


def posting_day(due: Due, envelope: Envelope) -> str:
    """Return the day of a posting. Raises UnwritableMessageError if neither it nor the payment date is known."""
    day = envelope.posting_date.isoformat() if envelope.posting_date else due.payment_date
    if day is None:
        raise UnwritableMessageError(
            "payment_date", "a posting has a day, and neither it nor the payment date is known"
        )
    return day


def _cash(entitlement: Mapping[str, Any], moves_securities: bool) -> Cash | None:
    """None where no cash moves beside securities or of income that a fund keeps, or the option has no currency."""
    currency = entitlement.get("currency")
    if not currency:
        return None
    amount, paid_in = _paid(entitlement)
    if not amount and (moves_securities or _amount(entitlement, "net_amount")):
        return None
    return Cash(
        amount=amount,
        currency=paid_in,
        event_currency=currency,
        gross=_amount(entitlement, "gross_amount"),
        tax=_amount(entitlement, "withholding_tax_amount"),
        second_level_tax=_amount(entitlement, "second_level_tax_amount"),
        net=_amount(entitlement, "net_amount"),
        in_lieu=_amount(entitlement, "cash_in_lieu_amount"),
        charges=_amount(entitlement, "charge_amount"),
        tax_rate=_amount(entitlement, "withholding_tax_rate"),
        exchange_rate=entitlement.get("exchange_rate"),
    )


def _paid(entitlement: Mapping[str, Any]) -> tuple[Decimal, str]:
    """(amount, currency) that moves; where no exchange rate is known, the event's currency (domain rules, "Money")."""
    if entitlement.get("payment_amount") is not None:
        return _amount(entitlement, "payment_amount"), entitlement["payment_currency"]
    return _amount(entitlement, "entitled_amount"), entitlement["currency"]


def _securities(entitlement: Mapping[str, Any]) -> list[Securities]:
    """What is debited of the old security, then what is credited."""
    moved = [Securities(entitlement["isin"], EXACT.minus(_amount(entitlement, "debited_quantity")))]
    if entitlement.get("isin_out"):
        moved.append(Securities(entitlement["isin_out"], _amount(entitlement, "entitled_quantity")))
    for further in entitlement.get("securities_movements") or ():
        quantity = Decimal(further["entitled_quantity"])
        credited = further["credit_debit_indicator"] == "CRED"
        moved.append(Securities(further["isin"], quantity if credited else EXACT.minus(quantity)))
    return [movement for movement in moved if movement.quantity]


def _amount(entitlement: Mapping[str, Any], name: str) -> Decimal:
    """Read a figure of ours, which may have more digits than any that is sent to us."""
    return Decimal(entitlement.get(name) or 0)
