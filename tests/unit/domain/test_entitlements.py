from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calculation import calculate_document
from domain.numbers.money import MINOR_UNITS
from tests.unit.domain.facts import SAP, TOYOTA, account, document, event, position, rate


def only(result):
    assert result["rejected"] == []
    (row,) = result["entitlements"]
    return row


def figures(row, *names):
    return [row[name] for name in names]


def test_treaty_relief_at_source_is_given_to_a_documented_holder():
    row = only(calculate_document(document(account(), position("1000"), event())))
    names = ("gross_amount", "withholding_tax_rate", "withholding_tax_amount", "net_amount", "tax_reclaim_amount")
    assert figures(row, *names) == ["250.00", "15", "37.50", "212.50", "0.00"]


@pytest.mark.parametrize("status", ["expired", "pending", "none"])
def test_without_valid_documents_the_statutory_rate_is_withheld_and_the_difference_reclaimable(status):
    row = only(calculate_document(document(account(documentation_status=status), position("1000"), event())))
    assert figures(row, "withholding_tax_amount", "tax_reclaim_amount", "net_amount") == ["75.00", "37.50", "175.00"]


def test_documents_are_judged_on_the_payment_date():
    last_day = document(account(documentation_expiry="2026-03-27"), position("1000"), event())
    day_before = document(account(documentation_expiry="2026-03-26"), position("1000"), event())
    assert only(calculate_document(last_day))["withholding_tax_rate"] == "15"
    assert only(calculate_document(day_before))["withholding_tax_rate"] == "30"


def test_without_a_treaty_rate_nothing_can_be_reclaimed():
    row = only(calculate_document(document(account(), position("1000"), event(), rows=(rate("R", "30"),))))
    assert figures(row, "withholding_tax_amount", "tax_reclaim_amount") == ["75.00", "0"]


def test_the_last_component_takes_the_rounding_of_the_german_solidarity_surcharge():
    components = [{"name": "income_tax", "rate": "25"}, {"name": "solidarity_surcharge", "rate": "1.375"}]
    row_de = rate("DE", "26.375", "15", source_country="DE", tax_relief_method="STANDARD_REFUND", components=components)
    dividend = event(option={"gross_rate": "2.35", "currency": "EUR"}, isin=SAP, source_country="DE")
    row = only(calculate_document(document(account(), position("133", isin=SAP), dividend, rows=(row_de,))))
    assert figures(row, "gross_amount", "withholding_tax_amount", "tax_reclaim_amount") == ["312.55", "82.44", "35.56"]
    assert [part["amount"] for part in row["components"]] == ["78.14", "4.30"]


def test_yen_have_no_minor_unit():
    dividend = event(option={"gross_rate": "45", "currency": "JPY"}, isin=TOYOTA, source_country="JP")
    tax = rate("JP", "15.315", "10", source_country="JP")
    row = only(calculate_document(document(account(), position("7", isin=TOYOTA), dividend, rows=(tax,))))
    assert figures(row, "gross_amount", "withholding_tax_amount", "net_amount") == ["315", "32", "283"]


@pytest.mark.parametrize("order", [1, -1])
def test_eligible_is_each_places_own_latest_statement_up_to_record_date(order):
    records = (
        position("100", "2025-12-01", safekeeping_place="PLACE-1"),
        position("40", "2026-03-16", safekeeping_place="PLACE-2"),
        position("999", "2026-03-17", safekeeping_place="PLACE-1"),
        position("7", "2026-03-01", safekeeping_place="PLACE-2"),
    )
    assert only(calculate_document(document(account(), event(), *records[::order])))["eligible_quantity"] == "140"


@pytest.mark.parametrize(
    ("exchange_rate", "paid"),
    [
        ({"unit_currency": "USD", "quoted_currency": "EUR", "rate": "0.8"}, ["EUR", "170.00"]),
        ({"unit_currency": "EUR", "quoted_currency": "USD", "rate": "1.25"}, ["EUR", "170.00"]),
        ({"unit_currency": "USD", "quoted_currency": "JPY", "rate": "150"}, ["USD", None]),
        (None, ["USD", None]),
    ],
)
def test_payment_is_in_the_accounts_currency_only_where_a_rate_leads_to_it(exchange_rate, paid):
    terms = {"gross_rate": "0.25", "currency": "USD"} | ({"exchange_rate": exchange_rate} if exchange_rate else {})
    records = (account(payment_currency="EUR"), position("1000"), event(option=terms))
    assert figures(only(calculate_document(document(*records))), "payment_currency", "payment_amount") == paid


def test_amounts_beyond_28_digits_are_exact_to_the_minor_unit():
    huge = "9" * 30
    records = (account(), position(huge), event(option={"gross_rate": "1.01", "currency": "USD"}))
    row = only(calculate_document(document(*records)))
    gross, tax, net = (Fraction(row[name]) for name in ("gross_amount", "withholding_tax_amount", "net_amount"))
    assert (gross, net) == (Fraction(huge) * Fraction("1.01"), gross - tax)


def test_zero_eligible_gives_no_entitlement():
    result = calculate_document(document(account(), position("0"), event()))
    assert (result["entitlements"], result["rejected"]) == ([], [])


def rejection(result):
    assert result["entitlements"] == []
    (entry,) = result["rejected"]
    return entry["reason"], entry["record_id"], entry["field"]


def test_an_unknown_account_is_held_by_name():
    result = calculate_document(document(position("1000"), event()))
    assert rejection(result) == ("unknown_account", "CA-1", "safekeeping_account")


def test_a_missing_rate_is_held_and_never_guessed():
    result = calculate_document(document(account(residence="FR"), position("1000"), event()))
    assert rejection(result) == ("no_rate", "CA-1", "rules.withholding_rates")


def test_without_rules_what_needs_none_is_calculated_all_the_same():
    split = event("SPLF", {"new_to_old": {"numerator": "4", "denominator": "1"}}, corporate_action_event_id="CA-2")
    result = calculate_document(document(account(), position("10"), event(), split) | {"rules": {}})
    assert [row["corporate_action_event_id"] for row in result["entitlements"]] == ["CA-2"]
    assert [entry["reason"] for entry in result["rejected"]] == ["no_rules"]


def test_an_exact_residence_goes_before_any_and_then_an_exact_owner():
    rows = (
        rate("any", "30", residence="*"),
        rate("any-pension", "1", residence="*", beneficial_owner="pension_fund"),
        rate("gb", "20"),
        rate("gb-pension", "5", beneficial_owner="pension_fund"),
    )
    for owner, expected in (("pension_fund", "5"), ("government", "20")):
        row = only(calculate_document(document(account(beneficial_owner=owner), position("1"), event(), rows=rows)))
        assert row["withholding_tax_rate"] == expected


def test_an_exact_residence_goes_before_an_exact_owner():
    rows = (rate("any-pension", "1", residence="*", beneficial_owner="pension_fund"), rate("gb", "20"))
    result = document(account(beneficial_owner="pension_fund"), position("1"), event(), rows=rows)
    assert only(calculate_document(result))["withholding_tax_rate"] == "20"


def test_two_rows_that_match_equally_make_the_document_invalid():
    rows = (rate("A", "30"), rate("B", "15", valid_from="2020-01-01"))
    result = calculate_document(document(account(), position("1"), event(), rows=rows))
    assert [entry["reason"] for entry in result["rejected"]] == ["equal_rates", "no_rules"]
    assert "A and B match equally on 2020-01-01" in result["rejected"][0]["detail"]


RATIO = {"numerator": "3", "denominator": "2"}


@pytest.mark.parametrize(
    ("disposition", "credited", "cash"),
    [
        ("CINL", "16", "5.00"),
        ("RDUP", "17", "0.00"),
        ("RDDN", "16", "0.00"),
        ("STAN", "17", "0.00"),
        ("DIST", "16.5", "0.00"),
        ("BUYU", "17", "-5.00"),
    ],
)
def test_a_fraction_of_one_half_is_disposed_of_by_its_code(disposition, credited, cash):
    option = {"new_to_old": RATIO, "fraction_disposition": disposition, "cash_in_lieu_price": "10", "currency": "USD"}
    row = only(calculate_document(document(account(), position("11"), event("SPLF", option))))
    assert figures(row, "entitled_quantity", "cash_in_lieu_amount", "fraction_quantity") == [credited, cash, "0.5"]


def test_new_to_old_debits_the_old_securities_and_additional_for_existing_does_not():
    ratio = {"numerator": "2", "denominator": "1"}
    new = only(calculate_document(document(account(), position("10"), event("SPLF", {"new_to_old": ratio}))))
    more = only(
        calculate_document(document(account(), position("10"), event("BONU", {"additional_for_existing": ratio})))
    )
    assert figures(new, "entitled_quantity", "debited_quantity") == ["20", "10"]
    assert figures(more, "entitled_quantity", "debited_quantity") == ["20", "0"]


def test_a_quantity_without_finite_decimals_keeps_its_ratio():
    option = {"new_to_old": {"numerator": "1", "denominator": "3"}, "fraction_disposition": "DIST"}
    row = only(calculate_document(document(account(), position("10"), event("SPLR", option))))
    assert row["entitled_quantity"] == "3.333333333333"
    assert row["quantity_ratio"] == {"numerator": "10", "denominator": "3"}


def test_a_higher_version_wins_even_when_it_arrives_first():
    second = event(version=2, function="REPL", option={"gross_rate": "0.30", "currency": "USD"})
    row = only(calculate_document(document(account(), position("1000"), second, event())))
    assert figures(row, "version", "gross_amount") == [2, "300.00"]


def test_a_cancelled_event_entitles_nobody():
    cancelled = {
        "record_type": "corporate_action",
        "corporate_action_event_id": "CA-1",
        "version": 2,
        "function": "CANC",
    }
    assert calculate_document(document(account(), position("1"), event(), cancelled))["entitlements"] == []


def test_a_late_election_does_not_count_and_an_unreleased_one_neither():
    option = {"gross_rate": "1", "currency": "USD", "option_type": "CASH"}
    options = [
        {"option_number": "001", "is_default_option": True} | option,
        {"option_number": "002", "is_default_option": False} | option,
    ]
    choice = event(mandatory_voluntary="CHOS", response_deadline="2026-03-10T17:00:00Z", options=options)
    election = {"record_type": "election", "corporate_action_event_id": "CA-1", "safekeeping_account": "ACC-1"}
    late = election | {
        "election_id": "L",
        "option_number": "002",
        "quantity": "5",
        "received_at": "2026-03-10T17:00:01Z",
    }
    alone = election | {"election_id": "U", "option_number": "002", "quantity": "5", "entered_by": "ann"}
    on_time = election | {
        "election_id": "T",
        "option_number": "002",
        "quantity": "40",
        "received_at": "2026-03-10T17:00:00Z",
    }
    result = calculate_document(document(account(), position("100"), choice, late, alone, on_time))
    assert {row["option_number"]: row["eligible_quantity"] for row in result["entitlements"]} == {
        "001": "60",
        "002": "40",
    }


quantities = st.decimals(min_value=0, max_value=10**9, places=6)
percentages = st.decimals(min_value=0, max_value=100, places=4)


@given(quantities, quantities, percentages, percentages, st.sampled_from(sorted(MINOR_UNITS)))
def test_gross_is_net_plus_taxes_to_the_minor_unit_in_every_currency(quantity, per_unit, statutory, treaty, currency):
    dividend = event(option={"gross_rate": str(per_unit), "currency": currency})
    rows = (rate("R", str(statutory), str(treaty), second_level_tax_rate="1.5"),)
    for row in calculate_document(document(account(), position(str(quantity)), dividend, rows=rows))["entitlements"]:
        gross, tax, second, net = (
            Decimal(row[name])
            for name in ("gross_amount", "withholding_tax_amount", "second_level_tax_amount", "net_amount")
        )
        unit = Fraction(1, 10 ** MINOR_UNITS[currency])
        assert gross == net + tax + second
        assert abs(Fraction(gross) - Fraction(quantity) * Fraction(per_unit)) <= unit / 2
        assert abs(Fraction(tax) - Fraction(gross) * Fraction(treaty) / 100) <= unit / 2


@given(
    st.permutations(
        [position("10"), position("30", sequence=2), position("20", sequence=1), position("30", sequence=2)]
    ),
    st.data(),
)
def test_any_arrival_order_and_duplication_gives_the_same_entitlements(positions, data):
    records = data.draw(st.permutations([account(), event(), event(version=2, function="REPL"), *positions]))
    row = only(calculate_document(document(*records)))
    assert figures(row, "eligible_quantity", "version", "net_amount") == ["30", 2, "6.37"]
