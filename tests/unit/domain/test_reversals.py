"""Reversals in `calculate`: what was cancelled, withdrawn, or replaced after it was paid."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calculation import calculate_document
from domain.case.reversals import reversed_result
from domain.records import parse_record
from domain.records.security import standing_payments
from tests.unit.domain.facts import APPLE, account, document, event, position, rate
from tests.worked_cases import WORKED

WORKED_EXAMPLES = sorted(WORKED.glob("*.json"))

RATE = rate(
    "US-GB",
    "30",
    "15",
    second_level_tax_rate="1.5",
    components=[{"name": "a", "rate": "20"}, {"name": "b", "rate": "10"}],
)


def calculate(*records, **parts):
    return calculate_document(document(account(), position("1000"), *records, rows=(RATE,), **parts))


def ended(function, version=2):
    return {
        "record_type": "corporate_action",
        "corporate_action_event_id": "CA-1",
        "version": version,
        "function": function,
    }


def replaced(version=2, per_unit="0.5"):
    return event(version=version, function="REPL", option={"gross_rate": per_unit, "currency": "USD"})


def paid(amount=None, option="001", **more):
    named = {"corporate_action_event_id": "CA-1", "safekeeping_account": "ACC-1", "option_number": option} | more
    return {"record_type": "confirmation", "posting_amount": amount} | named


def rows(result):
    return [(row["version"], row["gross_amount"], row["status"], row["is_reversal"]) for row in result["reversals"]]


@pytest.mark.parametrize("function", ["CANC", "WITH"])
def test_a_cancelled_or_withdrawn_event_reverses_its_greatest_standing_version_whole(function):
    result = calculate(event(), replaced(2), ended(function, 4))
    assert (result["entitlements"], rows(result)) == ([], [(2, "-500.00", "REVERSED", True)])


def test_every_amount_and_quantity_is_negated_and_nothing_else():
    (standing,) = calculate(event())["entitlements"]
    (row,) = calculate(event(), ended("CANC"))["reversals"]
    amounts = {name for name in standing if name.endswith(("_amount", "_quantity")) and standing[name] is not None}
    assert {"gross_amount", "second_level_tax_amount", "payment_amount", "eligible_quantity"} <= amounts
    for name in amounts:
        assert Decimal(row[name]) == -Decimal(standing[name])
        assert not row[name].startswith("-0") or Decimal(row[name])
    assert [part["amount"] for part in row["components"]] == [f"-{part['amount']}" for part in standing["components"]]
    own = {*amounts, "components", "status", "is_reversal"}
    assert {name: row[name] for name in row if name not in own} == {
        name: standing[name] for name in standing if name not in own
    }


def test_a_quantity_ratio_and_further_movements_are_negated_too():
    made = {
        "quantity_ratio": {"numerator": "1", "denominator": "3"},
        "securities_movements": [{"entitled_quantity": "2", "isin": "X"}],
    }
    assert reversed_result(made | {"rates": ["1"], "gross_amount": "0.00", "components": [{"amount": "1.50"}]}) == {
        "components": [{"amount": "-1.50"}],
        "quantity_ratio": {"numerator": "-1", "denominator": "3"}, "securities_movements": [{"entitled_quantity": "-2", "isin": "X"}],
        "rates": ["1"], "gross_amount": "0.00",
    }  # fmt: skip


def test_an_announcement_after_a_cancellation_stands_beside_the_reversal():
    result = calculate(event(), ended("CANC"), replaced(3))
    assert ([row["version"] for row in result["entitlements"]], rows(result)) == (
        [3],
        [(1, "-250.00", "REVERSED", True)],
    )


@pytest.mark.parametrize("later", [[], [replaced(4, "1")]], ids=["nothing", "an announcement"])
def test_what_a_replaced_version_paid_is_reversed_whatever_follows_a_cancellation(later):
    result = calculate(event(), replaced(2), ended("WITH", 3), *later, paid("208.75", version=1))
    assert [row["gross_amount"] for row in result["reversals"]] == ["-500.00", "-250.00"]


@pytest.mark.parametrize(
    ("confirmation", "status"),
    [
        (paid("1.00", version=3), "CONFIRMED"),
        (paid("417.50"), "CONFIRMED"),
        (paid("1.00", version=1), "EXPECTED"),
        (paid("1.00"), "EXPECTED"),
    ],
)
def test_what_is_paid_of_an_announcement_after_a_cancellation_is_what_names_it_or_its_amount(confirmation, status):
    result = calculate(event(), ended("CANC"), replaced(3), confirmation)
    assert ([row["payment_status"] for row in result["entitlements"]], len(result["reversals"])) == ([status], 1)


@pytest.mark.parametrize(
    ("confirmations", "versions", "expected", "status"),
    [
        ([], ["0.5"], [], "EXPECTED"),
        ([paid()], ["0.5"], ["-250.00"], "EXPECTED"),
        ([paid()], ["0.25"], ["-250.00"], "CONFIRMED"),
        ([paid("1.00", version=1)], ["0.25"], ["-250.00"], "CONFIRMED"),
        ([paid("208.75", version=1)], ["0.25", "0.25"], ["-250.00", "-250.00"], "CONFIRMED"),
        ([paid("1.00", version=1), paid("2.00", version=2, payment_reference="P2")], ["0.5"], ["-250.00"], "CONFIRMED"),
        ([paid("1.00", version=3)], ["0.5"], [], "EXPECTED"),
        ([paid("1.00", version=2)], [], [], "EXPECTED"),
        ([paid("208.75", version=2)], [], [], "CONFIRMED"),
        ([paid("208.75")], ["0.5"], ["-250.00"], "EXPECTED"),
        ([paid("417.50")], ["0.5"], [], "CONFIRMED"),
        ([paid("1.00")], ["0.5"], ["-250.00"], "EXPECTED"),
        ([paid("1.00", version=1)], ["0.5"], ["-250.00"], "EXPECTED"),
        ([paid("1.00", version=2)], ["0.5"], [], "CONFIRMED"),
        ([paid("1.00", version=1)], ["0.5", "1"], ["-250.00"], "EXPECTED"),
        ([paid()], ["0.5", "1"], ["-500.00"], "EXPECTED"),
        ([paid("208.75")], ["0.5", "1"], ["-250.00"], "EXPECTED"),
        ([paid(option="002")], ["0.5"], [], "EXPECTED"),
    ],
)
def test_what_a_replaced_version_paid_is_reversed_whatever_the_present_one_gives(
    confirmations, versions, expected, status
):
    later = [replaced(number, per_unit) for number, per_unit in enumerate(versions, 2)]
    result = calculate(event(), *later, *confirmations)
    (row,) = result["entitlements"]
    assert ([each["gross_amount"] for each in result["reversals"]], row["payment_status"]) == (expected, status)


def test_an_option_that_a_paid_version_had_and_the_present_one_has_not_is_reversed():
    other = replaced() | {"options": [event()["options"][0] | {"option_number": "002"}]}
    assert rows(calculate(event(), other, paid())) == [(1, "-250.00", "REVERSED", True)]


def test_a_version_that_could_not_be_calculated_has_nothing_to_reverse():
    assert rows(calculate(event(option={"currency": "USD"}), ended("CANC"))) == []
    assert rows(calculate(ended("CANC"))) == []
    assert rows(calculate(event(), ended("CANC"), as_of="2026-03-16")) == []


@given(
    st.permutations(
        [event(), replaced(2), replaced(3, "0.1"), ended("CANC", 4), paid(), event(version=5, function="NEWM")]
    )
)
def test_any_order_of_arrival_reverses_the_same(records):
    assert rows(calculate(*records)) == [(3, "-100.00", "REVERSED", True)]


def without_events(case):
    """The case's document, and the same where no event of it was ever announced (nor elected for, nor paid)."""
    document = json.loads(case.read_text(encoding="utf-8"))["document"]
    of_events = ("corporate_actions", "elections", "election_releases", "confirmations")
    return document, {part: rows for part, rows in document.items() if part not in of_events}


def lots_of(result):
    lots = [lot for lot in result["tax_lots"] if lot["quantity"] != "0"]
    return [sorted(json.dumps(row, sort_keys=True) for row in each) for each in (lots, result["realised"])]


@pytest.mark.parametrize("case", WORKED_EXAMPLES, ids=lambda path: path.stem)
def test_cancelling_every_event_restores_lots_exactly_and_takes_back_every_figure(case):
    document, never_announced = without_events(case)
    events = {each["corporate_action_event_id"] for each in document.get("corporate_actions", ())}
    ended = [{"corporate_action_event_id": each, "version": 99, "function": "CANC"} for each in sorted(events)]
    standing = calculate_document(document)["entitlements"]
    cancelled = calculate_document(document | {"corporate_actions": [*document.get("corporate_actions", ()), *ended]})
    assert lots_of(cancelled) == lots_of(calculate_document(never_announced))
    assert cancelled["entitlements"] == []
    identity = ("corporate_action_event_id", "safekeeping_account", "option_number")
    taken_back = {tuple(row[name] for name in identity): row for row in cancelled["reversals"]}
    for row in standing:
        back = taken_back[tuple(row[name] for name in identity)]
        figures = [name for name in row if name.endswith(("_amount", "_quantity")) and row[name] is not None]
        assert {name: Decimal(row[name]) + Decimal(back[name]) for name in figures} == dict.fromkeys(figures, 0)


def taken_back(of, amount, reference="R", **more):
    return paid(amount, payment_reference=reference, reversed_reference=of, **more)


@pytest.mark.parametrize(
    ("confirmations", "status"),
    [
        ([paid("212.50", payment_reference="P"), taken_back("P", "-212.50")], "EXPECTED"),
        ([paid("212.50"), taken_back("P", "-212.50")], "EXPECTED"),
        ([taken_back("P", "-212.50")], "EXPECTED"),
        ([paid("212.50", payment_reference="P"), taken_back("P", "-12.50")], "CONFIRMED"),
        ([paid("212.50", payment_reference="P"), taken_back("P", "-212.50"), paid("212.50", payment_reference="Q")], "CONFIRMED"),
    ],
    ids=["whole", "of a payment without reference", "before its payment", "in part", "paid anew"],
)  # fmt: skip
def test_a_payment_that_a_reversal_takes_back_is_expected_again(confirmations, status):
    for order in (confirmations, confirmations[::-1]):
        (row,) = calculate(event(), *order)["entitlements"]
        assert row["payment_status"] == status


def test_what_was_taken_back_before_the_replacement_is_no_payment_that_it_reverses():
    payments = [paid("212.50", payment_reference="P", version=1), taken_back("P", "-212.50")]
    assert rows(calculate(event(), replaced(2), payments[0])) == [(1, "-250.00", "REVERSED", True)]
    assert rows(calculate(event(), replaced(2), *payments)) == []


def test_one_leg_of_a_payment_is_taken_back_and_the_other_stands():
    both = paid("1.00", payment_reference="P", currency="USD", isin=APPLE, posting_quantity="10")
    cash, securities = taken_back("P", "-1.00", "R1", currency="USD"), taken_back("P", None, "R2", isin=APPLE, posting_quantity="-10")  # fmt: skip
    records = [parse_record(raw)[0] for raw in (both, cash, securities)]
    assert standing_payments(records[:2]) == records[:2]
    assert standing_payments(records) == []


def test_a_reversal_without_a_reference_of_its_own_is_another_record_than_its_payment():
    identities = [parse_record(raw)[0].identity for raw in (paid("1"), taken_back("P", "-1", ""))]
    assert identities == ["CA-1/ACC-1/001", "CA-1/ACC-1/001/reversal of P"]
