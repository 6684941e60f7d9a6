"""What the engine keeps in queue-state for reconciliation: its items, that every change of them is told, and the function's reading."""

import json
from datetime import date

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.reconciliation.changes import Touched
from functions.reconciliation.reports import Store, bring_up_to_date
from functions.reconciliation.settings import Settings
from servicing_engine.commands import rebuild
from servicing_engine.publishing.announcing import to_item
from servicing_engine.store import outbox, reconciled
from tests.unit.domain.facts import APPLE, SAP, account, event, position, trade
from tests.unit.engine.engine_target import eventually, fresh_facts, request, state_of
from tests.unit.engine.feeding import feed, rows

PAID = {"record_type": "confirmation", "corporate_action_event_id": "CA-1", "safekeeping_account": "ACC-1", "option_number": "001",
        "posting_amount": "212.50", "posting_date": "2026-03-27", "currency": "USD"}  # fmt: skip
LINE = {"record_type": "statement", "safekeeping_account": "ACC-1", "isin": APPLE, "safekeeping_place": "DTCYUS33",
        "as_of_date": "2026-03-16", "aggregate": "10", "available": "10", "not_available": "0"}  # fmt: skip


def told(connection):
    """The items of every key that the outbox tells of, by id."""
    keys = [key for (key,) in rows(connection, "SELECT key FROM outbox WHERE kind = 'reconciled' ORDER BY outbox_id")]
    with connection.cursor() as cursor:
        return {each["id"]: each for each in reconciled.items(cursor, keys)}


def said(item):
    return [json.loads(text) for text in item["records"]]


def pending(connection, number="ACC-1"):
    with connection.cursor() as cursor:
        return {
            each["isin"]: [(trade_["trade_id"], trade_["quantity"]) for trade_ in each["pending_trades"]]
            for each in reconciled.open_quantities(cursor, number, None)
        }


def test_confirmations_statements_and_securities_are_kept_as_they_are_current(connect):
    connection = connect()
    feed(connection, PAID, LINE, {"record_type": "security", "isin": SAP}, account(), position("1"), prefix="a")
    assert set(told(connection)) == {
        "confirmation:CA-1/ACC-1/001", f"statement:ACC-1/{APPLE}/DTCYUS33/2026-03-16", f"security:{SAP}", "securities",
    }  # fmt: skip
    feed(connection, PAID | {"posting_amount": "1.50", "sequence": 2, "x_note": 0.5}, prefix="b")
    kept = told(connection)["confirmation:CA-1/ACC-1/001"]
    assert (kept["kind"], kept["safekeeping_account"]) == ("confirmation", "ACC-1")
    assert said(kept) == [PAID | {"posting_amount": "1.5", "sequence": 2}]


def test_an_eligible_balance_is_kept_beside_the_holding_of_the_same_day(connect):
    connection = connect()
    eligible = {name: LINE[name] for name in LINE if not name.endswith("available")} | {
        "corporate_action_event_id": "CA-1"
    }
    feed(connection, LINE, eligible, prefix="a")
    kept = told(connection)
    assert [said(each)[0].get("corporate_action_event_id") for _, each in sorted(kept.items())] == [None, "CA-1"]


def test_the_payments_of_one_entitlement_are_kept_each_by_its_reference(connect):
    connection = connect()
    leg = {"isin": SAP, "posting_quantity": "7"}
    first, second = (PAID | {"payment_reference": name, "posting_amount": "100"} for name in ("P/1", "P2"))
    feed(connection, first | {"securities_movements": [leg]}, second, prefix="a")
    kept = told(connection)
    assert set(kept) == {"confirmation:CA-1/ACC-1/001/P/1", "confirmation:CA-1/ACC-1/001/P2"}
    assert said(kept["confirmation:CA-1/ACC-1/001/P/1"])[0]["securities_movements"] == [leg]


@given(st.permutations([("A", "10", 0), ("B", "7", 0), ("B", "8", 1), ("C", "9", 0)]))
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_second_sources_are_kept_in_any_order_of_arrival(new_database, order):
    connection = new_database()()
    for source, quantity, sequence in order:
        feed(connection, position(quantity, source=source, sequence=sequence), prefix=f"{source}{sequence}")
    (kept,) = told(connection).values()
    assert (kept["id"], kept["kind"]) == (f"second_source:ACC-1/{APPLE}/DTCYUS33/2026-03-16", "second_source")
    assert [(each["source"], each["settled_quantity"]) for each in said(kept)] == [("B", "8"), ("C", "9")]


def test_a_position_of_one_source_is_no_second_source(connect):
    connection = connect()
    feed(connection, position("10"), position("11", sequence=1), position("10", "2026-03-17", source="B"), prefix="a")
    assert told(connection) == {}


def test_open_lots_name_the_trades_that_settle_after_the_newest_position(connect):
    connection = connect()
    settled = trade("B1", "BUY", "5", "2026-03-12", settlement_date="2026-03-16")
    bought = trade("B2", "BUY", "7", "2026-03-13", settlement_date="2026-03-17")
    sold = trade("S1", "SELL", "2", "2026-03-13", settlement_date="2026-03-18")
    oversold = trade("S2", "SELL", "99", "2026-03-13", settlement_date="2026-03-18")
    other = trade("B3", "BUY", "1", "2026-03-13", settlement_date="2026-03-17", isin=SAP)
    undated = trade("B4", "BUY", "1", "2026-03-17", isin=SAP, settlement_date=None)
    everyone = trade("B5", "BUY", "1", "2026-03-13", settlement_date="2026-03-17", safekeeping_account="ACC-2")
    feed(connection, account(), account("ACC-2"), settled, bought, sold, oversold, other, undated, everyone, prefix="a")
    assert pending(connection)[APPLE] == [("S1", "-2"), ("B2", "7"), ("B1", "5")]
    feed(connection, position("5", "2026-03-13"), position("5"), position("1", "2026-03-16", isin=SAP), prefix="b")
    assert pending(connection) == {APPLE: [("S1", "-2"), ("B2", "7")], SAP: [("B3", "1"), ("B4", "1")]}
    feed(connection, trade("B2", "BUY", "7", "2026-03-13", function="CANC", sequence=1), prefix="c")
    assert pending(connection)[APPLE] == [("S1", "-2")]


def test_rebuilding_tells_of_all_that_reconciliation_reads(connect):
    connection = connect()
    feed(connection, PAID, LINE, {"record_type": "security", "isin": SAP}, position("1"), position("2", source="B"), prefix="a")  # fmt: skip
    before = told(connection)
    with connection, connection.cursor() as cursor:
        cursor.execute("DELETE FROM outbox")
        found = rebuild.everything(cursor)
        outbox.enqueue(cursor, [(kind, *row) for kind, rows in found.items() for row in rows])
        assert not any(rebuild.everything(cursor).values())  # it waits already
    assert told(connection) == before
    assert len(before) == 5


def test_what_the_engine_keeps_is_what_the_function_reports(target, task):
    dynamodb, s3 = target.client("dynamodb"), target.client("s3")
    _positions_and_reports(dynamodb, s3)
    event_id, (number,), holdings = fresh_facts()
    mine = {"safekeeping_account": number, "corporate_action_event_id": event_id}
    paid = PAID | mine | {"posting_amount": "212.00"}
    second = position("1000", safekeeping_account=number, source="CUSTODIAN-B")
    buys = [
        trade(
            f"{quantity}-{number}", "BUY", quantity, "2026-03-13", safekeeping_account=number, settlement_date=settles
        )
        for quantity, settles in (("1000", "2026-03-16"), ("5", "2026-03-17"))
    ]
    line = LINE | {"safekeeping_account": number, "aggregate": "1000", "available": "1000"}
    key = {"position_key": f"{APPLE}#DTCYUS33#2026-03-16", "sequence": 0}
    dynamodb.put_item(TableName="positions", Item=to_item(holdings[1] | key))
    request(target, *holdings, event(corporate_action_event_id=event_id), paid, second, *buys, line)
    eventually(lambda: _kept(target, number))
    tables = Settings("positions", "entitlements", "queue-state", "reports", "servicing")
    bring_up_to_date(dynamodb, Store(s3, tables.reports_bucket), tables, {number: Touched(date.min)}, "reader")
    body = s3.get_object(Bucket="reports", Key=f"reports/2026-03-27/{number}.json")["Body"]
    found = json.loads(body.read())["breaks"]
    assert [(each["kind"], each["code"], each["difference"]) for each in found] == [
        ("lots", "TIMING", "-5"),
        ("payment_amount", "AMOUNT", "-0.50"),
        ("source", "DUPLICATE", "0"),
    ]


def _kept(target, number):
    """True once queue-state and the projection have all that the request gives."""
    dynamodb, where = target.client("dynamodb"), {"KeyConditionExpression": "safekeeping_account = :account"}
    where["ExpressionAttributeValues"] = {":account": {"S": number}}
    kept = dynamodb.query(TableName="queue-state", IndexName="by_account", **where)["Items"]
    kinds = {each["kind"]["S"] for each in kept}
    entitlements = dynamodb.query(TableName="entitlements", **where)["Items"]
    return kinds == {"confirmation", "statement", "second_source", "tax_lots"} and bool(entitlements)


def _positions_and_reports(dynamodb, s3):
    names = ("safekeeping_account", "position_key")
    keys = [{"AttributeName": name, "KeyType": kind} for name, kind in zip(names, ("HASH", "RANGE"), strict=True)]
    attributes = [{"AttributeName": name, "AttributeType": "S"} for name in names]
    dynamodb.create_table(TableName="positions", BillingMode="PAY_PER_REQUEST", KeySchema=keys, AttributeDefinitions=attributes)  # fmt: skip
    s3.create_bucket(Bucket="reports")


def test_the_open_quantity_of_a_security_goes_with_its_last_lot(target, task):
    tag = fresh_facts()[0]
    holder, traded = f"ACC-{tag}", {"trade_id": f"T-{tag}", "safekeeping_account": f"ACC-{tag}"}
    bought = trade("", "BUY", "1000", "2026-03-10") | traded
    item_id = f"tax_lots:{holder}:{bought['isin']}"
    request(target, account(holder), bought)
    eventually(lambda: state_of(target, item_id).get("open_quantity") == "1000")
    request(target, bought | {"function": "CANC", "sequence": 1})
    eventually(lambda: state_of(target, item_id) == {})


def test_a_trade_that_is_corrected_to_another_security_leaves_no_open_quantity_in_the_former_one(connect):
    connection = connect()
    feed(connection, account(), trade("B1", "BUY", "5", "2025-01-02"), prefix="a")
    feed(connection, trade("B1", "BUY", "5", "2025-01-02", isin=SAP, sequence=1), prefix="b")
    [vanished] = rows(connection, "SELECT body FROM outbox WHERE kind = 'tax_lots' ORDER BY outbox_id DESC LIMIT 1")
    assert (vanished, list(pending(connection))) == (({"isins": [SAP, APPLE], "vanished": [APPLE]},), [SAP])


def test_a_further_trade_tells_of_its_security_alone(connect):
    connection = connect()
    settles = {"settlement_date": "2025-01-04"}
    bought = [trade("B1", "BUY", "5", "2025-01-02"), trade("B2", "BUY", "7", "2025-01-02", isin=SAP)]
    feed(connection, account(), *bought, prefix="a")
    feed(connection, trade("B3", "BUY", "1", "2025-01-03", isin=SAP), prefix="b")
    feed(
        connection, trade("B3", "BUY", "1", "2025-01-03", isin=SAP, sequence=1, **settles), prefix="c"
    )  # no lot differs
    told = [
        body["isins"]
        for (body,) in rows(connection, "SELECT body FROM outbox WHERE kind = 'tax_lots' ORDER BY outbox_id")
    ]
    assert told == [[SAP, APPLE], [SAP], [SAP]]
    with connection.cursor() as cursor:
        assert [each["isin"] for each in reconciled.open_quantities(cursor, "ACC-1", [SAP])] == [SAP]
