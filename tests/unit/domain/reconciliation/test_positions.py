import json
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from domain.reconciliation import STALE_AFTER_DAYS
from domain.rules import MarketCalendars
from tests.unit.domain.facts import APPLE, SAP
from tests.unit.domain.reconciliation.sides import breaks, held, report_of, stated

CALENDARS = Path(__file__).parents[4] / "rules" / "market_calendars.json"


@pytest.mark.parametrize("quantities", [{"borrowed_quantity": "101"}, {"pending_delivery_quantity": "101"}])
def test_a_statement_that_cannot_be_is_inconsistent(quantities):
    assert breaks(positions=[stated("100", **quantities)]) == [("consistency", "INCONSISTENT_STATEMENT", None)]
    assert breaks(positions=[stated("100", **dict.fromkeys(quantities, "100"))]) == []


@pytest.mark.parametrize(("as_of", "stale"), [("2026-03-09", False), ("2026-03-08", True)])
def test_a_line_is_stale_where_its_custodian_stated_the_account_later_without_it(as_of, stale):
    statements = [stated("50"), stated("50", as_of, safekeeping_place="OTHER")]
    assert breaks(positions=statements) == ([("statement", "STALE_STATEMENT", None)] if stale else [])
    elsewhere = [stated("50"), stated("50", as_of, safekeeping_place="OTHER", source="CUSTODIAN-B")]
    assert breaks(positions=elsewhere) == []


def test_a_place_that_closed_at_zero_is_not_stale():
    assert breaks(positions=[stated(), stated("0", "2026-03-01", safekeeping_place="OTHER")]) == []


def test_no_market_is_closed_for_longer_than_the_days_after_which_a_statement_is_stale():
    longest = 0
    for market in MarketCalendars.from_document(json.loads(CALENDARS.read_text())).calendars.values():
        span = (market.valid_to - market.valid_from).days
        days = [market.valid_from + timedelta(each) for each in range(span)]
        open_ = [day for day in days if market.is_settlement_day(day)]
        longest = max(longest, *((later - earlier).days for earlier, later in pairwise(open_)))
    assert longest == STALE_AFTER_DAYS


def test_a_second_source_of_a_place_is_a_duplicate_that_changes_nothing():
    second = [stated("90", source="CUSTODIAN-B")]
    report = report_of(positions=[stated()], second_sources=second, lots={APPLE: 100})
    assert [(each["code"], each["ours"], each["theirs"], each["difference"]) for each in report["breaks"]] == [
        ("DUPLICATE", "100", "90", "-10")
    ]
    assert report["control_totals"]["inputs"]["second_sources"]["broken"] == 1


def test_a_second_source_of_a_replaced_position_is_superseded_with_it():
    report = report_of(positions=[stated(), stated("100", "2026-03-17")], second_sources=[stated(source="CUSTODIAN-B")])
    assert report["breaks"] == []
    assert report["control_totals"]["inputs"]["second_sources"]["superseded"] == 1


def test_a_second_source_after_the_as_of_date_is_no_input():
    report = report_of(positions=[stated()], second_sources=[stated(as_of="2026-03-31", source="CUSTODIAN-B")])
    assert report["inputs"]["second_sources"]["count"] == 0


def test_a_stated_security_without_record_is_unknown_where_any_security_is_known():
    positions = [stated(), stated(isin=SAP)]
    assert breaks(positions=positions, securities=frozenset({SAP})) == [("security", "UNKNOWN_SECURITY", None)]
    assert breaks(positions=positions, securities=frozenset({SAP, APPLE})) == []
    assert breaks(positions=positions, securities=None) == []


def test_a_line_of_a_holdings_statement_in_an_unknown_security_is_one_break_with_its_position():
    report = report_of(positions=[stated()], statements=[held()], securities=frozenset())
    assert [(each["code"], each["isin"]) for each in report["breaks"]] == [("UNKNOWN_SECURITY", APPLE)]
    assert breaks(statements=[held("0")], securities=frozenset()) == [("security", "UNKNOWN_SECURITY", None)]
