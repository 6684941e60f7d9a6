"""Facts for the domain's tests, as feed records: small, valid, and changed by keyword."""

from typing import Any

APPLE = "US0378331005"
SAP = "DE0007164600"
TOYOTA = "JP3633400001"


def account(number: str = "ACC-1", **changes: Any) -> dict[str, Any]:
    return {
        "record_type": "account",
        "safekeeping_account": number,
        "residence": "GB",
        "beneficial_owner": "portfolio_investor",
        "documentation_status": "valid",
        "relief_method": "FIFO",
    } | changes


def position(quantity: str, as_of: str = "2026-03-16", **changes: Any) -> dict[str, Any]:
    return {
        "record_type": "position",
        "safekeeping_account": "ACC-1",
        "isin": APPLE,
        "safekeeping_place": "DTCYUS33",
        "as_of_date": as_of,
        "settled_quantity": quantity,
        "source": "CUSTODIAN-A",
    } | changes


def trade(trade_id: str, side: str, quantity: str, on: str, price: str = "10", **changes: Any) -> dict[str, Any]:
    return {
        "record_type": "trade",
        "trade_id": trade_id,
        "safekeeping_account": "ACC-1",
        "isin": APPLE,
        "side": side,
        "trade_date": on,
        "settlement_date": on,
        "quantity": quantity,
        "price": price,
        "currency": "USD",
    } | changes


def event(event_type: str = "DVCA", option: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    terms = {"gross_rate": "0.25", "currency": "USD"} if option is None else option
    kind = "CASH" if "gross_rate" in terms else "SECU"
    return {
        "record_type": "corporate_action",
        "corporate_action_event_id": "CA-1",
        "version": 1,
        "function": "NEWM",
        "event_type": event_type,
        "mandatory_voluntary": "MAND",
        "isin": APPLE,
        "source_country": "US",
        "ex_date": "2026-03-16",
        "record_date": "2026-03-16",
        "payment_date": "2026-03-27",
        "options": [{"option_number": "001", "option_type": kind, "is_default_option": True} | terms],
    } | changes


def rate(rate_id: str, statutory: str, treaty: str | None = None, **changes: Any) -> dict[str, Any]:
    return {
        "rate_id": rate_id,
        "source_country": "US",
        "residence": "GB",
        "beneficial_owner": "*",
        "income_type": "dividend_listed_equity",
        "valid_from": "2000-01-01",
        "valid_to": None,
        "statutory_rate": statutory,
        "treaty_rate": treaty,
        "tax_relief_method": "RELIEF_AT_SOURCE",
        "components": [],
        "source": "test",
    } | changes


def rates(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"schema_version": 1, "version": "t.1", "rates": list(rows)}


def document(*records: dict[str, Any], rows: tuple[dict[str, Any], ...] = (), **parts: Any) -> dict[str, Any]:
    """A calculate document of these records, with US-GB at 30/15 where no rows are given."""
    result: dict[str, Any] = {"rules": {"withholding_rates": rates(*(rows or (rate("US-GB", "30", "15"),)))}}
    for record in records:
        result.setdefault(f"{record['record_type']}s", []).append(record)
    return result | parts
