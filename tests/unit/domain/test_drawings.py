"""Drawings by lot, their multiples, and odd lots of a tender: what one account has of its own."""

import pytest

from domain.calculation import calculate_document
from tests.unit.domain.facts import SAP, account, document, event, position, trade

AT_PAR = {"cash_price_received_percent": "100", "currency": "USD"}
ACCOUNTS = [
    record
    for number, quantity in (("ACC-1", "50000"), ("ACC-2", "30000"))
    for record in (
        account(number),
        position(quantity, safekeeping_account=number),
        trade(f"B-{number}", "BUY", quantity, "2025-01-02", "0.98", safekeeping_account=number),
    )
]


def calculate(option, *records, event_type="DRAW", **changes):
    return calculate_document(document(*ACCOUNTS, event(event_type, AT_PAR | option, **changes), *records))


def drawing(number, quantity, **changes):
    named = {"record_type": "drawing", "corporate_action_event_id": "CA-1", "safekeeping_account": number}
    return named | {"option_number": "001", "quantity": quantity} | changes


def drawn(*pairs):
    return [{"safekeeping_account": number, "quantity": quantity} for number, quantity in pairs]


def told(result):
    return [(row["record_id"], row["field"], row["reason"], row["detail"]) for row in result["rejected"]]


def paid(result):
    return {
        row["safekeeping_account"]: (row["debited_quantity"], row["gross_amount"]) for row in result["entitlements"]
    }


def left(result):
    return {lot["safekeeping_account"]: lot["quantity"] for lot in result["tax_lots"] if not lot["closed_at"]}


@pytest.mark.parametrize("event_type", ["DRAW", "PCAL"])
@pytest.mark.parametrize(
    ("option", "records"),
    [
        ({"drawn_quantities": drawn(("ACC-1", "15000"))}, []),
        ({"drawn_quantities": drawn(("ACC-1", "15000"), ("ACC-2", "0"), ("ACC-9", "5000"))}, []),
        ({"drawn_quantities": drawn(("ACC-1", "5000"), ("ACC-2", "5000"))}, [drawing("ACC-1", "15000"), drawing("ACC-2", "0")]),
        ({"drawn_quantity": "5000"}, [drawing("ACC-1", "15000", option_number=None), drawing("ACC-2", "0")]),
        ({"called_percent": "40"}, [drawing("ACC-1", "1", sequence=0), drawing("ACC-1", "15000", sequence=1), drawing("ACC-2", "0")]),
    ],
)  # fmt: skip
def test_what_was_drawn_is_of_each_account_and_its_record_wins_in_entitlement_and_lots(option, records, event_type):
    result = calculate(option | {"minimum_exercisable_multiple": "5000"}, *records, event_type=event_type)
    assert paid(result) == {"ACC-1": ("15000", "15000.00"), "ACC-2": ("0", "0.00")}
    assert left(result) == {"ACC-1": "35000", "ACC-2": "30000"}
    assert sum(float(row["proceeds"]) for row in result["realised"]) == 15000
    assert told(result) == []


def test_a_drawing_that_says_nothing_of_an_account_waits_for_its_record_alone():
    result = calculate({}, drawing("ACC-1", "15000"))
    assert paid(result) == {"ACC-1": ("15000", "15000.00")}
    assert left(result) == {"ACC-1": "35000", "ACC-2": "30000"}
    detail = "ACC-2: what was drawn is not said: send the account's drawing record, with quantity 0 if nothing was"
    assert told(result) == [
        ("CA-1", "options.drawn_quantity", reason, detail) for reason in ("missing_terms", "lots_not_adjusted")
    ]


@pytest.mark.parametrize(("option", "records"), [({"drawn_quantity": "5000"}, [drawing("ACC-3", "0")]), ({}, [])])
def test_an_account_without_the_security_waits_for_no_drawing(option, records):
    bought = trade("B", "BUY", "10", "2025-01-02", safekeeping_account="ACC-3", isin=SAP)
    drawings = drawing("ACC-1", "15000"), drawing("ACC-2", "0")
    assert told(calculate(option, account("ACC-3"), bought, *drawings, *records)) == []


def test_lots_follow_what_was_drawn_of_an_account_without_a_position():
    lot = trade("B", "BUY", "20000", "2025-01-02", "0.98", safekeeping_account="ACC-3")
    result = calculate({"drawn_quantities": drawn(("ACC-3", "5000"))}, account("ACC-3"), lot)
    assert left(result)["ACC-3"] == "15000"
    assert left(calculate({}, account("ACC-3"), lot, drawing("ACC-3", "4000")))["ACC-3"] == "16000"


@pytest.mark.parametrize(
    ("option", "field"),
    [
        ({"drawn_quantity": "12000"}, "options.0.drawn_quantity"),
        ({"drawn_quantities": drawn(("ACC-1", "10000"), ("ACC-2", "12000"))}, "options.0.drawn_quantities.1.quantity"),
    ],
)
def test_a_drawn_quantity_that_is_no_multiple_is_refused(option, field):
    result = calculate(option | {"minimum_exercisable_multiple": "5000"})
    assert result["entitlements"] == []
    detail = "12000 is not a multiple of 5000, the minimum_exercisable_multiple"
    assert [row[1:] for row in told(result)] == [(field, "not_a_multiple", detail)]
    assert told(calculate(option | {"minimum_exercisable_multiple": "2000"})) == []


@pytest.mark.parametrize(
    ("option", "reason"),
    [
        ({"drawn_quantities": drawn(("ACC-1", "1"), ("ACC-1", "2"))}, "duplicate_account"),
        ({"drawn_quantities": drawn(("ACC-1", "1")), "drawn_quantity": "1"}, "drawn_twice"),
    ],
)
def test_quantities_that_contradict_each_other_are_refused(option, reason):
    assert [row[1:3] for row in told(calculate(option))] == [("options.0.drawn_quantities", reason)]


@pytest.mark.parametrize(
    ("record", "event_type", "field", "reason", "detail"),
    [
        (drawing("ACC-1", "12000"), "DRAW", "options.drawn_quantity", "not_a_multiple", "12000 drawn is not a multiple of 5000"),
        (drawing("ACC-1", "60000"), "DRAW", "options.drawn_quantity", "drawn_above_holding", "60000 drawn of a holding of 50000"),
        (drawing("ACC-1", "5000", option_number="002"), "DRAW", "option_number", "unknown_option", "drawing CA-1/ACC-1/002 names option 002 of 001"),
        (drawing("ACC-1", "5000"), "REDM", "event_type", "not_drawn", "drawing CA-1/ACC-1/001: a REDM draws nothing by lot"),
    ],
)  # fmt: skip
def test_a_drawing_that_cannot_be_is_held_by_name_and_its_account_is_paid_nothing(
    record, event_type, field, reason, detail
):
    terms = {"minimum_exercisable_multiple": "5000"} | ({"drawn_quantity": "5000"} if event_type == "DRAW" else {})
    result = calculate(terms, record, event_type=event_type)
    assert list(paid(result)) == ["ACC-2"]
    assert told(result)[0] == ("CA-1", field, reason, f"ACC-1: {detail}")


OFFER = {"cash_price_received": "25", "currency": "USD", "proration_rate": "40", "odd_lot_quantity": "99"}


@pytest.mark.parametrize(
    ("holding", "tendered", "accepted"),
    [("99", "99", "99"), ("100", "100", "40"), ("99", "98", "39"), ("1000", "99", "39"), ("57", "57", "57")],
)
def test_a_holding_of_an_odd_lot_tendered_whole_is_not_prorated_in_entitlement_and_lots(holding, tendered, accepted):
    options = [
        OFFER | {"option_number": "001", "option_type": "CASH", "is_default_option": False},
        {"option_number": "002", "option_type": "NOAC", "is_default_option": True},
    ]
    tender = event("TEND", mandatory_voluntary="VOLU", options=options)
    election = {
        "record_type": "election", "election_id": "E", "corporate_action_event_id": "CA-1", "safekeeping_account": "ACC-1",
        "option_number": "001", "quantity": tendered,
    }  # fmt: skip
    bought = trade("B", "BUY", holding, "2025-01-02", "10")
    result = calculate_document(document(account(), position(holding), bought, tender, election), explained=True)
    (row,) = result["entitlements"]
    assert (row["debited_quantity"], row["gross_amount"]) == (accepted, f"{25 * int(accepted)}.00")
    assert [(sale["quantity"], sale["proceeds"]) for sale in result["realised"]] == [(accepted, row["gross_amount"])]
    said = {step["name"]: step["arithmetic"] for step in row["explanation"]}["accepted_quantity"]
    assert ("odd_lot_quantity" in said) == (accepted == tendered)


def test_the_payment_date_of_an_event_is_told_as_it_is_paid():
    calendar = {
        "country": "US", "country_default": True, "timezone": "America/New_York", "weekend": [5, 6], "valid_from": "2026-01-01",
        "valid_to": "2026-12-31", "holidays": ["2026-04-06"], "settlement_cycles": [{"valid_from": "2024-05-28", "valid_to": None, "days": 1}],
        "large_distribution": {"threshold_percent": "25", "ex_date": "NEXT_DAY_AFTER_PAYMENT"}, "source": "test",
    }  # fmt: skip
    made = document(account(), position("10"), event(payment_date="2026-04-04"))
    made["rules"]["market_calendars"] = {"schema_version": 1, "version": "c", "calendars": {"XNYS": calendar}}
    result = calculate_document(made)
    assert result["corporate_actions"][0]["payment_date"] == result["entitlements"][0]["payment_date"] == "2026-04-07"
