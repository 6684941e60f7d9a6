"""Whatever stands in a document: bad records are rejected by name, one by one, and the rest is calculated."""

import copy
import json
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.calculation import PARTS, DocumentError, calculate_document
from tests.unit.domain.facts import APPLE, SAP, account, document, event, position, rate, trade

RATIO = {"numerator": "3", "denominator": "2"}
MARKET = {
    "country": "US",
    "country_default": True,
    "weekend": [5, 6],
    "valid_from": "2024-01-01",
    "valid_to": "2027-12-31",
    "holidays": ["2026-11-26"],
    "settlement_cycles": [{"valid_from": "2024-05-28", "valid_to": None, "days": 1}],
    "large_distribution": {"threshold_percent": "25"},
}
LOT = {
    "lot_id": "L1",
    "safekeeping_account": "ACC-1",
    "isin": SAP,
    "acquisition_date": "2025-01-02",
    "quantity": "7",
    "quantity_ratio": {"numerator": "7", "denominator": "1"},
    "cost_basis": "70.00",
    "currency": "EUR",
}
ELECTION = {
    "record_type": "election",
    "election_id": "E-1",
    "corporate_action_event_id": "CA-2",
    "safekeeping_account": "ACC-1",
    "option_number": "001",
    "quantity": "4",
    "received_at": "2026-03-01T10:00:00Z",
    "entered_by": "ann",
}
SPLIT = event(
    "SPLF",
    {
        "new_to_old": RATIO,
        "fraction_disposition": "CINL",
        "cash_in_lieu_price": "10",
        "currency": "USD",
        "exchange_rate": {"unit_currency": "USD", "quoted_currency": "EUR", "rate": "0.9"},
    },
    corporate_action_event_id="CA-2",
    mandatory_voluntary="CHOS",
    response_deadline="2026-03-10T17:00:00Z",
    ex_date=None,
)
COMPONENTS = [{"name": "a", "rate": "10"}, {"name": "b", "rate": "20"}]


def whole():
    records = (account(documentation_expiry="2027-01-01"), position("11"), position("5", isin=SAP), event(), SPLIT)
    trades = (trade("T1", "BUY", "20", "2025-01-02"), trade("T2", "SELL", "5", "2026-04-02"))
    made = document(*records, *trades, ELECTION, rows=(rate("R", "30", "15", components=COMPONENTS),), lots=[LOT])
    made["election_releases"] = [{"election_id": "E-1", "released_by": "bob", "received_at": "2026-03-01T11:00:00Z"}]
    made["rules"]["market_calendars"] = {"schema_version": 1, "calendars": {"XNYS": MARKET}}
    return copy.deepcopy(made)


def places(value, path=()):
    """Every path in the document."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from places(inner, (*path, key))


PLACES = [path for path in places(whole()) if path]
JUNK = st.one_of(
    st.sampled_from(["", " ", "-0", "-5", "9" * 30, "9" * 31, "0.1e5", "NaN", "0", "0." + "9" * 30, "x" * 70_000]),
    st.sampled_from(["\ud800", "a\x00b", "١٢", "ß", "İ", "🂡", "2026-02-30", "2026-W10-1", "9999-12-31", "0001-01-01"]),
    st.sampled_from(["0001-01-01T00:00:00+23:59", "2026-03-16T10:00:00", "CANC", "WITH", "VOLU", "NOAC", APPLE, "*"]),
    st.sampled_from(
        [None, True, 0, -1, 10**400, 1.5, float("nan"), float("inf"), [], {}, [None], [[]], [{}], {"": {}}]
    ),
    st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), st.lists, max_leaves=4),
)


def change(made, path, junk):
    target = made
    for key in path[:-1]:
        target = target[key]
    if junk is None and isinstance(target, dict):
        del target[path[-1]]
    else:
        target[path[-1]] = junk


def check(result):
    for entry in result["rejected"]:
        assert entry.keys() - {"short_by"} == {"record", "record_id", "field", "reason", "detail"}
        assert all(isinstance(value, str) for value in entry.values())
        assert entry["record"] in {*PARTS.values(), "document", "rules", "lot"}
        assert entry["record_id"]
        assert entry["reason"]
        assert entry["detail"]
    json.dumps(result, ensure_ascii=False, allow_nan=False).encode()


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PLACES), JUNK), min_size=1, max_size=2))
def test_no_document_makes_a_traceback(changes):
    made = whole()
    for path, junk in changes:
        try:
            change(made, path, junk)
        except (KeyError, IndexError, TypeError):
            continue
    with suppress(DocumentError):
        check(calculate_document(made))


@given(st.recursive(JUNK, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=3), inner), max_leaves=5))
def test_anything_that_is_no_document_is_refused_by_name(junk):
    with suppress(DocumentError):
        check(calculate_document(junk))


ODDITIES = {
    "a record of no type": ("trades", {"record_type": "poem"}, "trade", "trades.2", "record_type", "unknown_record_type"),
    "half a surrogate pair": ("positions", position("1") | {"memo": "\ud800"}, "position", "positions.2", "memo", "invalid_text"),
    "a NUL in a name": ("positions", position("1") | {"a\x00": 1}, "position", "positions.2", "a\x00", "invalid_text"),
    "a number that is none": ("positions", position("1") | {"n": float("nan")}, "position", "positions.2", "n", "invalid_text"),
    "a week date": ("positions", position("1", "2026-W10-1"), "position", "positions.2", "as_of_date", "invalid_date"),
    "an instant before year 1": (
        "elections", ELECTION | {"received_at": "0001-01-01T00:00:00+23:59"},
        "election", "elections.1", "received_at", "invalid_instant",
    ),
    "blanks for an identifier": ("trades", trade("  ", "BUY", "1", "2026-01-02"), "trade", "trades.2", "trade_id", "missing_field"),
    "a lot of 0/0": (
        "lots", LOT | {"lot_id": "L2", "quantity_ratio": {"numerator": "0", "denominator": "0"}},
        "lot", "lots.1", "quantity_ratio.denominator", "zero_ratio",
    ),
    "a lot twice": ("lots", LOT, "lot", "lots.1", "lot_id", "duplicate_lot_id"),
    "a breakdown that does not add up": (
        "trades", trade("T3", "SELL", "3", "2026-04-02", quantity_breakdown=[{"lot_id": "T1", "quantity": "2"}]),
        "trade", "trades.2", "quantity_breakdown", "breakdown_mismatch",
    ),
    "a breakdown that names a lot twice": (
        "trades", trade("T3", "SELL", "2", "2026-04-02", quantity_breakdown=[{"lot_id": "T1", "quantity": "1"}] * 2),
        "trade", "trades.2", "quantity_breakdown", "breakdown_mismatch",
    ),
    "a tax above everything": (
        "corporate_actions", event(option={"gross_rate": "1", "currency": "USD", "withholding_tax_rate": "100.1"}),
        "corporate_action", "corporate_actions.2", "options.0.withholding_tax_rate", "above_100_percent",
    ),
}  # fmt: skip


@pytest.mark.parametrize("oddity", ODDITIES)
def test_a_bad_record_is_rejected_by_name_and_the_rest_is_calculated(oddity):
    part, raw, record, record_id, field, reason = ODDITIES[oddity]
    made, good = whole(), calculate_document(whole())
    assert good["rejected"] == []
    made[part].append(raw)
    result = calculate_document(made)
    (entry,) = result.pop("rejected")
    assert [entry[name] for name in ("record", "record_id", "field", "reason")] == [record, record_id, field, reason]
    assert result | {"rejected": []} == good


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"trades": 7}, ("trade", "trades", "trades", "not_a_list")),
        ({"lots": {"L": 1}}, ("lot", "lots", "lots", "not_a_list")),
        ({"posititions": []}, ("document", "posititions", "posititions", "unknown_part")),
        (
            {"rules": {"market_calendar": {}}},
            ("document", "rules.market_calendar", "rules.market_calendar", "unknown_part"),
        ),
        ({"rules": []}, ("rules", "rules", "rules", "not_an_object")),
        ({"rules": {"market_calendars": []}}, ("rules", "market_calendars", "rules.market_calendars", "not_an_object")),
        (
            {"rules": {"withholding_rates": 1}},
            ("rules", "withholding_rates", "rules.withholding_rates", "not_an_object"),
        ),
    ],
)
def test_a_bad_part_is_rejected_by_name_and_the_rest_is_calculated(change, expected):
    split = event("SPLF", {"new_to_old": RATIO}, corporate_action_event_id="CA-2")
    result = calculate_document(document(account(), position("10"), split) | change)
    (entry,) = result["rejected"]
    assert tuple(entry[name] for name in ("record", "record_id", "field", "reason")) == expected
    assert [row["entitled_quantity"] for row in result["entitlements"]] == ["15"]


def test_a_bad_calendar_leaves_the_rates_in_use():
    made = whole()
    made["rules"]["market_calendars"] = []
    assert {row["corporate_action_event_id"] for row in calculate_document(made)["entitlements"]} == {"CA-1", "CA-2"}
