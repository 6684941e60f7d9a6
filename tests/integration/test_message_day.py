"""A day in messages on the running system, against the figures worked out by hand (examples/feeds/message-day/README.md)."""

import json
from functools import partial
from typing import Any

import pytest
from boto3.dynamodb.conditions import Key

from harness.deadline import wait_for
from harness.embedded.run_folder import CHECKOUT
from harness.isin import fresh_isin
from harness.scenarios.scenario import scenario
from harness.system import System
from tests.facts import feed

pytestmark = [pytest.mark.engine, scenario(service="lambda", lane="data plane")]

FOLDER = CHECKOUT / "examples" / "feeds" / "message-day"
ID, ISIN, LAST_DAY = "MSGDAY", "DE0007164600", "2026-06-15"
STEPS = json.loads((FOLDER / "expected.json").read_text())
SECONDS = 60


@scenario("lambda.messages.day", feature="stream to function", aws="lambda-guide:with-kinesis")
def test_a_day_in_messages_gives_the_figures_worked_out_by_hand_after_each(system: System, fresh: str) -> None:
    """Under ids and an ISIN of its own, so that nobody else holds it and it may run again."""
    ids = {ID: fresh[:6].upper(), ISIN: fresh_isin()}
    for step in STEPS:
        name, expected = step["message"], json.loads(_renamed(json.dumps(step["entitlements"]), ids))
        content = _renamed((FOLDER / name).read_text(), ids)
        parts = content.splitlines() if name.endswith(".jsonl") else [content]
        states = [item["state"] for item in feed(system, [part.encode() for part in parts])]
        assert (name, set(states)) == (name, {step["state"]})
        entitlements = partial(_entitlements, system, ids[ID], expected)
        wait_for(f"the entitlements after {name}", entitlements, expected.__eq__, SECONDS)
    wait_for(
        "the break of what was taken back", lambda: _breaks(system, f"ACC-{ids[ID]}-2"),
        [("AMOUNT", "110.44", "0.00")].__eq__, SECONDS,
    )  # fmt: skip


def _renamed(text: str, ids: dict[str, str]) -> str:
    for old, new in ids.items():
        text = text.replace(old, new)
    return text


def _entitlements(system: System, tag: str, like: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The current entitlements of both accounts, in order, cut to the fields that are expected."""
    dynamodb = system.session().resource("dynamodb", endpoint_url=system.endpoint("dynamodb"))
    table = dynamodb.Table(system.outputs["entitlements_table_name"])
    names = like[0] if like else ["safekeeping_account", "option_number"]
    return [
        {name: str(item[name]) for name in names}
        for number in (1, 2)
        for item in table.query(
            KeyConditionExpression=Key("safekeeping_account").eq(f"ACC-{tag}-{number}"), ConsistentRead=True
        )["Items"]
    ]


def _breaks(system: System, account: str) -> list[tuple[str, str, str]]:
    """(code, ours, theirs) of the last day's payment breaks; none while there is no report."""
    s3, bucket = system.client("s3"), system.outputs["reports_bucket"]
    key = f"reports/{LAST_DAY}/{account}.json"
    if not s3.list_objects_v2(Bucket=bucket, Prefix=key).get("Contents"):
        return []
    report = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    return [
        (each["code"], each["ours"], each["theirs"]) for each in report["breaks"] if each["kind"].startswith("payment")
    ]
