"""What a refused transfer says, whole: the code, the field, what is wrong with it, and how many units are missing."""

import pytest

from domain.calculation import calculate_document
from tests.unit.domain.facts import APPLE, account, document
from tests.unit.domain.test_transfers import BOUGHT, transfer

THERE = {
    "lot_id": "B1/T1", "safekeeping_account": "ACC-2", "isin": APPLE, "acquisition_date": "2024-01-11", "quantity": "1",
    "cost_basis": "9.00", "currency": "USD",
}  # fmt: skip
NOT_COVERED = "is under UK_SHARE_MATCHING, which does not cover transfers: the lots stay where they are"
TWO_CURRENCIES = "the lots are in EUR and USD: transfer those of one currency at a time, by lots"


@pytest.mark.parametrize(
    ("accounts", "made", "reason", "field", "detail", "short_by"),
    [
        ({}, transfer("161"), "insufficient_lots", "quantity", f"the open lots of {APPLE} are short by 1", "1"),
        ({}, transfer("7", "T2", lots=[{"lot_id": "B9", "quantity": "7"}]), "insufficient_lots", "quantity",
         f"the open lots of {APPLE} are short by 7: lot B9 has 0 of 7", "7"),
        ({}, transfer("30"), "duplicate_lot_id", "transfer_id", "ACC-2 has a lot B1/T1 already", None),
        ({"relief_method": "AVERAGE"}, transfer("60", "T2"), "currency_mismatch", "lots", TWO_CURRENCIES, None),
        ({}, transfer("160", "T2", new_cost_basis="9"), "currency_mismatch", "lots", TWO_CURRENCIES, None),
        ({"lot_regime": "UK_SHARE_MATCHING"}, transfer(), "lots_not_adjusted", "lot_regime", f"ACC-1 {NOT_COVERED}", None),
    ],
)  # fmt: skip
def test_a_refused_transfer_says_what_is_wrong_and_moves_nothing(accounts, made, reason, field, detail, short_by):
    result = calculate_document(document(account(**accounts), account("ACC-2"), *BOUGHT, made) | {"lots": [THERE]})
    (row,) = result["rejected"]
    assert [row[name] for name in ("record", "record_id", "reason", "field", "detail")] == [
        "transfer", made["transfer_id"], reason, field, detail,
    ]  # fmt: skip
    assert row.get("short_by") == short_by
    assert [lot["lot_id"] for lot in result["tax_lots"]] == ["B1", "B2", "B3", "B1/T1"]


def test_the_regime_of_the_receiver_refuses_a_transfer_too():
    other = account("ACC-2", lot_regime="UK_SHARE_MATCHING")
    (row,) = calculate_document(document(account(), other, *BOUGHT, transfer()))["rejected"]
    assert row["detail"] == f"ACC-2 {NOT_COVERED}"


def test_lots_of_one_basis_each_may_be_of_two_currencies():
    result = calculate_document(document(account(), account("ACC-2"), *BOUGHT, transfer("160")))
    moved = {lot["lot_id"]: lot["cost_basis"] for lot in result["tax_lots"] if lot["safekeeping_account"] == "ACC-2"}
    assert moved == {"B1/T1": "1000.00", "B2/T1": "1000.00", "B3/T1": "200.00"}
