"""Lots in the taxpayer's currency in the engine: what waits for a rate is folded when the rate comes, on a real PostgreSQL."""

from datetime import UTC, datetime

import pytest

from servicing_engine.commands.lots_as_at import lots_as_at
from tests.unit.domain.facts import account, event, position, trade
from tests.unit.engine.feeding import RULES, feed, rows

STERLING = account(tax_currency="GBP")
BOUGHT = trade("B1", "BUY", "100", "2024-01-10", "10")
SOLD = trade("S1", "SELL", "40", "2024-03-11", "12")


def rate(worth="0.8", day="2024-01-10", base="USD", quote="GBP", **more):
    pair = {"base": base, "quote": quote, "date": day, "rate": worth, "source": "test"}
    return {"record_type": "exchange_rate", **pair} | more


def lots(connection):
    query = """SELECT safekeeping_account, lot_id, trim_scale(quantity)::text, cost_basis::text, currency FROM tax_lots
               WHERE closed_at IS NULL"""
    return set(rows(connection, query))


def held(connection):
    return rows(connection, "SELECT identity, safekeeping_account, reason, field FROM held ORDER BY 1, 2")


@pytest.mark.parametrize("quoted", [rate(), rate("1.25", base="GBP", quote="USD")], ids=["direct", "inverse"])
def test_lots_that_wait_for_a_rate_are_folded_when_it_comes(connect, quoted):
    connection = connect()
    feed(connection, STERLING, BOUGHT, SOLD, rate("0.75", "2024-03-11"), prefix="a")
    assert lots(connection) == set()
    assert held(connection) == [
        ("B1", "ACC-1", "missing_exchange_rate", "currency"),
        ("S1", "ACC-1", "awaits_exchange_rate", "isin"),
    ]
    feed(connection, quoted, prefix="b")
    assert lots(connection) == {("ACC-1", "B1", "60", "480.00", "GBP")}
    assert held(connection) == []


def test_a_rate_of_another_day_or_pair_folds_nothing(connect):
    connection = connect()
    feed(connection, STERLING, BOUGHT, prefix="a")
    feed(connection, rate(day="2024-01-09"), rate(quote="EUR"), rate(base="EUR"), prefix="b")
    assert held(connection) == [("B1", "ACC-1", "missing_exchange_rate", "currency")]


def test_a_corrected_rate_changes_the_lots_that_used_it_and_a_stale_one_none(connect):
    connection = connect()
    others = [account("ACC-2"), trade("B2", "BUY", "100", "2024-01-10", "10", safekeeping_account="ACC-2")]
    feed(connection, STERLING, BOUGHT, rate(), *others, prefix="a")
    feed(connection, rate("0.79", sequence=1), prefix="b")
    assert lots(connection) == {("ACC-1", "B1", "100", "790.00", "GBP"), ("ACC-2", "B2", "100", "1000.00", "USD")}
    feed(connection, rate("0.81"), prefix="c")
    assert lots(connection) == {("ACC-1", "B1", "100", "790.00", "GBP"), ("ACC-2", "B2", "100", "1000.00", "USD")}


def test_an_account_that_gets_a_tax_currency_has_its_lots_in_it(connect):
    connection = connect()
    feed(connection, account(), BOUGHT, rate(), prefix="a")
    assert lots(connection) == {("ACC-1", "B1", "100", "1000.00", "USD")}
    feed(connection, STERLING | {"sequence": 1}, prefix="b")
    assert lots(connection) == {("ACC-1", "B1", "100", "800.00", "GBP")}


def test_lots_as_they_stood_before_a_correction_are_at_the_rate_known_then(connect):
    connection = connect()
    feed(connection, STERLING, BOUGHT, rate(), prefix="a", now=datetime(2024, 2, 1, tzinfo=UTC))
    feed(connection, rate("0.79", sequence=1), prefix="b", now=datetime(2024, 2, 3, tzinfo=UTC))
    with connection, connection.cursor() as cursor:
        stood = [lots_as_at(cursor, "ACC-1", datetime(2024, 2, day, tzinfo=UTC), RULES) for day in (2, 4)]
    assert [row["cost_basis"] for lots in stood for row in lots["tax_lots"]] == ["800.00", "790.00"]


def test_an_event_of_a_security_whose_purchase_waits_is_judged_again_when_it_is_announced_anew(connect):
    connection = connect()
    reinvested = event(
        "DRIP", {"gross_rate": "1", "option_type": "SECU", "subscription_price": "10", "currency": "USD"}
    )
    split = event("SPLF", {"new_to_old": {"numerator": "2", "denominator": "1"}}, corporate_action_event_id="CA-2")
    dates = {"ex_date": "2026-04-16", "record_date": "2026-04-16", "payment_date": "2026-04-16"}
    feed(connection, STERLING, position("100"), reinvested, split | dates, prefix="a")
    waits = ("CA-1", "ACC-1", "missing_exchange_rate", "options.currency")
    assert held(connection) == [waits, ("CA-2", "ACC-1", "awaits_exchange_rate", "isin")]
    earlier = dict.fromkeys(dates, "2026-02-16")
    feed(connection, split | earlier | {"version": 2, "function": "REPL"}, prefix="b")
    assert held(connection) == [waits]


def test_an_event_holds_nothing_for_whom_a_purchase_of_its_security_was_withdrawn(connect):
    connection = connect()
    reinvested = event(
        "DRIP", {"gross_rate": "1", "option_type": "SECU", "subscription_price": "10", "currency": "USD"}
    )
    feed(connection, STERLING, position("100"), reinvested, prefix="a")
    assert [identity for identity, *_ in held(connection)] == ["CA-1"]
    feed(connection, {"record_type": "corporate_action", "corporate_action_event_id": "CA-1", "version": 2, "function": "WITH"}, prefix="b")  # fmt: skip
    assert held(connection) == []
