"""Transformations of pending trades, buyer protection, and what a trade record may say of its settlement."""

import pytest

from domain.records import RecordError, parse_record
from tests.unit.domain.facts import APPLE, SAP, account, event, position, trade
from tests.unit.domain.test_market_claims import calculate, dealt, reasons

SPLIT = {"new_to_old": {"numerator": "3", "denominator": "2"}}
PENDING = ("2026-03-13", "2026-03-17")


def transformed(*records):
    return [
        (each["quantity"], each["fraction_quantity"], each["cash_in_lieu_amount"])
        for each in calculate(*records)["transformations"]
    ]


@pytest.mark.parametrize("side", ["BUY", "SELL"])
def test_a_pending_trade_in_a_split_security_becomes_one_in_the_new_terms_for_the_same_amount(side):
    priced = {"fraction_disposition": "CINL", "cash_in_lieu_price": "8", "currency": "USD"}
    one = dealt(side, *PENDING) | {"quantity": "33"}
    result = calculate(event("SPLF", SPLIT | priced | {"isin_out": SAP}), one)
    assert result["market_claims"] == []
    assert result["transformations"] == [
        {
            "trade_id": "T", "corporate_action_event_id": "CA-1", "version": 1, "option_number": "001", "safekeeping_account": "ACC-1",
            "side": side, "isin": APPLE, "isin_out": SAP, "old_quantity": "33", "quantity": "49", "quantity_ratio": None, "securities_movements": [],
            "fraction_quantity": "0.5", "settlement_amount": "330.00", "settlement_currency": "USD", "cash_amount": "0.00",
            "cash_in_lieu_amount": "4.00", "currency": "USD",
        }
    ]  # fmt: skip


def test_a_transformation_keeps_what_is_paid_on_settlement_with_accrued_interest():
    whole = {"quantity_type": "FAMT", "accrued_interest": "1.25"}
    priced = dealt("BUY", *PENDING) | whole | {"price": "98.5", "price_type": "PRCT", "quantity": "33"}
    paid = dealt("BUY", *PENDING) | whole | {"settlement_amount": "33.75", "quantity": "33"}
    for dealt_so, amount in ((priced, "33.76"), (paid, "33.75")):  # 33 x 98.5 % = 32.505, + 1.25
        (row,) = calculate(event("SPLF", SPLIT | {"isin_out": SAP}), dealt_so)["transformations"]
        assert row["settlement_amount"] == amount


@pytest.mark.parametrize(
    ("on", "settled", "changes", "count"),
    [
        (*PENDING, {}, 1),
        (*PENDING, {"trade_transaction_conditions": "NOMC"}, 1),
        (*PENDING, {"matching_status": "NMAT"}, 0),
        (*PENDING, {"trade_transaction_conditions": "XCPN"}, 0),
        (*PENDING, {"effective_settlement_date": "2026-03-16"}, 0),
        ("2026-03-13", "2026-03-16", {}, 0),
        ("2026-03-13", "2026-03-16", {"effective_settlement_date": "2026-03-18"}, 1),
        ("2026-03-16", "2026-03-17", {}, 0),
        ("2026-03-13", "2026-04-15", {}, 0),
        (*PENDING, {"isin": SAP}, 0),
    ],
)
def test_matched_cum_trades_unsettled_at_the_end_of_the_day_are_transformed(on, settled, changes, count):
    for dates in ({}, {"record_date": None, "ex_date": None, "effective_date": "2026-03-16"}):
        assert len(transformed(event("SPLR", SPLIT, **dates), dealt("BUY", on, settled, **changes))) == count


@pytest.mark.parametrize("side", ["BUY", "SELL"])
def test_a_pending_trade_follows_a_change_of_the_isin_and_one_in_what_became_worthless_stays(side):
    (row,) = calculate(event("CHAN", {"isin_out": SAP}), dealt(side, *PENDING) | {"quantity": "33"})["transformations"]
    assert (row["isin_out"], row["quantity"], row["old_quantity"]) == (SAP, "33", "33")
    ended = calculate(event("WRTH", {"option_type": "LAPS"}), dealt(side, *PENDING))
    assert (ended["transformations"], ended["market_claims"]) == ([], [])


def test_bonus_shares_are_claimed_and_transform_nothing():
    assert transformed(event("BONU", {"additional_for_existing": SPLIT["new_to_old"]}), dealt("BUY", *PENDING)) == []


def choice(kind="CHOS", **changes):
    options = [
        {"option_number": number, "option_type": "CASH", "is_default_option": number == "001", "gross_rate": each, "currency": "USD"}
        for number, each in (("001", "1"), ("002", "2"))
    ]  # fmt: skip
    return event("DVSE", mandatory_voluntary=kind, response_deadline="2026-03-20T17:00:00Z", options=options) | changes


def elect(option, quantity, election_id="E", **changes):
    return {
        "record_type": "election", "election_id": election_id, "corporate_action_event_id": "CA-1", "safekeeping_account": "ACC-1",
        "option_number": option, "quantity": quantity,
    } | changes  # fmt: skip


LATE = ("2026-03-13", "2026-03-24")


def protected(*records):
    result = calculate(account(), *records)
    rows = [(each["trade_id"], each["option_number"], each["quantity"]) for each in result["buyer_protections"]]
    return rows, {row["option_number"]: row["eligible_quantity"] for row in result["entitlements"]}, reasons(result)


def test_an_election_beyond_the_holding_is_for_the_purchases_that_wait_for_delivery():
    rows, held, rejected = protected(position("50"), choice(), dealt("BUY", *LATE), elect("002", "120"))
    assert (rows, held, rejected) == ([("T", "002", "70"), ("T", None, "30")], {"002": "50"}, [])


def test_a_protected_purchase_says_whose_it_is_and_of_what():
    result = calculate(account(), position("50"), choice(), dealt("BUY", *LATE), elect("002", "150"))
    assert result["buyer_protections"] == [
        {
            "trade_id": "T", "corporate_action_event_id": "CA-1", "version": 1, "safekeeping_account": "ACC-1", "isin": APPLE,
            "option_number": "002", "quantity": "100",
        }
    ]  # fmt: skip


def test_what_exceeds_holding_and_purchases_is_an_over_instruction():
    rows, held, rejected = protected(position("50"), choice(), dealt("BUY", *LATE), elect("002", "151"))
    assert (rows, held, rejected) == ([("T", "002", "100")], {}, [("over_instruction", "quantity")])


def test_elections_fill_the_holding_in_the_order_received_and_trades_in_the_order_dealt():
    first = elect("001", "60", "Z", received_at="2026-03-18T09:00:00Z")
    second = elect("002", "90", "A", received_at="2026-03-18T10:00:00Z")
    older = trade("X", "BUY", "40", "2026-03-12", settlement_date="2026-03-24")
    rows, held, _ = protected(position("50"), choice(), second, first, dealt("BUY", *LATE), older)
    assert rows == [("X", "001", "10"), ("X", "002", "30"), ("T", "002", "60"), ("T", None, "40")]
    assert held == {"001": "50"}


def test_several_elections_use_up_what_waits_only_once():
    rows, held, rejected = protected(
        position("50"), choice(), dealt("BUY", *LATE), elect("001", "120", "A"), elect("002", "40", "B")
    )
    assert (rows, held, rejected) == (
        [("T", "001", "70"), ("T", "002", "30")], {}, [("over_instruction", "quantity")])  # fmt: skip


def test_who_holds_nothing_yet_is_protected_too():
    assert protected(choice("VOLU"), dealt("BUY", *LATE), elect("001", "100"))[0] == [("T", "001", "100")]


@pytest.mark.parametrize(
    ("kind", "on", "settled", "changes", "count"),
    [
        ("CHOS", *LATE, {}, 1),
        ("VOLU", *LATE, {}, 1),
        ("MAND", *LATE, {}, 0),
        ("CHOS", *LATE, {"side": "SELL"}, 0),
        ("CHOS", *LATE, {"matching_status": "NMAT"}, 0),
        ("CHOS", *LATE, {"trade_transaction_conditions": "NOMC"}, 0),
        ("CHOS", *LATE, {"trade_transaction_conditions": "XCPN"}, 0),
        ("CHOS", *LATE, {"isin": SAP}, 0),
        ("CHOS", "2026-03-13", "2026-03-20", {}, 0),
        ("CHOS", "2026-03-13", "2026-03-20", {"effective_settlement_date": "2026-03-23"}, 1),
        ("CHOS", "2026-03-13", "2026-04-20", {}, 1),
        ("CHOS", "2026-03-13", "2026-04-21", {}, 0),
        ("CHOS", "2026-03-16", "2026-03-24", {}, 0),
        ("CHOS", "2026-03-20", "2026-03-24", {"trade_transaction_conditions": "CCPN"}, 1),
        ("CHOS", "2026-03-21", "2026-03-24", {"trade_transaction_conditions": "CCPN"}, 0),
    ],
)
def test_matched_purchases_dealt_in_time_and_pending_across_the_deadline_are_protected(
    kind, on, settled, changes, count
):
    assert len(protected(position("50"), choice(kind), dealt("BUY", on, settled) | changes)[0]) == count


def test_a_protect_date_goes_before_the_deadline_and_without_either_nobody_is_protected():
    one = dealt("BUY", "2026-03-13", "2026-03-20")
    assert protected(choice(protect_date="2026-03-19"), one)[0] == [("T", None, "100")]
    assert protected(choice(protect_date="2026-03-12"), dealt("BUY", *LATE))[0] == []
    assert protected(choice(response_deadline=None), dealt("BUY", *LATE))[0] == []


def test_without_an_ex_date_who_did_not_deal_ex_is_protected():
    offer = choice("VOLU", record_date=None, ex_date=None, effective_date="2026-03-25")
    assert len(protected(offer, dealt("BUY", "2026-03-20", "2026-03-24"))[0]) == 1
    bare = choice("CHOS", ex_date=None) | {"source_country": "AQ"}
    assert len(protected(bare, dealt("BUY", "2026-03-20", "2026-03-24"))[0]) == 1
    assert protected(bare, dealt("BUY", "2026-03-20", "2026-03-24", trade_transaction_conditions="XCPN"))[0] == []


def test_an_election_that_does_not_count_or_is_not_announced_protects_nobody():
    late = elect("002", "120", received_at="2026-03-20T17:00:01Z")
    assert protected(position("50"), choice(), dealt("BUY", *LATE), late)[0] == [("T", None, "100")]
    rows, held, rejected = protected(position("50"), choice(), dealt("BUY", *LATE), elect("009", "120"))
    assert (rows, held, rejected) == ([("T", None, "100")], {}, [("unknown_option", "option_number")])


def test_lots_follow_the_holdings_part_of_an_election():
    bonus = [
        {
            "option_number": "001",
            "option_type": "CASH",
            "is_default_option": True,
            "gross_rate": "1",
            "currency": "USD",
        },
        {
            "option_number": "002",
            "option_type": "SECU",
            "additional_for_existing": {"numerator": "1", "denominator": "2"},
        },
    ]
    old = trade("OLD", "BUY", "50", "2025-01-02")
    result = calculate(account(), position("50"), old, choice(options=bonus), dealt("BUY", *LATE), elect("002", "120"))
    assert result["rejected"] == []
    assert {lot["lot_id"]: lot["quantity"] for lot in result["tax_lots"] if not lot["closed_at"]} == {
        "OLD/CA-1": "75",
        "T/CA-1": "150",
    }


def test_a_calendar_that_is_needed_and_missing_is_said_once():
    far = dealt("BUY", "2026-03-13", "2026-04-15")
    result = calculate(account(), position("50"), choice("VOLU"), far, elect("002", "1"), calendars=None)
    assert reasons(result) == [("claims_not_detected", "rules.market_calendars")]


@pytest.mark.parametrize(
    ("given", "kept"),
    [("xcpn", ["XCPN"]), (["NOMC", "CCPN", "NOMC"], ["CCPN", "NOMC"]), ([" cbns "], ["CBNS"]), ([], [])],
)
def test_conditions_are_one_code_or_a_list_and_normalised_alike(given, kept):
    record, normalised = parse_record(dealt("BUY", *LATE, trade_transaction_conditions=given))
    assert (list(record.trade_transaction_conditions), normalised["trade_transaction_conditions"]) == (kept, kept)


@pytest.mark.parametrize(
    ("changes", "reason", "field"),
    [
        ({"trade_transaction_conditions": ["CCPN", "XCPN"]}, "contradictory_conditions", "trade_transaction_conditions"),
        ({"trade_transaction_conditions": "EX"}, "invalid_code", "trade_transaction_conditions"),
        ({"trade_transaction_conditions": [None]}, "invalid_code", "trade_transaction_conditions"),
        ({"trade_transaction_conditions": {"a": 1}}, "invalid_code", "trade_transaction_conditions"),
        ({"matching_status": "MAYB"}, "unknown_matching_status", "matching_status"),
        ({"effective_settlement_date": "17.3.2026"}, "invalid_date", "effective_settlement_date"),
    ],
)  # fmt: skip
def test_settlement_details_that_cannot_be_read_are_refused_by_field(changes, reason, field):
    with pytest.raises(RecordError) as refused:
        parse_record(dealt("BUY", *LATE, **changes))
    assert (refused.value.reason, refused.value.field) == (reason, field)


def test_an_election_that_the_holding_covers_protects_none_of_a_purchase():
    covered, beyond = elect("001", "30", "A"), elect("002", "40", "B")
    rows, _, rejected = protected(position("50"), choice(), dealt("BUY", *LATE), covered, beyond)
    assert (rows, rejected) == ([("T", "002", "20"), ("T", None, "80")], [])


def test_a_claim_of_an_event_without_a_payment_date_has_none():
    bonus = event("BONU", {"additional_for_existing": SPLIT["new_to_old"]}, payment_date=None)
    assert [each["payment_date"] for each in calculate(bonus, dealt("BUY", *PENDING))["market_claims"]] == [None]


def test_a_claim_whose_ex_date_no_calendar_reaches_is_not_detected_and_says_which_days_it_has():
    far = event(ex_date=None, record_date="2027-03-16", payment_date="2027-03-27")
    told = [
        each
        for each in calculate(far, dealt("BUY", "2027-03-12", "2027-03-17"))["rejected"]
        if each["reason"] == "claims_not_detected"
    ]
    assert [(each["field"], each["detail"]) for each in told] == [
        ("ex_date", "trade T: 2027-03-16 is outside XNYS's calendar, 2026-01-01 to 2026-12-31")
    ]
