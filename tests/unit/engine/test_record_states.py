"""What becomes of each record: its state as the relay reads it, and that every change of it is in the outbox (ADR 5)."""

from unittest.mock import patch

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.rules import Rules, WithholdingRates
from servicing_engine.folding import processing
from servicing_engine.folding.processing import calculate_shard, process
from servicing_engine.store import published
from tests.unit.domain.facts import account, event, position, rates, trade
from tests.unit.domain.test_lots_of_events import choice, elect
from tests.unit.engine.feeding import FACTS, NOW, RULES, facts, feed, rows, shard_ids

NO_RATES = Rules(WithholdingRates.from_document(rates()), None, "0", "1")


def states(connection):
    """record id -> (state, reason)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT record_id FROM inbox")
        ids = [record_id for (record_id,) in cursor.fetchall()]
        found = published.record_states(cursor, ids)
    return {record_id: (each["state"], each["reason"]) for record_id, each in found.items()}


def told(connection, after=0):
    """Ids of the records that the outbox tells of, in rows after this one; and the last row's id."""
    found = rows(connection, "SELECT outbox_id, key FROM outbox WHERE kind = 'record' AND outbox_id > %s", after)
    return {key for _, key in found}, max((outbox_id for outbox_id, _ in found), default=after)


def test_a_position_and_a_trade_of_an_unknown_account_are_held_until_it_is_reported(connect):
    connection = connect()
    feed(connection, position("1000"), trade("B1", "BUY", "5", "2025-01-02"), prefix="a")
    held = {"a:0": ("HELD", "unknown_account"), "a:1": ("HELD", "unknown_account")}
    assert states(connection) == held
    _, last = told(connection)
    feed(connection, account(), prefix="b")
    assert states(connection) == dict.fromkeys(["a:0", "a:1", "b:0"], ("APPLIED", ""))
    assert told(connection, last)[0] == {"a:0", "a:1", "b:0"}


def test_a_position_below_zero_is_held_whenever_its_account_does_not_allow_it(connect):
    connection = connect()
    feed(connection, account(), event(), prefix="a")
    feed(connection, position("-100"), prefix="b")
    assert states(connection)["b:0"] == ("HELD", "short_not_allowed")
    allowed = account(short_positions=True, sequence=1)
    feed(connection, allowed, prefix="c")
    assert states(connection)["b:0"] == ("APPLIED", "")
    assert [str(amount) for (amount,) in rows(connection, "SELECT net_amount FROM entitlements")] == ["-25.00"]
    feed(connection, allowed | {"short_positions": False, "sequence": 2}, prefix="d")
    assert states(connection)["b:0"] == ("HELD", "short_not_allowed")
    feed(connection, position("100", sequence=1), prefix="e")
    assert rows(connection, "SELECT reason FROM held") == []


def test_a_sale_above_the_open_lots_is_held_until_its_account_allows_shorts(connect):
    connection = connect()
    feed(connection, account(), trade("S1", "SELL", "5", "2025-01-02"), prefix="a")
    assert states(connection)["a:1"] == ("HELD", "insufficient_lots")
    feed(connection, account(short_positions=True, sequence=1), prefix="b")
    assert states(connection)["a:1"] == ("APPLIED", "")
    lots = rows(connection, "SELECT lot_id, trim_scale(quantity)::text, cost_basis::text FROM tax_lots")
    assert lots == [("S1", "-5", "-50.00")]


def test_an_event_without_terms_is_held_until_a_version_has_them(connect):
    connection = connect()
    feed(connection, account(), position("1000"), event(option={"currency": "USD"}), prefix="a")
    assert states(connection)["a:2"] == ("HELD", "missing_terms")
    feed(connection, event(version=2, function="REPL"), prefix="b")
    assert (states(connection)["a:2"], states(connection)["b:0"]) == (("APPLIED", ""), ("APPLIED", ""))


def test_an_event_that_says_what_nothing_reads_is_held_until_a_version_says_no_such_thing(connect):
    connection = connect()
    unread = [{"field": "CAOPTN/CASHMOVE/92A INTP", "value": "0,75", "holds": True}]
    feed(connection, account(), position("1000"), event(unread=unread), prefix="a")
    assert states(connection)["a:2"] == ("HELD", "unread_terms")
    feed(connection, event(version=2, function="REPL"), prefix="b")
    assert (states(connection)["a:2"], states(connection)["b:0"]) == (("APPLIED", ""), ("APPLIED", ""))


def test_one_announcement_to_two_accounts_is_a_duplicate_and_no_conflict(connect):
    connection = connect()
    named = [[{"field": "USECU/ACCTINFO/97A SAFE", "value": number}] for number in ("ACC-1", "ACC-2")]
    feed(connection, account(), position("1000"), *(event(unread=unread) for unread in named), prefix="a")
    assert (states(connection)["a:2"], states(connection)["a:3"]) == (("APPLIED", ""), ("DUPLICATE", ""))


def test_a_position_whose_reporter_no_message_names_is_applied(connect):
    connection = connect()
    feed(connection, account(), position("1000", source=None), event(), prefix="a")
    assert [states(connection)[name] for name in ("a:1", "a:2")] == [("APPLIED", "")] * 2


def test_position_and_event_are_held_for_want_of_a_rate_and_applied_once_it_is_there(connect):
    connection = connect()
    feed(connection, account(), position("900", "2026-03-10"), position("1000"), event(), prefix="a", rules=NO_RATES)
    assert states(connection) == {
        "a:0": ("APPLIED", ""),
        "a:1": ("APPLIED", ""),
        "a:2": ("HELD", "no_rate"),
        "a:3": ("HELD", "no_rate"),
    }
    _, last = told(connection)
    processing.calculate_due(connection, ["CA-1"], RULES, NOW)
    assert (set(states(connection).values()), told(connection, last)[0]) == ({("APPLIED", "")}, {"a:2", "a:3"})


def test_an_oversold_trade_is_held_until_the_lots_suffice(connect):
    connection = connect()
    feed(connection, account(), trade("S1", "SELL", "5", "2026-01-02"), prefix="a")
    assert states(connection)["a:1"] == ("HELD", "insufficient_lots")
    feed(connection, trade("B1", "BUY", "5", "2025-01-02"), prefix="b")
    assert states(connection)["a:1"] == ("APPLIED", "")


def test_elections_that_exceed_the_holding_are_held_and_an_election_of_an_unknown_event_is_too(connect):
    connection = connect()
    election = {
        "record_type": "election",
        "corporate_action_event_id": "CA-1",
        "safekeeping_account": "ACC-1",
        "option_number": "001",
        "quantity": "2000",
        "election_id": "E-1",
    }
    feed(connection, account(), position("1000"), election, prefix="a")
    assert states(connection)["a:2"] == ("HELD", "unknown_event")
    choice = event(mandatory_voluntary="CHOS")
    feed(connection, choice, prefix="b")
    assert (states(connection)["a:2"], states(connection)["b:0"]) == (("HELD", "over_instruction"), ("APPLIED", ""))
    feed(connection, election | {"quantity": "1000", "sequence": 1}, prefix="c")
    assert set(states(connection).values()) == {("APPLIED", "")}


def test_an_election_and_a_drawing_of_an_account_that_holds_nothing_are_held_until_its_position_is_reported(connect):
    connection = connect()
    names = {"corporate_action_event_id": "CA-1", "safekeeping_account": "ACC-1", "option_number": "001"}
    election = {"record_type": "election", **names, "quantity": "10", "election_id": "E-1"}
    feed(connection, account(), event(mandatory_voluntary="CHOS"), election, prefix="a")
    assert states(connection)["a:2"] == ("HELD", "no_holding")
    drawn = {"record_type": "drawing", **names, "corporate_action_event_id": "CA-2", "quantity": "10"}
    draws = event("DRAW", {"cash_price_received": "1", "currency": "USD"}, corporate_action_event_id="CA-2")
    feed(connection, draws, drawn, prefix="b")
    assert states(connection)["b:1"] == ("HELD", "drawn_above_holding")
    feed(connection, position("1000"), prefix="c")
    assert set(states(connection).values()) == {("APPLIED", "")}


@given(
    st.permutations(range(len(FACTS))),
    st.integers(1, 6),
    st.sampled_from([1, 1000]),
    st.sampled_from([RULES, NO_RATES]),
)
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_change_of_a_records_state_is_told_and_all_arrival_orders_end_in_the_same_holds(
    new_database, order, size, holders, rules
):
    connection = new_database()()
    entries = facts(*FACTS)
    before, last = {}, 0
    with patch.object(processing, "SHARD_HOLDERS", holders):
        for start in range(0, len(order), size):
            process(connection, [entries[index] for index in order[start : start + size]], rules, NOW)
            for shard_id in shard_ids(connection):
                calculate_shard(connection, shard_id, rules, NOW)
            after = states(connection)
            changed = {key for key, state in after.items() if before.get(key) != state}
            tells, last = told(connection, last)
            assert changed <= tells
            before = after
    held = {entries[int(key.split(":")[1])].record.identity for key, (state, _) in before.items() if state == "HELD"}
    assert held == HELD[rules is RULES]
    connection.close()


OTHER = "ACC-1/US0378331005/OTHER/2026-03-16"
TAXED = {"CA-1", *(f"ACC-{number}/US0378331005/DTCYUS33/2026-03-{day}" for number, day in ((1, 14), (2, 15)))}
HELD = {True: {"S2", OTHER}, False: {"S2", OTHER, *TAXED}}
"""Whether there is a rate -> identities: a sale without lots, a position that a second source reports too, and what waits for a rate."""


def test_what_the_servicer_says_is_told_with_the_election_and_with_the_event_and_once_more_when_it_changes(connect):
    connection = connect()
    advice = {"record_type": "advice", "corporate_action_event_id": "CA-1", "sequence": 1}
    accepted = advice | {"election_id": "E", "status": "PACK"}
    narrative = advice | {"safekeeping_account": "ACC-1", "reference": "N", "narrative": "the meeting is postponed"}
    feed(connection, account(), choice(), elect("002", "30"), prefix="a")
    _, last = told(connection)
    feed(connection, accepted, narrative, prefix="b")
    assert "a:2" in told(connection, last)[0]
    assert rows(connection, "SELECT count(*) FROM outbox WHERE kind = 'corporate_action'") == [(2,)]
    with connection.cursor() as cursor:
        assert published.record_states(cursor, ["a:1", "a:2"])["a:2"]["advice"] == "PACK"
        shown = published.event_state(cursor, "CA-1")["advices"]
    assert shown == [{"reference": "N", "narrative": "the meeting is postponed"}]
    feed(connection, accepted | {"sequence": 2, "status": "REJT", "reasons": ["LACK"]}, prefix="c")
    with connection.cursor() as cursor:
        (state,) = published.record_states(cursor, ["a:2"]).values()
    assert (state["state"], state["reason"], state["advice"]) == ("HELD", "not_carried_out", "REJT LACK")


def test_an_advice_waits_for_its_event_and_is_told_with_it(connect):
    connection = connect()
    feed(connection, {"record_type": "advice", "corporate_action_event_id": "CA-1", "status": "PEND"}, prefix="a")
    assert states(connection) == {"a:0": ("HELD", "unknown_event")}
    feed(connection, choice(), prefix="b")
    assert states(connection)["a:0"] == ("APPLIED", "")
    with connection.cursor() as cursor:
        assert published.event_state(cursor, "CA-1")["advices"] == [{"status": "PEND"}]
