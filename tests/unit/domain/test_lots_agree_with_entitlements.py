"""Lots take what the entitlement says, where an account's lots are its holding."""

import pytest

from domain.calculation import calculate_document
from tests.unit.domain.facts import account, document, event, position, trade

BUY = trade("B1", "BUY", "1001", "2025-01-02")


def calculate(*records, **parts):
    return calculate_document(document(account(), position("1001"), BUY, *records, **parts))


def open_quantities(result):
    return {lot["lot_id"]: lot["quantity"] for lot in result["tax_lots"] if lot["quantity"] != "0"}


@pytest.mark.parametrize(("disposition", "left"), [("RDUP", "500"), ("STAN", "500"), ("RDDN", "501"), (None, "501")])
def test_a_prorated_tender_leaves_the_lots_what_its_rounding_leaves_the_holding(disposition, left):
    option = {
        **{"option_type": "CASH", "cash_price_received": "10", "currency": "USD"},
        **{"proration_rate": "50", "fraction_disposition": disposition},
    }
    result = calculate(event("TEND", option, market_prices={}))
    [due] = result["entitlements"]
    assert str(1001 - int(due["debited_quantity"])) == left
    assert open_quantities(result) == {"B1": left}


def test_a_mandatory_reinvestment_opens_a_lot_of_what_it_bought():
    option = {"option_type": "SECU", "gross_rate": "1", "currency": "USD", "subscription_price": "40"}
    result = calculate(event("DRIP", option))
    [due] = result["entitlements"]
    assert due["entitled_quantity"] == "21"
    assert open_quantities(result) == {"B1": "1001", "CA-1/001": "21"}


def test_an_event_of_the_day_itself_is_not_missed():
    result = calculate(event(), as_of="2026-03-16")
    assert result["entitlements"] == []
    assert [each["code"] for each in result["breaks"] if each["code"] == "MISSING_OURS"] == []
