"""Recovery by command on the running system: each command mends what was lost, and run where nothing was lost it changes nothing."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from harness.deadline import wait_for
from harness.feed.records import account, dividend, position
from harness.isin import fresh_isin
from harness.notification_tap import notification_tap
from harness.scenarios.scenario import scenario
from harness.system import System
from tests.database import rows
from tests.facts import feed
from tests.wholeness import violations_of

pytestmark = [pytest.mark.engine]

COMMAND_SECONDS = 300


@pytest.fixture
def event(system: System, fresh: str) -> str:
    """An event whose one holder is entitled."""
    isin = fresh_isin()
    holdings = [account(f"ACC-{fresh}"), position(f"ACC-{fresh}", isin, "100")]
    feed(system, [*holdings, dividend(f"CA-{fresh}", isin)])
    wait_for("its item", lambda: item(system, fresh), bool, 30)
    return f"CA-{fresh}"


def harness(system: System, *arguments: str) -> str:
    """Return what a command printed, which ended with 0."""
    command = [sys.executable, "-m", "harness", *arguments, "--target", system.target]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=COMMAND_SECONDS)
    assert done.returncode == 0, f"exit status {done.returncode}: {done.stderr}"
    return done.stdout


def key(fresh: str) -> dict[str, dict[str, str]]:
    return {"safekeeping_account": {"S": f"ACC-{fresh}"}, "entitlement_key": {"S": f"CA-{fresh}#001"}}


def item(system: System, fresh: str) -> Any:
    table = system.outputs["entitlements_table_name"]
    return system.client("dynamodb").get_item(TableName=table, Key=key(fresh), ConsistentRead=True).get("Item")


@scenario(
    "ecs.one-off-task.rebuilds-projection",
    service="ecs",
    feature="tasks run once",
    lane="resilience",
    aws="ecs:RunTask",
)
def test_a_lost_item_of_the_projection_is_written_again(system: System, event: str, fresh: str) -> None:
    before = item(system, fresh)
    system.client("dynamodb").delete_item(TableName=system.outputs["entitlements_table_name"], Key=key(fresh))
    assert harness(system, "rebuild-projection", "--dry-run").startswith("rebuild-projection would publish: ")
    assert item(system, fresh) is None
    assert "published" in harness(system, "rebuild-projection")
    assert item(system, fresh) == before


@scenario("ecs.one-off-task.republishes", service="ecs", feature="tasks run once", lane="resilience", aws="ecs:RunTask")
def test_an_event_is_announced_again_under_its_id(system: System, event: str, fresh: str) -> None:
    with notification_tap(system) as tap:
        assert harness(system, "republish", "--event", event).startswith("republish: 1 announcements\n")
        told = wait_for("the announcement", lambda: tap.drain() and tap.details(event), bool, 30)
    assert [detail["notification_id"] for detail in told] == [f"{event}/ACC-{fresh}/001/1"]


@scenario("ecs.one-off-task.output", service="ecs", feature="tasks run once", lane="resilience", aws="ecs:RunTask")
def test_a_command_prints_what_its_task_printed(system: System, event: str, fresh: str) -> None:
    [revision] = json.loads(harness(system, "history", event, f"ACC-{fresh}"))
    assert (revision["corporate_action_event_id"], revision["revision"]) == (event, 1)


@scenario(
    "lambda.replay.changes-nothing",
    service="lambda",
    feature="stream to function",
    lane="resilience",
    aws="lambda:Invoke",
)
@pytest.mark.exclusive
def test_records_that_are_replayed_change_nothing_that_is_there(system: System, event: str, fresh: str) -> None:
    since = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
    with notification_tap(system) as tap:
        assert "records sent again" in harness(system, "replay", "--from", since)
        assert not [detail for detail in tap.drain() if detail["corporate_action_event_id"] == event]
    statement = "SELECT revision FROM entitlements WHERE corporate_action_event_id = %s"
    assert rows(system, statement, event) == [{"revision": 1}]
    assert not violations_of(system, fresh)
