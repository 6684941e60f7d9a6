"""The engine task as Fargate runs it: a process with its environment, on the real emulator and PostgreSQL."""

import json
import os
import signal
import subprocess
import sys
from decimal import Decimal

from tests.unit.domain.facts import APPLE, event, position, rate, rates
from tests.unit.engine.engine_target import (
    CHECKOUT,
    deploy,
    entitled,
    eventually,
    fresh_facts,
    items,
    notifications,
    request,
)


def test_a_dividend_comes_out_in_rds_projection_s3_event_and_queue_state(target, task):
    event_id, accounts, holdings = fresh_facts()
    (holder,) = accounts
    ids = request(target, *holdings, event(corporate_action_event_id=event_id))
    found = eventually(lambda: entitled(target, event_id, accounts))
    (projected,) = found
    assert (projected["net_amount"], projected["status"], projected["rules_version"]) == (
        "212.50",
        "CALCULATED",
        "withholding_rates:1;market_calendars:1",
    )
    connection = target.connect()
    with connection.cursor() as cursor:
        cursor.execute("SELECT net_amount, calculation_key FROM entitlements WHERE safekeeping_account = %s", (holder,))
        ((net, key),) = cursor.fetchall()
    connection.close()
    told = [each for each in notifications(target, [], 1) if each["safekeeping_account"] == holder]
    calculation = json.loads(target.client("s3").get_object(Bucket="calculations", Key=key)["Body"].read())
    assert net == Decimal("212.50")
    assert [(each["net_amount"], each["calculation_key"]) for each in told] == [("212.50", key)]
    assert [step["result"] for step in calculation["explanation"]] == [
        "1000",
        "250.00",
        "37.50",
        "212.50",
        "2026-03-27",
    ]
    final = lambda: len([each for each in items(target, "queue-state") if each["id"] in ids and "state" in each]) == 3  # noqa: E731
    eventually(final)
    states = {each["id"]: each.get("state") for each in items(target, "queue-state")}
    assert f"calculated_events:{APPLE}" in states
    assert ([states[each] for each in ids], states[f"corporate_action:{event_id}"]) == (["APPLIED"] * 3, "CALCULATED")


def test_a_rate_changed_in_appconfig_is_used_by_the_next_event_and_named(target, task):
    version = deploy(target, target.environment, "WITHHOLDING_RATES", rates(rate("US-GB", "30", "10")))
    event_id, accounts, holdings = fresh_facts()
    request(target, *holdings, event(corporate_action_event_id=event_id))
    found = eventually(lambda: entitled(target, event_id, accounts))
    deploy(target, target.environment, "WITHHOLDING_RATES", rates(rate("US-GB", "30", "15")))
    assert [(each["net_amount"], each["rules_version"]) for each in found] == [
        ("225.00", f"withholding_rates:{version};market_calendars:1")
    ]


def test_killed_in_a_burst_and_started_again_nothing_is_missing_and_nothing_is_twice(target, task):
    event_id, accounts, holdings = fresh_facts(holders=60)
    request(target, event(corporate_action_event_id=event_id))
    for start in range(0, len(holdings), 2):
        request(target, *holdings[start : start + 2])
    eventually(lambda: entitled(target, event_id, accounts))
    task.kill()
    task.wait(10)
    environment = {"PATH": os.environ["PATH"], **target.environment}
    again = subprocess.Popen(
        [sys.executable, "-m", "servicing_engine"],
        cwd=CHECKOUT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        eventually(lambda: len(entitled(target, event_id, accounts)) == len(accounts), seconds=100)
        kept, wanted = [], {f"{event_id}/{each}/001/1" for each in accounts}
        told = lambda: {each["notification_id"] for each in kept if each["corporate_action_event_id"] == event_id}  # noqa: E731
        eventually(
            lambda: notifications(target, kept, len(kept)) is kept and len(told() & wanted) == len(wanted), seconds=100
        )
    finally:
        again.send_signal(signal.SIGTERM)
        again.wait(30)
    assert {each for each in told() if each.split("/")[1] in accounts} == wanted


def test_sigterm_drains_and_ends_with_status_zero(target, task):
    event_id, accounts, holdings = fresh_facts()
    request(target, *holdings, event(corporate_action_event_id=event_id))
    eventually(lambda: entitled(target, event_id, accounts))
    task.send_signal(signal.SIGTERM)
    assert task.wait(30) == 0


def test_what_is_no_request_and_a_bad_fact_among_good_ones_stop_neither_task_nor_others(target, task):
    event_id, accounts, holdings = fresh_facts()
    queue = {"QueueUrl": target.environment["ENTITLEMENT_REQUESTS_QUEUE_URL"]}
    for body in ("{not json", "[]", '{"kind": "unheard"}'):
        target.client("sqs").send_message(**queue, MessageBody=body)
    request(target, *holdings, position("-1"), event(corporate_action_event_id=event_id))
    eventually(lambda: entitled(target, event_id, accounts))
    assert task.poll() is None
