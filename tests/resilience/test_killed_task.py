"""An engine task killed in a burst: another takes over, and nothing is lost or done twice."""

import json
import os
import signal
import subprocess
import sys
from typing import Any

import psutil
import pytest

from harness.deadline import wait_for
from harness.feed.records import account, dividend, position
from harness.isin import fresh_isin
from harness.notification_tap import NotificationTap, notification_tap
from harness.scenarios.scenario import scenario
from harness.system import System
from harness.targets.registry import choose
from tests.facts import feed

pytestmark = [
    pytest.mark.engine,
    scenario(service="ecs", lane="resilience", aws="ecs-guide:ecs_services"),
]

EVENTS = 200


def tasks(system: System) -> list[dict[str, Any]]:
    """Running engine tasks, as the harness tells them."""
    command = [sys.executable, "-m", "harness", "status", "--json", "--target", system.target]
    shown = subprocess.run(command, capture_output=True, text=True, check=True)
    found = json.loads(shown.stdout)["tasks"]
    return [task for task in found if task["state"] == "RUNNING" and psutil.pid_exists(task["pid"])]


@pytest.fixture
def running(system: System) -> list[dict[str, Any]]:
    """The tasks before the kill, where they are processes that we can kill."""
    if choose(system.target).started_by != "harness":
        pytest.skip("unsupported: this target's tasks are not processes that the harness can kill")
    found = tasks(system)
    assert found
    return found


def announced(tap: NotificationTap, events: dict[str, str]) -> list[str]:
    return [d["notification_id"] for d in tap.drain() if d["corporate_action_event_id"] in events]


def projected(system: System, holder: str) -> set[str]:
    table = system.session().resource("dynamodb", endpoint_url=system.endpoint("dynamodb"))
    pages = table.meta.client.get_paginator("query").paginate(
        TableName=system.outputs["entitlements_table_name"],
        KeyConditionExpression="safekeeping_account = :holder",
        ExpressionAttributeValues={":holder": holder},
    )
    return {item["corporate_action_event_id"] for page in pages for item in page["Items"]}


def rows(system: System, holder: str) -> list[tuple[str, str]]:
    connection = system.database()
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT corporate_action_event_id, calculation_key FROM entitlements WHERE safekeeping_account = %s AND status = 'CALCULATED'",
                (holder,),
            )
            return list(cursor.fetchall())
    finally:
        connection.close()


@scenario("ecs.engine-service.killed-task", feature="a task is replaced")
@pytest.mark.exclusive
def test_a_task_killed_in_a_burst_is_replaced_and_every_event_is_there_once(
    system: System, running: list[dict[str, Any]], fresh: str, capsys: pytest.CaptureFixture[str]
) -> None:
    holder, events = f"ACC-{fresh}", {f"CA-{fresh}-{number}": fresh_isin() for number in range(EVENTS)}
    feed(system, [account(holder), *(position(holder, isin, "100") for isin in events.values())], seconds=120)
    with notification_tap(system) as tap:
        feed(system, [dividend(event, isin) for event, isin in events.items()], seconds=0)
        begun = wait_for("the burst under way", lambda: len(rows(system, holder)), bool, 60, longest_pause=0.05)
        os.kill(running[0]["pid"], signal.SIGKILL)
        assert begun < EVENTS, "the kill came after the burst"
        wait_for("every event announced", lambda: len(set(announced(tap, events))), EVENTS.__eq__, 180)
        ids = announced(tap, events)
    stored = rows(system, holder)
    assert {event for event, _ in stored} == set(events)
    assert len(stored) == EVENTS
    assert wait_for("the projection", lambda: projected(system, holder), set(events).__eq__, 60)
    s3, bucket = system.client("s3"), system.outputs["calculations_bucket"]
    for _, key in stored:
        s3.head_object(Bucket=bucket, Key=key)
    again = wait_for("as many tasks as before", lambda: tasks(system), lambda now: len(now) == len(running), 60)
    assert running[0]["task_id"] not in {task["task_id"] for task in again}
    with capsys.disabled():
        print(f"\n{EVENTS} events, {len(ids)} notifications of {len(set(ids))} ids after a kill")
