"""An engine task killed in a burst: another takes over, and nothing is lost or done twice."""

import os
import signal
from typing import Any

import pytest

from harness.deadline import wait_for
from harness.feed.records import account, dividend, position
from harness.isin import fresh_isin
from harness.notification_tap import NotificationTap, notification_tap
from harness.scenarios.scenario import scenario
from harness.system import System
from tests.database import rows
from tests.facts import feed
from tests.resilience.engine_tasks import require_processes, running_tasks
from tests.wholeness import violations_of

pytestmark = [
    pytest.mark.engine,
    scenario(service="ecs", lane="resilience", aws="ecs-guide:ecs_services"),
]

EVENTS = 200


@pytest.fixture
def running(system: System) -> list[dict[str, Any]]:
    """The tasks before the kill."""
    require_processes(system)
    found = running_tasks(system)
    assert found
    return found


def announced(tap: NotificationTap, events: dict[str, str]) -> list[str]:
    return [d["notification_id"] for d in tap.drain() if d["corporate_action_event_id"] in events]


def calculated(system: System, holder: str) -> list[str]:
    """Events of which the holder has a current entitlement."""
    statement = (
        "SELECT corporate_action_event_id FROM entitlements WHERE safekeeping_account = %s AND status = 'CALCULATED'"
    )
    return [row["corporate_action_event_id"] for row in rows(system, statement, holder)]


@scenario("ecs.engine-service.killed-task", feature="a task is replaced")
@pytest.mark.exclusive
def test_a_task_killed_in_a_burst_is_replaced_and_every_event_is_there_once(
    system: System, running: list[dict[str, Any]], fresh: str, capsys: pytest.CaptureFixture[str]
) -> None:
    holder, events = f"ACC-{fresh}", {f"CA-{fresh}-{number}": fresh_isin() for number in range(EVENTS)}
    feed(system, [account(holder), *(position(holder, isin, "100") for isin in events.values())], seconds=120)
    with notification_tap(system) as tap:
        feed(system, [dividend(event, isin) for event, isin in events.items()], seconds=0)
        begun = wait_for("the burst under way", lambda: len(calculated(system, holder)), bool, 60, longest_pause=0.05)
        os.kill(running[0]["pid"], signal.SIGKILL)
        assert begun < EVENTS, "the kill came after the burst"
        wait_for("every event announced", lambda: len(set(announced(tap, events))), EVENTS.__eq__, 180)
        ids = announced(tap, events)
    assert sorted(calculated(system, holder)) == sorted(events)
    assert not violations_of(system, fresh)
    again = wait_for("as many tasks as before", lambda: running_tasks(system), lambda now: len(now) == len(running), 60)
    assert running[0]["task_id"] not in {task["task_id"] for task in again}
    with capsys.disabled():
        print(f"\n{EVENTS} events, {len(ids)} notifications of {len(set(ids))} ids after a kill")
