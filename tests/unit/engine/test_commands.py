"""`health` and `rebuild-projection`."""

import os
import subprocess
import sys
import threading
from pathlib import Path

from harness.deadline import wait_for
from servicing_engine.heartbeat import heartbeat_path, keep_fresh
from tests.unit.domain.facts import event
from tests.unit.engine.engine_target import CHECKOUT, entitled, eventually, fresh_facts, request


def command(name, environment):
    return subprocess.run(
        [sys.executable, "-m", "servicing_engine", name],
        cwd=CHECKOUT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_health_is_one_line_and_a_status_for_a_fresh_a_stale_and_no_heartbeat(tmp_path):
    path = tmp_path / "heartbeat"
    environment = {"ENGINE_HEARTBEAT_FILE": str(path)}
    assert (command("health", environment).returncode, "No such file" in command("health", environment).stderr) == (
        1,
        True,
    )
    path.touch()
    fresh = command("health", environment)
    assert (fresh.returncode, fresh.stdout.count("\n"), fresh.stderr) == (0, 1, "")
    os.utime(path, (1, 1))
    stale = command("health", environment)
    assert (stale.returncode, stale.stderr.startswith("unhealthy"), stale.stderr.count("\n")) == (1, True, 1)


def test_the_heartbeat_is_kept_fresh_and_goes_with_the_task(tmp_path):
    path, stopping = tmp_path / "heartbeat", threading.Event()
    keeper = threading.Thread(target=keep_fresh, args=(path, stopping))
    keeper.start()
    wait_for("heartbeat", path.exists, bool, 10)
    stopping.set()
    keeper.join(10)
    assert not path.exists()


def test_a_heartbeat_that_cannot_be_written_is_logged_and_stops_nothing(tmp_path, caplog):
    stopping = threading.Event()
    keeper = threading.Thread(target=keep_fresh, args=(tmp_path / "nowhere" / "heartbeat", stopping))
    keeper.start()
    wait_for("warning", lambda: "no heartbeat" in caplog.text, bool, 10)
    assert keeper.is_alive()
    stopping.set()
    keeper.join(10)
    assert not keeper.is_alive()


def test_without_a_setting_the_heartbeat_is_in_the_temporary_directory_whether_it_is_usable_or_not(monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr("tempfile._candidate_tempdir_list", lambda: ["/nonexistent"])  # Fargate: no folder is writable
    assert heartbeat_path({}) == Path("/tmp/servicing_engine.heartbeat")
    assert heartbeat_path({"TMPDIR": "/elsewhere"}) == Path("/elsewhere/servicing_engine.heartbeat")


def test_a_projection_that_was_lost_or_is_wrong_is_rebuilt_and_a_second_time_changes_nothing(target, task):
    event_id, accounts, holdings = fresh_facts(holders=3)
    request(target, *holdings, event(corporate_action_event_id=event_id))
    eventually(lambda: len(entitled(target, event_id, accounts)) == 3)
    before, dynamodb = entitled(target, event_id, accounts), target.client("dynamodb")
    keys = [{name: {"S": each[name]} for name in ("safekeeping_account", "entitlement_key")} for each in before]
    dynamodb.delete_item(TableName="entitlements", Key=keys[0])
    dynamodb.put_item(TableName="entitlements", Item=keys[1] | {"net_amount": {"S": "0"}})
    for _ in range(2):
        done = command("rebuild-projection", target.environment)
        assert (done.returncode, "of" in done.stderr) == (0, True)
        assert sorted(entitled(target, event_id, accounts), key=str) == sorted(before, key=str)
