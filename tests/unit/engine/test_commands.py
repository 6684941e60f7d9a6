"""`health`, `rebuild-projection` and `republish`."""

import os
import subprocess
import sys
import threading
from pathlib import Path

from harness.deadline import wait_for
from harness.isin import fresh_isin
from servicing_engine.heartbeat import heartbeat_path, keep_fresh
from tests.unit.domain.facts import event
from tests.unit.engine.engine_target import CHECKOUT, entitled, eventually, fresh_facts, notifications, request


def command(name, environment, *options):
    return subprocess.run(
        [sys.executable, "-m", "servicing_engine", name, *options],
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
        assert (done.returncode, "published" in done.stdout, done.stderr) == (0, True, "")
        assert sorted(entitled(target, event_id, accounts), key=str) == sorted(before, key=str)


def of_a_security(holders):
    """Fresh facts and their event, of a security that nobody else holds."""
    event_id, accounts, holdings = fresh_facts(holders)
    isin = fresh_isin()
    holdings = [{**raw, "isin": isin} if "isin" in raw else raw for raw in holdings]
    return event_id, accounts, holdings, event(corporate_action_event_id=event_id, isin=isin)


def outbox_rows(target):
    with target.connect() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM outbox")
        return cursor.fetchone()[0]


def test_a_dry_run_counts_by_kind_and_writes_nothing(target, task):
    event_id, accounts, holdings, declared = of_a_security(holders=2)
    request(target, *holdings, declared)
    eventually(lambda: len(entitled(target, event_id, accounts)) == 2)
    before = outbox_rows(target)
    rebuilt = command("rebuild-projection", target.environment, "--dry-run")
    republished = command("republish", target.environment, "--event", event_id, "--dry-run")
    assert (rebuilt.returncode, rebuilt.stdout.startswith("rebuild-projection would publish: ")) == (0, True)
    assert (republished.returncode, republished.stdout) == (0, "republish would publish: 2 announcements\n")
    assert outbox_rows(target) == before


def test_an_event_is_announced_again_as_it_was_without_what_the_outbox_had_of_it(target, task):
    event_id, (account,), holdings, declared = of_a_security(holders=1)
    request(target, *holdings, declared)
    eventually(lambda: len(entitled(target, event_id, [account])) == 1)
    doubled = {**declared["options"][0], "gross_rate": "2.00"}
    request(target, {**declared, "version": 2, "function": "REPL", "options": [doubled]})
    told = []
    eventually(lambda: len(of(event_id, notifications(target, told, len(told) + 1))) == 2)
    with target.connect() as connection, connection.cursor() as cursor:
        cursor.execute("DELETE FROM outbox")
    done = command("republish", target.environment, "--event", event_id)
    assert (done.returncode, done.stdout) == (0, "republish: 2 announcements\n2 of 2 published\n")
    again = []
    eventually(lambda: len(of(event_id, notifications(target, again, len(again) + 1))) == 2)
    assert of(event_id, again) == of(event_id, told)
    assert [each.get("supersedes") for each in of(event_id, again)] == [None, 1]


def of(event_id, details):
    return sorted(
        (each for each in details if each["corporate_action_event_id"] == event_id), key=lambda each: each["revision"]
    )
