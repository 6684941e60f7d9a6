"""`reconcile`: reports of a day added up."""

from typing import Any

from harness.cli.reconcile import summarise


def report(account: str, code: str, values: dict[str, dict[str, str]]) -> dict[str, Any]:
    broken = {"code": code, "key": "K"}
    totals = {"compared": 3, "matched": 2, "breaks": 1, "values": values}
    return {"safekeeping_account": account, "breaks": [broken], "control_totals": totals}


def sides(ours: str, theirs: str, difference: str) -> dict[str, str]:
    return {"ours": ours, "theirs": theirs, "difference": difference}


def test_control_totals_are_added_up_by_unit_and_stay_exact() -> None:
    long = "0.000000000001"
    reports = [
        report("B", "AMOUNT", {"USD": sides("21.25", "20.00", "-1.25"), "units": sides("1" + "0" * 30, "0", long)}),
        report("A", "AMOUNT", {"USD": sides("0.75", "1.00", "0.25")}),
    ]
    summary = summarise("2026-03-16", reports)
    assert summary["control_totals"] == {
        "compared": 6,
        "matched": 4,
        "breaks": 2,
        "values": {"USD": sides("22.00", "21.00", "-1.00"), "units": sides("1" + "0" * 30, "0", long)},
    }
    assert summary["breaks_by_code"] == {"AMOUNT": 2}
    assert [each["safekeeping_account"] for each in summary["breaks"]] == ["A", "B"]
