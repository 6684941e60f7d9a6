"""Defects that random lives found, each on the facts that were left of the life."""

import pytest

from domain.calculation import calculate_document
from tests.unit.domain.facts import APPLE, SAP, TOYOTA, account, document, event, trade

BOUGHT = trade("T-1", "BUY", "100", "2026-01-05", "10")


def basis_by_lot(result):
    return {
        row["lot_id"]: (row["isin"], row["quantity"], row["cost_basis"])
        for row in result["tax_lots"]
        if not row["closed_at"]
    }


@pytest.mark.parametrize(
    ("event_type", "ratio", "kept"),
    [("BONU", "additional_for_existing", ("150", "750.00")), ("SPLF", "new_to_old", ("50", "500.00"))],
)
def test_basis_spreads_by_value_over_the_same_security_and_a_further_one(event_type, ratio, kept):
    """By value (our own): 150 or 50 shares at 20 beside 25 at 40; the shares kept count with those that come."""
    half = {"numerator": "1", "denominator": "2"}
    further = [{"isin": TOYOTA, "ratio": {"numerator": "1", "denominator": "4"}}]
    option = {"option_type": "SECU", ratio: half, "securities_movements": further}
    result = calculate_document(
        document(account(), BOUGHT, event(event_type, option, market_prices={APPLE: "20", TOYOTA: "40"}))
    )
    other = str(1000 - int(kept[1][:3]))
    assert basis_by_lot(result) == {"T-1/CA-1": (APPLE, *kept), "T-1/CA-1/" + TOYOTA: (TOYOTA, "25", f"{other}.00")}


def test_rights_of_a_pool_that_lapse_return_the_basis_that_they_have_by_then():
    """Of two lots of rights one was bought: its loss leaves the pool's average to the other, whose basis goes back to the shares."""
    rights = {"option_type": "SECU", "additional_for_existing": {"numerator": "1", "denominator": "1"}, "isin_out": SAP}
    given = event("RHDI", rights | {"cost_basis_allocation": "30"}, ex_date="2026-02-02", record_date="2026-02-02")
    lapsed = {"option_number": "001", "option_type": "LAPS", "is_default_option": True}
    end = event("EXRI", isin=SAP, options=[lapsed], corporate_action_event_id="CA-2", mandatory_voluntary="CHOS")
    earlier = trade("T-0", "BUY", "100", "2026-01-02", "1", isin=SAP)
    result = calculate_document(document(account(relief_method="AVERAGE"), BOUGHT, earlier, given, end))
    assert [(row["lot_id"], row["cost_basis"]) for row in result["realised"]] == [("T-0", "200.00")]
    assert basis_by_lot(result) == {"T-1": (APPLE, "100", "900.00")}
