import json
import uuid

import pytest

from functions.api_handler.query import token
from functions.api_handler.routes import make_app
from functions.api_handler.settings import Settings
from tests.unit.domain.facts import APPLE
from tests.unit.functions.test_ingest_normalizer import eventually

PLACE = "DTCYUS33"
BODY = {
    "safekeeping_place": PLACE,
    "as_of_date": "2026-03-16",
    "settled_quantity": "10",
    "source": "C-A",
    "sequence": 1,
}
EVENT = {
    "function": "NEWM",
    "event_type": "DVCA",
    "isin": APPLE,
    "record_date": "2026-03-16",
    "payment_date": "2026-03-27",
    "options": [{"option_number": "001", "option_type": "CASH", "gross_rate": "0.25", "currency": "USD"}],
}


class Api:
    """The router over the scratch system's real tables and stream."""

    def __init__(self, ingest):
        self.dynamodb = ingest.client("dynamodb")
        settings = Settings("positions", "entitlements", "queue-state", "positions")
        self.app = make_app(settings, self.dynamodb, ingest.client("kinesis"))

    def __call__(self, method, path, query=None, body=None):
        text = body if body is None or isinstance(body, str) else json.dumps(body)
        event = {"httpMethod": method, "path": path, "queryStringParameters": query, "body": text, "headers": {}}
        event |= {"requestContext": {"stage": "live"}, "isBase64Encoded": False}
        answer = self.app.resolve(event, None)
        headers = {name: values[0] for name, values in answer["multiValueHeaders"].items()}
        return answer["statusCode"], json.loads(answer["body"]), headers

    def put_item(self, table, **texts):
        numbers = ("version", "revision")
        item = {name: {"N" if name in numbers else "S": value} for name, value in texts.items()}
        self.dynamodb.put_item(TableName=table, Item=item)


@pytest.fixture(scope="session")
def api(ingest):
    names = ("safekeeping_account", "entitlement_key", "corporate_action_event_id")
    ingest.client("dynamodb").create_table(
        TableName="entitlements",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in names],
        KeySchema=_keys("safekeeping_account", "entitlement_key"),
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by_corporate_action",
                "KeySchema": _keys("corporate_action_event_id", "safekeeping_account"),
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    return Api(ingest)


def _keys(hash_key, range_key):
    return [{"AttributeName": hash_key, "KeyType": "HASH"}, {"AttributeName": range_key, "KeyType": "RANGE"}]


TOKEN = {
    what: token({"safekeeping_account": "A", "entitlement_key": key})
    for what, key in {"half a character": "\ud800", "a key without end": "x" * 1025}.items()
}


@pytest.fixture
def fresh():
    return f"ACC-{uuid.uuid4().hex[:12]}"


def test_a_position_is_created_read_updated_and_deleted_through_the_stream(api, fresh):
    path = f"/positions/{fresh}/{APPLE}"

    def shows(quantity):
        def look():
            status, answer, _ = api("GET", path)
            return answer if status == 200 and answer["positions"][0]["settled_quantity"] == quantity else None

        return eventually(look)

    assert api("GET", path)[0] == 404
    status, answer, _ = api("PUT", path, body=BODY)
    assert (status, ":" in answer["record_id"]) == (202, True)
    assert shows("10")["positions"][0]["sequence"] == 1
    assert api("PUT", path, body={**BODY, "settled_quantity": "25", "sequence": 2})[0] == 202
    shows("25")
    query = {"as_of_date": "2026-03-16", "safekeeping_place": PLACE, "sequence": "3"}
    assert api("DELETE", path, query)[0] == 202
    shows("0")


def test_a_deletion_records_zero_on_its_own_day_under_the_places_source(api, fresh):
    path = f"/positions/{fresh}/{APPLE}"
    query = {"as_of_date": "2026-03-20", "safekeeping_place": PLACE, "sequence": "2"}
    assert api("DELETE", path, query)[0] == 404
    api.put_item("positions", safekeeping_account=fresh, position_key=f"{APPLE}#{PLACE}#2026-03-16", isin=APPLE,
                 safekeeping_place=PLACE, as_of_date="2026-03-16", settled_quantity="10", source="C-B")  # fmt: skip
    assert api("DELETE", path, query | {"safekeeping_place": f"{PLACE}X"})[0] == 404
    assert api("DELETE", path, query)[0] == 202

    def shown():
        (position,) = api("GET", path)[1]["positions"]
        found = tuple(position[name] for name in ("as_of_date", "settled_quantity", "source"))
        return found == ("2026-03-20", "0", "C-B") or None

    assert eventually(shown)


def test_what_nobody_foresaw_is_a_problem_document_too(api, monkeypatch):
    def broken(*_arguments, **_more):
        raise ZeroDivisionError

    monkeypatch.setattr(api.dynamodb, "get_item", broken)
    status, problem, headers = api("GET", "/corporate-actions/CA-1")
    assert (status, problem["status"], headers["Content-Type"]) == (500, 500, "application/problem+json")


def test_a_record_beyond_what_the_stream_takes_is_refused_as_too_large(api):
    status, problem, _ = api("PUT", f"/positions/A/{APPLE}", body={**BODY, "x_memo": "x" * 1_000_000})
    assert (status, problem["title"]) == (413, "Request Entity Too Large")


def test_a_body_that_is_no_text_is_a_bad_request(api):
    event = {
        "httpMethod": "POST",
        "path": "/corporate-actions",
        "queryStringParameters": None,
        "body": "/w==",
        "headers": {},
    }
    answer = api.app.resolve(event | {"requestContext": {"stage": "live"}, "isBase64Encoded": True}, None)
    assert (answer["statusCode"], json.loads(answer["body"])["errors"][0]["reason"]) == (400, "not_json")


def test_a_list_shows_the_latest_day_of_each_place_and_pages_through_all(api, fresh):
    for place in ("AAAA", "BBBB", "CCCC"):
        for day in ("2026-03-13", "2026-03-16"):
            texts = {"isin": APPLE, "safekeeping_place": place, "as_of_date": day, "settled_quantity": "1"}
            api.put_item("positions", safekeeping_account=fresh, position_key=f"{APPLE}#{place}#{day}", **texts)
    query, seen = {"safekeeping_account": fresh, "limit": "2"}, []
    while True:
        _, answer, _ = api("GET", "/positions", query)
        seen += [(each["safekeeping_place"], each["as_of_date"]) for each in answer["positions"]]
        if "next_token" not in answer:
            break
        query["next_token"] = answer["next_token"]
    assert sorted(seen) == [(place, "2026-03-16") for place in ("AAAA", "BBBB", "CCCC")]


def test_entitlements_are_found_by_account_by_event_and_by_both_and_page(api, fresh):
    event = f"CA-{fresh}"
    for option in ("001", "002", "003"):
        texts = {"corporate_action_event_id": event, "option_number": option, "net_amount": "8.5", "version": "1"}
        api.put_item("entitlements", safekeeping_account=fresh, entitlement_key=f"{event}#{option}", **texts)
    one = api("GET", f"/entitlements/{event}/{fresh}")[1]["entitlements"]
    assert ([each["option_number"] for each in one], one[0]["version"]) == (["001", "002", "003"], 1)
    assert "entitlement_key" not in one[0]
    assert (one[0]["isin_out"], one[0]["net_amount"]) == (None, "8.5")
    for name, value in (("safekeeping_account", fresh), ("corporate_action_event_id", event)):
        first = api("GET", "/entitlements", {name: value, "limit": "2"})[1]
        rest = api("GET", "/entitlements", {name: value, "limit": "2", "next_token": first["next_token"]})[1]
        found = [each["option_number"] for each in first["entitlements"] + rest["entitlements"]]
        assert sorted(found) == ["001", "002", "003"]


def test_a_corporate_action_is_announced_shown_and_cancelled_by_the_next_version(api, ingest, fresh):
    event = f"CA-{fresh}"
    status, answer, headers = api("POST", "/corporate-actions", body={**EVENT, "corporate_action_event_id": event})
    assert (status, headers["Location"]) == (202, f"/corporate-actions/{event}")
    shown = eventually(lambda: ((answer := api("GET", headers["Location"]))[0] == 200 and answer[1]) or None)
    received = {
        "corporate_action_event_id": event,
        "version": 1,
        "state": "RECEIVED",
        "entitlements": 0,
        "reason": None,
    }
    assert shown == received
    texts = {
        "kind": "corporate_action",
        "corporate_action_event_id": event,
        "version": "4",
        "state": "HELD",
        "reason": "no_rate",
    }
    api.put_item("queue-state", id=f"corporate_action:{event}", **texts)
    assert api("GET", headers["Location"])[1] == received | {"version": 4, "state": "HELD", "reason": "no_rate"}
    status, answer, _ = api("DELETE", f"/corporate-actions/{event}")
    shard, sequence = answer["record_id"].split(":")
    kinesis = ingest.client("kinesis")
    start = {"ShardIteratorType": "AT_SEQUENCE_NUMBER", "StartingSequenceNumber": sequence}
    iterator = kinesis.get_shard_iterator(StreamName="positions", ShardId=shard, **start)["ShardIterator"]
    sent = json.loads(kinesis.get_records(ShardIterator=iterator)["Records"][0]["Data"])
    assert (status, sent["function"], sent["version"]) == (202, "CANC", 5)


@pytest.mark.parametrize(
    ("method", "path", "query", "body", "status", "field"),
    [
        ("GET", "/nowhere", None, None, 404, None),
        ("PATCH", "/positions", None, None, 405, None),
        ("GET", "/positions", None, None, 400, "safekeeping_account"),
        ("GET", "/positions", {"safekeeping_account": "A", "colour": "red"}, None, 400, "colour"),
        ("GET", "/positions", {"safekeeping_account": "A", "limit": "0"}, None, 400, "limit"),
        ("GET", "/positions", {"safekeeping_account": "A", "limit": "1001"}, None, 400, "limit"),
        ("GET", "/positions", {"safekeeping_account": "A", "next_token": "!!"}, None, 400, "next_token"),
        ("GET", "/positions", {"safekeeping_account": "A", "next_token": "e30="}, None, 400, "next_token"),
        (
            "GET",
            "/entitlements",
            {"safekeeping_account": "A", "next_token": TOKEN["half a character"]},
            None,
            400,
            "next_token",
        ),
        (
            "GET",
            "/entitlements",
            {"safekeeping_account": "A", "next_token": TOKEN["a key without end"]},
            None,
            400,
            "next_token",
        ),
        ("GET", "/positions/A/US0378331006", None, None, 400, "isin"),
        ("PUT", f"/positions/A/{APPLE}", None, "{oops", 400, ""),
        ("PUT", f"/positions/A/{APPLE}", None, "[]", 400, ""),
        ("PUT", f"/positions/A/{APPLE}", None, {**BODY, "settled_quantity": "1e3"}, 400, "settled_quantity"),
        ("PUT", f"/positions/A/{APPLE}", None, {**BODY, "safekeeping_account": "B"}, 400, "safekeeping_account"),
        ("DELETE", f"/positions/A/{APPLE}", {"sequence": "1", "as_of_date": "x"}, None, 400, "safekeeping_place"),
        ("DELETE", f"/positions/A/{APPLE}", {"as_of_date": "2026-03-16"}, None, 400, "sequence"),
        (
            "POST",
            "/corporate-actions",
            None,
            {**EVENT, "corporate_action_event_id": ""},
            400,
            "corporate_action_event_id",
        ),
        ("DELETE", "/corporate-actions/CA-NONE", None, None, 404, None),
        ("GET", "/entitlements", None, None, 400, ""),
        ("GET", "/entitlements/CA-NONE/A", None, None, 404, None),
    ],
)
def test_every_error_is_a_problem_document_that_names_the_field(api, method, path, query, body, status, field):
    answered, problem, headers = api(method, path, query, body)
    assert (answered, problem["status"], problem["instance"]) == (status, status, path)
    assert headers["Content-Type"] == "application/problem+json"
    assert {"type", "title", "detail"} <= set(problem)
    assert (problem["errors"][0]["field"] if field is not None else problem.get("errors")) == field
    assert headers.get("Allow") == ("GET" if status == 405 else None)
