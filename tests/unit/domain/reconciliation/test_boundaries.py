"""Where a break begins: the last figures and days on which both sides agree, and the first on which they do not."""

import json
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from domain.reconciliation import STALE_AFTER_DAYS
from domain.rules import MarketCalendars
from tests.unit.domain.facts import APPLE, SAP
from tests.unit.domain.reconciliation.sides import DAY, breaks, causes, entitled, held, report_of, stated, traded

CALENDARS = Path(__file__).parents[4] / "rules" / "market_calendars.json"
INCONSISTENT, STALE = ("consistency", "INCONSISTENT_STATEMENT", None), ("statement", "STALE_STATEMENT", None)
UNKNOWN, UNEVEN = ("security", "UNKNOWN_SECURITY", None), ("holdings_consistency", "INCONSISTENT_STATEMENT", None)
OTHER = {"safekeeping_place": "OTHER"}
SPLIT = {"entitled_quantity": "100", "isin_out": APPLE}
MERGER = {"debited_quantity": "100", "entitled_quantity": "50", "isin_out": SAP, "payment_date": "2026-03-31"}
RIGHTS = {
    "event_type": "RHTS",
    "debited_quantity": "400",
    "entitled_quantity": "100",
    "isin_out": APPLE,
    "payment_date": "2026-03-31",
}


def lots(quantity, *positions, **parts):
    return {"lots": {APPLE: quantity}, "positions": positions, **parts}


def against(*positions, line=None, **parts):
    return {"positions": positions, "statements": [line or held()], **parts}


def due(as_of, **entitlement):
    return lots(200, stated(as_of=as_of), stated(as_of="2026-03-15"), entitlements=[entitled(**SPLIT, **entitlement)])


def settling(on):
    return against(stated("90", "2026-03-13"), trades=[traded("10", on)], lots={APPLE: 100})


def timing(difference, code="TIMING", kind="lots"):
    return [(kind, code, difference)]


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (lots(100, stated("110")), timing("10", "QUANTITY")),
        (lots(100, stated("110", pending_delivery_quantity="10")), timing("10")),
        (lots(100, stated("60", on_loan_quantity="40")), timing("-40")),
        (lots(0, stated()), timing("100", "MISSING_OURS")),
        (lots(100, stated("100", pending_receipt_quantity="10")), timing("10", "QUANTITY")),
        (lots(150, stated("100", "2026-03-13"), stated("150")), []),
        (lots(100, stated("90"), trades=[traded("10", "2026-03-16")]), timing("-10", "QUANTITY")),
        (lots(100, stated("90"), trades=[traded("10", "2026-03-17")]), timing("-10")),
        (lots(100, stated("110"), trades=[traded("-10", "2026-03-17")]), timing("10")),
        (lots(100, stated("91"), trades=[traded("10", "2026-03-17")]), timing("-9", "QUANTITY")),
        (lots(100, stated("90"), trades=[traded("10", "2026-03-17", isin=SAP)]), timing("-10", "QUANTITY")),
        (lots(100, stated("80", pending_receipt_quantity="10"), trades=[traded("10", "2026-03-18", on="2026-03-17")]), timing("-20")),
        (lots(100, stated("80", pending_receipt_quantity="10"), trades=[traded("10", "2026-03-18", on="2026-03-16")]), timing("-10", "QUANTITY")),
        (lots(100, stated("90"), trades=[traded("10", "2026-04-01", on="2026-03-30")]), timing("-10")),
        (lots(100, stated("90"), trades=[traded("10", "2026-04-01", on="2026-03-31")]), timing("-10", "QUANTITY")),
        (lots(10, stated("0", isin=SAP), trades=[traded("10", "2026-03-17")]), timing("-10")),
        (lots(11, stated("0", isin=SAP), trades=[traded("10", "2026-03-17")]), timing("-11", "MISSING_THEIRS")),
        (due("2026-03-16", payment_date="2026-03-16"), timing("-100")),
        (due("2026-03-17", payment_date="2026-03-18"), timing("-100")),
        (due("2026-03-17", payment_date="2026-03-17"), timing("-100", "QUANTITY")),
        (due("2026-03-17", payment_date=None), timing("-100", "QUANTITY")),
        (lots(200, stated(), entitlements=[entitled("400", **RIGHTS)]), timing("-100")),
        ({"lots": {SAP: 50}, "positions": [stated()], "entitlements": [entitled(**MERGER)]}, timing("-50") + timing("100")),
        ({"positions": [stated()], "lots": None}, []),
        ({"positions": [stated(borrowed_quantity="101")]}, [INCONSISTENT]),
        ({"positions": [stated(borrowed_quantity="100")]}, []),
        ({"positions": [stated(pending_delivery_quantity="100")]}, []),
        ({"positions": [stated("50"), stated("50", "2026-03-09", **OTHER)]}, []),
        ({"positions": [stated("50"), stated("50", "2026-03-08", **OTHER)]}, [STALE]),
        ({"positions": [stated("50"), stated("50", "2026-03-08", source="CUSTODIAN-B", **OTHER)]}, []),
        ({"positions": [stated(), stated("0", "2026-03-01", **OTHER)]}, []),
        ({"positions": [stated(), stated("100", "2026-03-17")], "second_sources": [stated(source="CUSTODIAN-B")]}, []),
        ({"positions": [stated()], "second_sources": [stated(as_of="2026-03-31", source="CUSTODIAN-B")]}, []),
        ({"positions": [stated(), stated(isin=SAP)], "securities": frozenset({SAP})}, [UNKNOWN]),
        ({"positions": [stated()], "securities": None}, []),
        (against(stated(), securities=frozenset()), [UNKNOWN]),
        ({"statements": [held("0")], "securities": frozenset()}, [UNKNOWN]),
        (against(stated(), line=held(available="60", not_available="40")), []),
        (against(stated(), line=held(available="60", not_available="41")), [UNEVEN]),
        (against(), timing("100", "MISSING_OURS", "holdings")),
        (against(line=held("0")), []),
        (against(stated("90", "2026-03-13"), stated("110", "2026-03-17")), timing("10", "QUANTITY", "holdings")),
        (against(stated("60"), stated("40", **OTHER), line=held(safekeeping_place=None)), []),
        (against(stated("60"), stated("40", **OTHER)), timing("40", "QUANTITY", "holdings")),
        (against(stated("90", on_loan_quantity="10", pending_receipt_quantity="5")), timing("10", kind="holdings")),
        (against(stated(), stated("7", isin=SAP), stated("7", isin=SAP, **OTHER)), timing("-7", "MISSING_THEIRS", "holdings")),
        (against(stated(), stated("0", isin=SAP)), []),
        (against(stated(), stated("7", "2026-03-17", isin=SAP)), []),
        (against(stated("90"), line=held(as_of="2026-03-31")), []),
        (settling("2026-03-16"), timing("10", kind="holdings") + timing("-10")),
        (settling("2026-03-17"), timing("10", "QUANTITY", "holdings") + timing("-10")),
        (settling("2026-03-13"), timing("10", "QUANTITY", "holdings") + timing("-10", "QUANTITY")),
    ],
)  # fmt: skip
def test_a_break_begins_at_the_first_figure_or_day_on_which_the_sides_differ(parts, expected):
    assert breaks(DAY, **parts) == expected


def test_several_facts_explain_a_difference_together_in_order():
    trades = [traded("30", "2026-03-17", "T-9"), traded("-10", "2026-03-18", "T-1")]
    assert causes(**lots(100, stated("80"), trades=trades)) == ["explained by what is not in the statement yet: trade T-1, trade T-9"]  # fmt: skip
    sides = {"lots": {SAP: 57}, "positions": [stated()], "entitlements": [entitled(**MERGER)]}
    found = causes(**sides, trades=[traded("7", "2026-03-20", isin=SAP)])
    assert "explained by what is not in the statement yet: event CA-1, trade T-1" in found


def test_a_newer_statement_replaces_every_line_of_its_place_and_older_days_have_no_lots_to_compare():
    lines = [held("99", "2026-03-13"), held("7", "2026-03-13", isin=SAP), held()]
    counted = report_of(positions=[stated()], statements=lines)["control_totals"]["inputs"]["statements"]
    assert counted == {"matched": 1, "broken": 0, "superseded": 2, "not_compared": 0}
    positions = [stated("100", "2026-03-13"), stated("150")]
    older = report_of(date(2026, 3, 15), **lots(150, *positions, trades=[traded("1", "2026-03-17")]))["inputs"]
    assert (older["open_lots"]["count"], older["trades"]["count"]) == (0, 0)


def test_no_market_is_closed_for_longer_than_the_days_after_which_a_statement_is_stale():
    longest = 0
    for market in MarketCalendars.from_document(json.loads(CALENDARS.read_text())).calendars.values():
        days = [market.valid_from + timedelta(each) for each in range((market.valid_to - market.valid_from).days)]
        open_ = [day for day in days if market.is_settlement_day(day)]
        longest = max(longest, *((later - earlier).days for earlier, later in pairwise(open_)))
    assert longest == STALE_AFTER_DAYS
