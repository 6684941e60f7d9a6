"""Facts as records of the feed (contracts.md, "Feed records"): the little that differs is told, the rest is the same for all."""

from typing import Any

Record = dict[str, Any]
LISTED_ON = "DTCYUS33"


def account(name: str, residence: str = "GB", documentation: str = "valid") -> Record:
    """Return an account of a portfolio investor."""
    return {
        "record_type": "account", "safekeeping_account": name, "residence": residence, "beneficial_owner": "portfolio_investor",
        "documentation_status": documentation, "relief_method": "FIFO", "payment_currency": "USD",
    }  # fmt: skip


def position(account: str, isin: str, quantity: str, sequence: int = 1) -> Record:
    """Return a settled position on the ex-date of the dividend."""
    return {
        "record_type": "position", "safekeeping_account": account, "isin": isin, "safekeeping_place": LISTED_ON, "as_of_date": "2026-03-16",
        "settled_quantity": quantity, "pending_receipt_quantity": "0", "pending_delivery_quantity": "0", "on_loan_quantity": "0",
        "source": "CUSTODIAN-A", "sequence": sequence,
    }  # fmt: skip


def buy(trade_id: str, account: str, isin: str, quantity: str, price: str) -> Record:
    """Return a purchase in US dollars that settles before the position."""
    return {
        "record_type": "trade", "trade_id": trade_id, "safekeeping_account": account, "isin": isin, "side": "BUY",
        "trade_date": "2026-03-10", "settlement_date": "2026-03-11", "quantity": quantity, "price": price, "currency": "USD",
    }  # fmt: skip


def dividend(event: str, isin: str, gross_rate: str = "0.25") -> Record:
    """Return the announcement of a mandatory cash dividend in US dollars."""
    option = {
        "option_number": "001",
        "option_type": "CASH",
        "is_default_option": True,
        "gross_rate": gross_rate,
        "currency": "USD",
    }
    return {
        "record_type": "corporate_action", "corporate_action_event_id": event, "version": 1, "function": "NEWM", "event_type": "DVCA",
        "mandatory_voluntary": "MAND", "isin": isin, "source_country": "US", "announcement_date": "2026-03-02", "ex_date": "2026-03-16",
        "record_date": "2026-03-16", "payment_date": "2026-03-27", "options": [option],
    }  # fmt: skip
