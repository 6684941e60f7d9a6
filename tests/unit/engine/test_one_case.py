"""What `calculate` and the engine on PostgreSQL once judged apart, each by its own copy of a rule: now one case and two loaders."""

from contextlib import closing
from datetime import UTC, date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.calculation import calculate_document
from domain.case.book import FactBook
from domain.records import RecordError
from servicing_engine.folding.processing import calculate_due, process
from servicing_engine.store import due, published
from servicing_engine.store.facts import Fact
from tests.agreement.sides import LATER, rejected, waits
from tests.unit.domain.facts import SAP, account, document, event, position, trade
from tests.unit.domain.test_market_claims import dealt
from tests.unit.domain.test_pending_trades import choice, elect
from tests.unit.engine.feeding import RULES, feed, rows

BOUGHT = trade("B", "BUY", "100", "2025-01-10")
SPUN_OFF = {"additional_for_existing": {"numerator": "1", "denominator": "4"}, "isin_out": SAP}
REPAID = {"cash_price_received": "1", "currency": "USD", "option_type": "CASH"}
REDEEMED = event("REDM", REPAID, ex_date=None, record_date="2026-03-19", payment_date="2026-03-27")


def noon(day):
    return datetime(2026, 3, day, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        (
            [choice(), elect("002", "5", received_at="2026-03-20T17:00:01Z")],
            {("E", "E", "after_deadline", "received_at")},
        ),
        (
            [event(), dealt("BUY", "2026-03-13", "2026-04-10"), trade("T2", "SELL", "9", "2026-03-12", settlement_date="2026-04-10"), BOUGHT],
            {("CA-1", each, "claims_not_detected", "rules.market_calendars") for each in ("T", "T2")},
        ),
        ([event("SOFF", SPUN_OFF), BOUGHT], {("CA-1", "CA-1", "lots_not_adjusted", "options.cost_basis_allocation")}),
        ([trade("S", "SELL", "7", "2025-01-10")], {("S", "S", "insufficient_lots", "quantity")}),
    ],
    ids=["an election that came late, of an account without position", "every trade", "an event's lots", "a trade"],
)  # fmt: skip
def test_what_waits_is_what_calculate_rejects(connect, records, expected):
    connection = connect()
    feed(connection, account(), *records, prefix="a")
    assert waits(connection) == expected == rejected(calculate_document(document(account(), *records)))


def test_lots_show_an_event_from_its_day_on_and_the_engine_folds_them_again_when_the_day_comes(connect):
    connection = connect()
    feed(connection, account(), BOUGHT, REDEEMED, prefix="a", now=noon(20))
    query = "SELECT closed_at::text FROM tax_lots"

    def calculated(day):
        result = calculate_document(document(account(), BOUGHT, REDEEMED, as_of=f"2026-03-{day}"))
        return [(lot["closed_at"],) for lot in result["tax_lots"]]

    assert rows(connection, query) == [(None,)] == calculated(20)
    with connection, connection.cursor() as cursor:
        assert due.due_events(cursor, noon(26).date(), RULES.version) == []
        assert due.due_events(cursor, noon(27).date(), RULES.version) == ["CA-1"]
    calculate_due(connection, ["CA-1"], RULES, noon(27))
    assert rows(connection, query) == [("2026-03-27",)] == calculated(27)
    with connection, connection.cursor() as cursor:
        assert due.due_events(cursor, LATER.date(), RULES.version) == []


def test_what_an_event_to_come_does_not_say_yet_of_lots_holds_nothing_until_its_day(connect):
    connection = connect()
    to_come = event("SOFF", SPUN_OFF)
    feed(connection, account(), BOUGHT, to_come, prefix="a", now=noon(15))
    assert (
        waits(connection)
        == set()
        == rejected(calculate_document(document(account(), BOUGHT, to_come, as_of="2026-03-15")))
    )
    calculate_due(connection, ["CA-1"], RULES, noon(16))
    assert {reason for *_, reason, _ in waits(connection)} == {"lots_not_adjusted"}


def test_an_event_awaits_its_record_date_by_the_engines_day_not_by_the_databases(connect):
    connection = connect()
    feed(connection, account(), position("10"), event(), prefix="a", now=noon(16))

    def state():
        with connection, connection.cursor() as cursor:
            return published.event_state(cursor, "CA-1")["state"]

    assert state() == "AWAITING_RECORD_DATE"
    calculate_due(connection, ["CA-1"], RULES, noon(17))
    assert state() == "CALCULATED"


REPORTS = [
    position("1", sequence=3),
    position("2", sequence=3),
    position("3", sequence=2),
    position("1", sequence=3),
    position("4", sequence=4),
    position("5", sequence=9, source="CUSTODIAN-B"),
    position("6", sequence=9, source="CUSTODIAN-B"),
]
FATES = ["APPLIED", "QUARANTINED", "STALE", "DUPLICATE", "APPLIED", "HELD", "QUARANTINED"]


@given(st.permutations(range(len(REPORTS))), st.dates(date(2020, 1, 1), date(2025, 12, 31)))
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_becomes_of_a_record_follows_from_the_stream_in_any_order_of_arrival_and_every_content_is_kept(
    connect, order, day
):
    stream = [Fact.read({"record_id": f"{day}:{place}", "record": raw | {"as_of_date": day.isoformat()}}) for place, raw in enumerate(REPORTS)]  # fmt: skip
    with closing(connect()) as connection:
        for table in ("inbox", "facts", "current_positions"):
            rows_of = "record_id LIKE %s" if table != "facts" else "identity LIKE %s"
            with connection, connection.cursor() as cursor:
                cursor.execute(f"DELETE FROM {table} WHERE {rows_of}", (f"%{day}%",))
        for place in order:
            process(connection, [stream[place]], RULES, LATER)
        query = "SELECT outcome FROM inbox WHERE record_id LIKE %s ORDER BY record_id"
        assert [state for (state,) in rows(connection, query, f"{day}:%")] == FATES == [fate(FactBook(), stream[: place + 1]) for place in range(len(stream))]  # fmt: skip
        assert rows(connection, "SELECT settled_quantity::text FROM current_positions WHERE as_of_date = %s", day) == [
            ("4",)
        ]
        contents = rows(connection, "SELECT count(*) FROM facts WHERE identity LIKE %s", f"%{day}")
        assert contents == [(len({repr(raw) for raw in REPORTS}),)]


def fate(book, stream):
    """What the book makes of the last record."""
    states = {"conflicting_content": "QUARANTINED", "second_source": "HELD"}
    for each in stream:
        try:
            state = book.add(each.record, each.body)
        except RecordError as error:
            state = states[error.reason]
    return state
