import json
import uuid
from collections import Counter
from datetime import date

import pytest

from functions.reconciliation import handler, reports
from functions.reconciliation.changes import NEWEST, Touched, touched
from functions.reconciliation.reports import Store, bring_up_to_date
from functions.reconciliation.settings import Settings
from tests.embedded_metrics import metrics_of
from tests.unit.domain.facts import APPLE
from tests.unit.domain.reconciliation.sides import DIVIDEND

pytestmark = pytest.mark.xdist_group("ingest")
SETTINGS = Settings("reconciled-positions", "reconciled-entitlements", "reconciled-state", "reports", "servicing")


def _table(dynamodb, name, hash_key, range_key, indexes=()):
    names = {hash_key, range_key, *(key for pair in indexes for key in pair)} - {None}
    more = {
        "GlobalSecondaryIndexes": [
            {"IndexName": "by_account", "KeySchema": _keys(*pair), "Projection": {"ProjectionType": "ALL"}}
            for pair in indexes
        ]
    }
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=_keys(hash_key, range_key),
        AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in names],
        **(more if indexes else {}),
    )


def _keys(hash_key, range_key):
    found = [{"AttributeName": hash_key, "KeyType": "HASH"}]
    return found + ([{"AttributeName": range_key, "KeyType": "RANGE"}] if range_key else [])


@pytest.fixture(scope="session")
def tables(ingest):
    dynamodb = ingest.client("dynamodb")
    _table(dynamodb, SETTINGS.positions_table, "safekeeping_account", "position_key")
    _table(dynamodb, SETTINGS.entitlements_table, "safekeeping_account", "entitlement_key")
    _table(dynamodb, SETTINGS.queue_state_table, "id", None, [("safekeeping_account", "id")])
    return dynamodb, ingest.client("s3")


def put(tables, table, **texts):
    numbers = ("sequence", "version", "revision")
    item = {name: {"N" if name in numbers else "S": value} for name, value in texts.items()}
    tables[0].put_item(TableName=table, Item=item)


def state_position(tables, account, quantity, day):
    put(
        tables,
        SETTINGS.positions_table,
        record_type="position",
        safekeeping_account=account,
        isin=APPLE,
        safekeeping_place="DTCYUS33",
        as_of_date=day,
        settled_quantity=quantity,
        source="CUSTODIAN-A",
        sequence="1",
        position_key=f"{APPLE}#DTCYUS33#{day}",
    )


def bring(tables, accounts, s3=None):
    return bring_up_to_date(
        tables[0], Store(s3 or tables[1], SETTINGS.reports_bucket), SETTINGS, accounts, uuid.uuid4().hex
    )


def written(tables, accounts):
    (reports,) = bring(tables, accounts)
    return reports.written


def report(tables, account, day):
    body = tables[1].get_object(Bucket="reports", Key=f"reports/{day}/{account}.json")["Body"]
    return json.loads(body.read())


def test_reports_follow_state_and_are_rewritten_only_where_their_bytes_change(tables):
    account = f"ACC-{uuid.uuid4().hex[:12]}"
    state_position(tables, account, "10", "2026-03-13")
    state_position(tables, account, "12", "2026-03-16")
    put(tables, SETTINGS.queue_state_table, id=f"tax_lots:{account}:{APPLE}", kind="tax_lots",
        safekeeping_account=account, isin=APPLE, open_quantity="12")  # fmt: skip
    assert written(tables, {account: Touched(date.min)}) == 2
    assert written(tables, {account: Touched(date.min)}) == 0
    assert report(tables, account, "2026-03-13")["breaks"] == []
    assert report(tables, account, "2026-03-16")["breaks"] == []
    state_position(tables, account, "11", "2026-03-16")
    assert written(tables, {account: Touched(date(2026, 3, 16))}) == 1
    assert [each["difference"] for each in report(tables, account, "2026-03-16")["breaks"]] == ["-1"]


def test_a_batch_logs_the_breaks_of_the_newest_reports_as_metrics(tables, monkeypatch, capsys):
    account = f"ACC-{uuid.uuid4().hex[:12]}"
    state_position(tables, account, "10", "2026-03-13")
    state_position(tables, account, "12", "2026-03-16")
    put(tables, SETTINGS.queue_state_table, id=f"tax_lots:{account}:{APPLE}", kind="tax_lots",
        safekeeping_account=account, isin=APPLE, open_quantity="11")  # fmt: skip
    monkeypatch.setattr(handler, "_wire", lambda: (tables[0], Store(tables[1], SETTINGS.reports_bucket), SETTINGS))
    image = {"safekeeping_account": {"S": account}}
    handler.handle({"Records": [{"dynamodb": {"NewImage": image}}]}, None)
    assert metrics_of(capsys.readouterr().out) == (
        "servicing",
        {"ReconciliationBreaks": 1, "ReconciliationBreaksAged": 0},
    )


def change(new=(), **texts):
    records = {"records": {"L": [{"S": json.dumps(said)} for said in new]}} if new else {}
    return {"dynamodb": {"NewImage": {name: {"S": value} for name, value in texts.items()} | records}}


def test_a_batch_touches_each_account_from_its_earliest_date():
    batch = [
        change(safekeeping_account="A", as_of_date="2026-03-16"),
        change(safekeeping_account="A", record_date="2026-03-13"),
        change(safekeeping_account="B", record_date=""),
        change(id="request"),
    ]
    assert touched(batch) == {"A": Touched(date(2026, 3, 13)), "B": Touched(date.min)}


@pytest.mark.parametrize(
    ("kind", "records", "earliest"),
    [
        ("tax_lots", [], NEWEST),
        ("statement", [{"as_of_date": "2026-03-17"}], date(2026, 3, 17)),
        ("second_source", [{"as_of_date": "2026-03-17"}, {"as_of_date": "2026-03-16"}], date(2026, 3, 16)),
        ("second_source", [], date.min),
        ("confirmation", [{"posting_date": "2026-03-30"}], date(2026, 3, 30)),
        ("confirmation", [{"posting_amount": "1"}], date.min),
    ],
)
def test_an_item_of_queue_state_touches_the_dates_of_its_records_and_lots_the_newest_position(kind, records, earliest):
    item = change(records, safekeeping_account="A", kind=kind, id="item")
    assert touched([item]) == {"A": Touched(earliest, {"item": item["dynamodb"]["NewImage"]})}


def test_of_an_item_that_changed_several_times_in_a_batch_the_last_image_counts():
    first, last = (change(safekeeping_account="A", kind="tax_lots", id="item", open_quantity=each) for each in "12")
    gone = {"dynamodb": {"OldImage": last["dynamodb"]["NewImage"]}}
    assert touched([first, last])["A"].items == {"item": last["dynamodb"]["NewImage"]}
    assert touched([first, last, gone])["A"].items == {"item": None}


def test_lots_are_compared_anew_in_the_newest_report_alone(tables):
    account = f"ACC-{uuid.uuid4().hex[:12]}"
    for day in ("2026-03-13", "2026-03-16"):
        state_position(tables, account, "10", day)
    bring(tables, {account: Touched(date.min)})
    tables[1].delete_object(Bucket="reports", Key=f"reports/2026-03-13/{account}.json")
    put(tables, SETTINGS.queue_state_table, id=f"tax_lots:{account}:{APPLE}", kind="tax_lots",
        safekeeping_account=account, isin=APPLE, open_quantity="10")  # fmt: skip
    assert written(tables, {account: Touched(NEWEST)}) == 1
    assert report(tables, account, "2026-03-16")["breaks"] == []


def test_the_first_position_takes_the_lots_out_of_the_reports_before_it(tables):
    account = f"ACC-{uuid.uuid4().hex[:12]}"
    entitle(tables, account, "CA-1", "100")
    put(tables, SETTINGS.queue_state_table, id=f"tax_lots:{account}:{APPLE}", kind="tax_lots",
        safekeeping_account=account, isin=APPLE, open_quantity="10")  # fmt: skip
    bring(tables, {account: Touched(date.min)})
    assert "lots" in {found["kind"] for found in report(tables, account, "2026-03-16")["breaks"]}
    state_position(tables, account, "10", "2026-03-30")
    bring(tables, {account: Touched(date(2026, 3, 30))})
    assert "lots" not in {found["kind"] for found in report(tables, account, "2026-03-16")["breaks"]}


class Interrupted:
    """S3, before whose first write something else happens."""

    def __init__(self, s3, happens):
        self._s3, self._happens = s3, [happens]
        self.get_object = s3.get_object

    def put_object(self, **what):
        while self._happens:
            self._happens.pop()()
        self._s3.put_object(**what)


def test_a_report_that_was_written_from_older_state_is_written_again_where_lots_are_no_longer_its_own(tables):
    account = f"ACC-{uuid.uuid4().hex[:12]}"
    state_position(tables, account, "10", "2026-03-13")
    put(tables, SETTINGS.queue_state_table, id=f"tax_lots:{account}:{APPLE}", kind="tax_lots",
        safekeeping_account=account, isin=APPLE, open_quantity="12")  # fmt: skip

    def a_newer_position_comes():
        state_position(tables, account, "12", "2026-03-16")
        bring(tables, {account: Touched(date(2026, 3, 16))})

    s3 = Interrupted(tables[1], a_newer_position_comes)
    bring(tables, {account: Touched(NEWEST)}, s3)
    assert report(tables, account, "2026-03-13")["breaks"] == []


class Counting:
    """S3 that counts what is read and put."""

    def __init__(self, s3):
        self._s3, self.calls = s3, Counter()

    def get_object(self, **what):
        self.calls["read"] += 1
        return self._s3.get_object(**what)

    def put_object(self, **what):
        self.calls["put"] += 1
        return self._s3.put_object(**what)


def test_a_process_reads_a_report_the_first_time_and_before_it_leaves_one_as_it_is(tables):
    account, s3 = f"ACC-{uuid.uuid4().hex[:12]}", Counting(tables[1])
    mine, another = Store(s3, SETTINGS.reports_bucket), Store(tables[1], SETTINGS.reports_bucket)

    def write(store, quantity):
        return store.write({"as_of_date": "2026-03-16", "safekeeping_account": account, "quantity": quantity})

    assert [write(mine, quantity) for quantity in ("1", "2", "2")] == [True, True, False]
    assert s3.calls == {"read": 2, "put": 2}
    assert write(another, "3")
    assert write(mine, "2")  # what it put last is not what is there
    assert s3.calls == {"read": 3, "put": 3}


def test_a_process_remembers_so_many_reports(tables, monkeypatch):
    monkeypatch.setattr(reports, "MOST_REMEMBERED", 2)
    s3 = Counting(tables[1])
    store = Store(s3, SETTINGS.reports_bucket)
    for number in (1, 2, 3, 3, 1):
        store.write({"as_of_date": "2026-03-16", "safekeeping_account": f"ACC-{number}", "written": s3.calls["put"]})
    assert s3.calls == {"read": 4, "put": 5}


def test_a_batch_of_more_accounts_than_are_read_at_once_brings_all_up_to_date(tables):
    accounts = [f"ACC-{uuid.uuid4().hex[:12]}" for _ in range(reports.TOGETHER + 1)]
    for number, account in enumerate(accounts):
        state_position(tables, account, str(number), "2026-03-16")
    bring(tables, {account: Touched(date.min) for account in accounts})
    theirs = [report(tables, account, "2026-03-16")["breaks"][0]["theirs"] for account in accounts[1:]]
    assert theirs == [str(number) for number in range(1, len(accounts))]


def test_an_item_that_changed_is_taken_from_the_change_where_the_index_is_late(tables):
    account = f"ACC-{uuid.uuid4().hex[:12]}"
    state_position(tables, account, "10", "2026-03-16")
    lots = {name: {"S": value} for name, value in {"kind": "tax_lots", "isin": APPLE, "open_quantity": "10"}.items()}
    bring(tables, {account: Touched(NEWEST, {f"tax_lots:{account}:{APPLE}": lots})})
    assert report(tables, account, "2026-03-16")["breaks"] == []


def test_an_item_that_was_deleted_is_gone_where_the_index_still_has_it(tables):
    account = f"ACC-{uuid.uuid4().hex[:12]}"
    state_position(tables, account, "10", "2026-03-16")
    item_id = f"tax_lots:{account}:{APPLE}"
    put(tables, SETTINGS.queue_state_table, id=item_id, kind="tax_lots", safekeeping_account=account, isin=APPLE, open_quantity="10")  # fmt: skip
    bring(tables, {account: Touched(NEWEST, {item_id: None})})
    assert [each["code"] for each in report(tables, account, "2026-03-16")["breaks"]] == ["MISSING_OURS"]


def test_a_newer_statement_takes_the_lots_out_of_the_report_before_it(tables):
    account = f"ACC-{uuid.uuid4().hex[:12]}"
    state_position(tables, account, "10", "2026-03-13")
    put(tables, SETTINGS.queue_state_table, id=f"tax_lots:{account}:{APPLE}", kind="tax_lots",
        safekeeping_account=account, isin=APPLE, open_quantity="12")  # fmt: skip
    assert written(tables, {account: Touched(date.min)}) == 1
    assert [each["code"] for each in report(tables, account, "2026-03-13")["breaks"]] == ["QUANTITY"]
    state_position(tables, account, "12", "2026-03-16")
    assert written(tables, {account: Touched(date(2026, 3, 16))}) == 2
    assert report(tables, account, "2026-03-13")["breaks"] == []
    assert report(tables, account, "2026-03-16")["breaks"] == []


def entitle(tables, account, event, quantity, **more):
    row = {name: value for name, value in DIVIDEND.items() if isinstance(value, str)}
    own = {"safekeeping_account": account, "entitlement_key": f"{event}#001", "corporate_action_event_id": event}
    put(
        tables,
        SETTINGS.entitlements_table,
        **row
        | own
        | {"eligible_quantity": quantity, "entitled_amount": "21.25", "version": "1", "revision": "1"}
        | more,
    )


def keep(tables, account, kind, *records):
    """An item as the engine keeps it for reconciliation (tests/unit/engine/test_reconciled.py holds it to this shape)."""
    item = {"id": {"S": f"{kind}:{account}"}, "kind": {"S": kind}, "safekeeping_account": {"S": account}}
    texts = {"L": [{"S": json.dumps(each)} for each in records]}
    tables[0].put_item(TableName=SETTINGS.queue_state_table, Item=item | {"records": texts})


def test_a_holder_that_a_calculated_event_left_out_is_missing_until_it_is_entitled(tables):
    account = f"ACC-{uuid.uuid4().hex[:12]}"
    state_position(tables, account, "10", "2026-03-13")
    event = f"CA-{account}"
    calculated = {event: {"S": "2026-03-16"}}
    item = {"id": {"S": f"calculated_events:{APPLE}"}, "isin": {"S": APPLE}, "events": {"M": calculated}}
    tables[0].put_item(TableName=SETTINGS.queue_state_table, Item=item)
    try:
        bring(tables, {account: Touched(date.min)})
        found = report(tables, account, "2026-03-16")["breaks"]
        assert [(each["kind"], each["code"], each["theirs"]) for each in found] == [
            ("entitlement", "MISSING_OURS", "10"),
            ("lots", "MISSING_OURS", "10"),
        ]
        entitle(tables, account, event, "9", record_date="")
        bring(tables, {account: Touched(date.min)})
        assert [(each["kind"], each["code"]) for each in report(tables, account, "2026-03-16")["breaks"]] == [
            ("entitlement", "QUANTITY"),
            ("lots", "MISSING_OURS"),
        ]
    finally:
        tables[0].delete_item(TableName=SETTINGS.queue_state_table, Key={"id": item["id"]})


def test_two_events_that_pay_the_same_on_the_same_day_are_one_announced_twice(tables):
    account = f"ACC-{uuid.uuid4().hex[:12]}"
    state_position(tables, account, "10", "2026-03-13")
    for event in ("CA-A", "CA-B"):
        entitle(tables, account, event, "10")
    bring(tables, {account: Touched(date.min)})
    assert ("DUPLICATE", f"CA-B/{APPLE}") in [
        (each["code"], each["key"]) for each in report(tables, account, "2026-03-16")["breaks"]
    ]


def test_a_payment_is_reconciled_with_the_confirmation_that_the_engine_keeps(tables):
    account = f"ACC-{uuid.uuid4().hex[:12]}"
    entitle(tables, account, "CA-1", "100")
    names = {"record_type": "confirmation", "corporate_action_event_id": "CA-1", "option_number": "001"}
    paid = {**names, "safekeeping_account": account, "posting_amount": "21.00", "posting_date": "2026-03-30"}
    orphan = {**paid, "corporate_action_event_id": "CA-9", "posting_amount": "5"}
    keep(tables, account, "confirmation", paid, orphan)
    bring(tables, {account: Touched(date.min)})
    assert [each["code"] for each in report(tables, account, "2026-03-16")["breaks"]] == ["MISSING_THEIRS"]
    found = report(tables, account, "2026-03-30")["breaks"]
    assert [(each["kind"], each["code"], each["difference"]) for each in found] == [
        ("entitlement", "MISSING_THEIRS", "-100"),
        ("payment", "MISSING_OURS", "5"),
        ("payment_amount", "AMOUNT", "-0.25"),
        ("payment_date", "DATE", "3"),
    ]


@pytest.mark.parametrize("posted", [{}, {"posting_date": "2026-03-12"}])
def test_an_entitlement_that_is_paid_before_its_date_or_without_one_touches_the_reports_before_it(tables, posted):
    account = f"ACC-{uuid.uuid4().hex[:12]}"
    for day in ("2026-03-12", "2026-03-13"):
        state_position(tables, account, "100", day)
    names = {"record_type": "confirmation", "corporate_action_event_id": "CA-1", "option_number": "001"}
    keep(tables, account, "confirmation", {**names, "safekeeping_account": account, "posting_amount": "21.25"} | posted)
    bring(tables, {account: Touched(date.min)})
    orphaned = report(tables, account, "2026-03-12")["breaks"]
    entitle(tables, account, "CA-1", "100")
    bring(tables, {account: Touched(date(2026, 3, 16))})
    assert report(tables, account, "2026-03-12")["breaks"] != orphaned


def test_a_payment_that_passed_is_missed_in_the_report_of_the_next_statement(tables):
    account = f"ACC-{uuid.uuid4().hex[:12]}"
    state_position(tables, account, "100", "2026-03-16")
    state_position(tables, account, "100", "2026-03-30")
    entitle(tables, account, "CA-1", "100")
    bring(tables, {account: Touched(date.min)})
    codes = [[each["code"] for each in report(tables, account, day)["breaks"]] for day in ("2026-03-16", "2026-03-30")]
    assert codes == [[], ["MISSING_OURS", "MISSING_CONFIRMATION"]]


def test_statements_and_second_sources_are_reconciled_and_have_reports_of_their_dates(tables):
    account = f"ACC-{uuid.uuid4().hex[:12]}"
    state_position(tables, account, "10", "2026-03-13")
    where = {"safekeeping_account": account, "isin": APPLE, "safekeeping_place": "DTCYUS33"}
    line = {"record_type": "statement", **where, "as_of_date": "2026-03-17"}
    keep(tables, account, "statement", line | {"aggregate": "12", "available": "12", "not_available": "1"})
    second = {"record_type": "position", **where, "as_of_date": "2026-03-13", "settled_quantity": "11", "source": "B"}
    keep(tables, account, "second_source", second)
    bring(tables, {account: Touched(date.min)})
    assert [each["code"] for each in report(tables, account, "2026-03-13")["breaks"]] == ["MISSING_OURS", "DUPLICATE"]
    assert [each["code"] for each in report(tables, account, "2026-03-17")["breaks"]] == [
        "QUANTITY",
        "INCONSISTENT_STATEMENT",
        "MISSING_OURS",
        "DUPLICATE",
    ]


def test_an_eligible_balance_that_differs_from_our_position_is_a_break_of_its_event(tables):
    account = f"ACC-{uuid.uuid4().hex[:12]}"
    state_position(tables, account, "10", "2026-03-13")
    where = {"safekeeping_account": account, "isin": APPLE, "as_of_date": "2026-03-16"}
    line = {"record_type": "statement", **where, "aggregate": "12", "corporate_action_event_id": "CA-1"}
    keep(tables, account, "statement", line)
    bring(tables, {account: Touched(date.min)})
    breaks = report(tables, account, "2026-03-16")["breaks"]
    (found,) = [each for each in breaks if each["kind"] == "eligible_balance"]
    names = ("kind", "code", "ours", "theirs", "corporate_action_event_id")
    assert [found[name] for name in names] == ["eligible_balance", "QUANTITY", "10", "12", "CA-1"]


def test_a_trade_that_the_lots_have_and_the_statement_has_not_explains_the_difference(tables):
    account = f"ACC-{uuid.uuid4().hex[:12]}"
    state_position(tables, account, "10", "2026-03-13")
    pending = {"trade_id": "T-1", "trade_date": "2026-03-13", "settlement_date": "2026-03-16", "quantity": "-2"}
    item = {"id": f"tax_lots:{account}:{APPLE}", "kind": "tax_lots", "safekeeping_account": account, "isin": APPLE}
    trades = {"L": [{"M": {name: {"S": value} for name, value in pending.items()}}]}
    texts = {name: {"S": value} for name, value in (item | {"open_quantity": "8"}).items()}
    tables[0].put_item(TableName=SETTINGS.queue_state_table, Item=texts | {"pending_trades": trades})
    bring(tables, {account: Touched(date.min)})
    (found,) = report(tables, account, "2026-03-13")["breaks"]
    assert (found["code"], "trade T-1" in found["likely_cause"]) == ("TIMING", True)


def test_a_security_without_record_is_unknown_once_any_security_is_known(tables):
    account = f"ACC-{uuid.uuid4().hex[:12]}"
    state_position(tables, account, "10", "2026-03-13")

    def codes():
        bring(tables, {account: Touched(date.min)})
        return [each["code"] for each in report(tables, account, "2026-03-13")["breaks"]]

    try:
        put(tables, SETTINGS.queue_state_table, id="securities", kind="securities")
        assert codes() == ["MISSING_OURS", "UNKNOWN_SECURITY"]
        put(tables, SETTINGS.queue_state_table, id=f"security:{APPLE}", kind="security")
        assert codes() == ["MISSING_OURS"]
    finally:
        for each in ("securities", f"security:{APPLE}"):
            tables[0].delete_item(TableName=SETTINGS.queue_state_table, Key={"id": {"S": each}})
