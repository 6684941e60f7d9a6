"""The facts of a message by the names that the tables use: of an entitlement what it moves, credited above zero."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from domain.messages.writing.table import UnwritableMessageError
from domain.numbers.exact import EXACT

Facts = dict[str, Any]
_PARTS = (
    *("gross_amount", "net_amount", "cash_in_lieu_amount", "withholding_tax_amount"),
    *("second_level_tax_amount", "charge_amount"),
)


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who writes to whom: `sender` and `receiver` are BICs, `reference` is ours for this message, `prepared_at` aware.

    `posting_date` is when the movement was posted, None for the payment date; `previous` our reference of the confirmation that a reversal
    takes back. `version` is that of an ISO 20022 message, 0 for the one that we write by default.
    """

    sender: str
    receiver: str
    reference: str
    prepared_at: datetime
    posting_date: date | None = None
    previous: str = ""
    version: int = 0


def facts_of_entitlement(entitlement: Mapping[str, Any], event: Mapping[str, Any], is_reversed: bool = False) -> Facts:
    """Return the facts of an entitlement's JSON (contracts) and its event's record; `is_reversed`: its movements the other way.

    `cash` and `securities` are lists of movements. Raises UnwritableMessageError where nothing moves.
    """
    number = entitlement["option_number"]
    option = next((given for given in event.get("options", ()) if given["option_number"] == number), None)
    if option is None:
        raise UnwritableMessageError("option_number", f"the event has no option {number}")
    securities = _securities(entitlement, is_reversed)
    cash = _cash(entitlement, bool(securities), is_reversed)
    if not cash and not securities:
        raise UnwritableMessageError("payment_amount", "the entitlement moves neither cash nor securities")
    day = entitlement.get("payment_date")
    return {
        **{name: entitlement[name] for name in ("corporate_action_event_id", "event_type", "safekeeping_account", "isin")},
        "mandatory_voluntary": event.get("mandatory_voluntary", "MAND"),
        "eligible_quantity": Decimal(entitlement["eligible_quantity"]),
        "ex_date": event.get("ex_date"),
        "record_date": entitlement.get("record_date"),
        "payment_date": day,
        "payment_unknown": None if day else "UKWN",
        "option_number": number,
        "option_type": option["option_type"],
        "is_default_option": bool(option.get("is_default_option")),
        "currency": entitlement["currency"] if cash else None,
        "cash": cash,
        "securities": securities,
    }  # fmt: skip


def posting_day(entitlement: Mapping[str, Any], envelope: Envelope) -> str:
    """Return the day of a posting. Raises UnwritableMessageError if neither it nor the payment date is known."""
    day = envelope.posting_date.isoformat() if envelope.posting_date else entitlement.get("payment_date")
    if day is None:
        raise UnwritableMessageError(
            "payment_date", "a posting has a day, and neither it nor the payment date is known"
        )
    return str(day)


def _cash(entitlement: Mapping[str, Any], moves_securities: bool, is_reversed: bool) -> list[Facts]:
    """Return the movement of cash: what is paid, and what it consists of in the event's currency before any exchange.

    Return none where no cash moves beside securities or of income that a fund keeps, or the option has no currency.
    """
    currency = entitlement.get("currency")
    if not currency:
        return []
    amount, paid_in = _paid(entitlement)
    if not amount and (moves_securities or _amount(entitlement, "net_amount")):
        return []
    paid, rate = (_signed(amount, is_reversed), paid_in), entitlement.get("exchange_rate")
    return [
        {
            "payment_amount": paid,
            **{name: (part, currency) for name in _PARTS if (part := _amount(entitlement, name))},
            "exchange_rate": rate,
            "resulting_amount": paid if rate else None,
            "withholding_tax_rate": _amount(entitlement, "withholding_tax_rate") or None,
        }
    ]


def _paid(entitlement: Mapping[str, Any]) -> tuple[Decimal, str]:
    """Return (amount, currency) of the cash that moves: exchanged where a rate is known, else in the event's currency (domain rules,
    "Money")."""
    if entitlement.get("payment_amount") is not None:
        return _amount(entitlement, "payment_amount"), entitlement["payment_currency"]
    return _amount(entitlement, "entitled_amount"), entitlement["currency"]


def _securities(entitlement: Mapping[str, Any], is_reversed: bool) -> list[Facts]:
    """Return what is debited of the old security, then what is credited."""
    moved = [(entitlement["isin"], EXACT.minus(_amount(entitlement, "debited_quantity")))]
    if entitlement.get("isin_out"):
        moved.append((entitlement["isin_out"], _amount(entitlement, "entitled_quantity")))
    for further in entitlement.get("securities_movements") or ():
        is_debit = further["credit_debit_indicator"] != "CRED"
        moved.append((further["isin"], _signed(Decimal(further["entitled_quantity"]), is_debit)))
    return [{"isin": isin, "entitled_quantity": _signed(moves, is_reversed)} for isin, moves in moved if moves]


def _signed(figure: Decimal, is_negated: bool) -> Decimal:
    return EXACT.minus(figure) if is_negated else figure


def _amount(entitlement: Mapping[str, Any], name: str) -> Decimal:
    """Read a figure of ours, which may have more digits than any that is sent to us."""
    return Decimal(entitlement.get(name) or 0)
