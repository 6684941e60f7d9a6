"""The engine task as Fargate runs it: a process with its environment, on the real emulator and PostgreSQL."""

import json
import os
import signal
import subprocess
import sys
import uuid
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer
from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed

from harness.embedded.clients import ROOT, client
from harness.embedded.lifecycle import bring_up, take_down
from harness.embedded.run_folder import RunFolder
from tests.unit.domain.facts import APPLE, account, event, position, rate, rates

CHECKOUT = Path(__file__).parents[3]
_READ = TypeDeserializer().deserialize


@dataclass
class Target:
    endpoint: str
    environment: dict[str, str]
    notifications_url: str
    connect: Any

    def client(self, service):
        return client(service, self.endpoint, ROOT)


@pytest.fixture(scope="module")
def target(tmp_path_factory, cluster, new_database):
    run = RunFolder(tmp_path_factory.mktemp("run"))
    run.make()
    try:
        yield _provision(bring_up(run).state.endpoint, cluster, new_database())
    finally:
        take_down(run)


def _provision(endpoint, cluster, connect):
    target = Target(endpoint, {}, "", connect)
    dynamodb, sqs, events = target.client("dynamodb"), target.client("sqs"), target.client("events")
    for name, keys in {"entitlements": ["safekeeping_account", "entitlement_key"], "queue-state": ["id"]}.items():
        dynamodb.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[
                {"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)
            ],
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
        )
    target.client("s3").create_bucket(Bucket="calculations")
    queues = {
        name: sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("requests", "dead-letters", "notifications")
    }
    target.notifications_url = queues["notifications"]
    arn = sqs.get_queue_attributes(QueueUrl=queues["notifications"], AttributeNames=["QueueArn"])["Attributes"][
        "QueueArn"
    ]
    events.create_event_bus(Name="servicing")
    events.put_rule(
        Name="completed", EventBusName="servicing", EventPattern=json.dumps({"source": ["asset-servicing"]})
    )
    events.put_targets(Rule="completed", EventBusName="servicing", Targets=[{"Id": "queue", "Arn": arn}])
    target.environment = _rules(target) | {
        "ENTITLEMENT_REQUESTS_QUEUE_URL": queues["requests"],
        "DEAD_LETTER_QUEUE_URL": queues["dead-letters"],
        "ENTITLEMENTS_TABLE": "entitlements",
        "QUEUE_STATE_TABLE": "queue-state",
        "CALCULATIONS_BUCKET": "calculations",
        "EVENT_BUS_NAME": "servicing",
        "RULES_POLL_SECONDS": "0",
        "ENGINE_WORKERS": "3",
        **_database(cluster, connect),
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": ROOT.access_key_id,
        "AWS_SECRET_ACCESS_KEY": ROOT.secret_access_key,
    }
    return target


def _database(cluster, connect):
    connection = connect()
    name = connection.get_dsn_parameters()["dbname"]
    user = connection.get_dsn_parameters()["user"]
    connection.close()
    where = {"DATABASE_HOST": "127.0.0.1", "DATABASE_PORT": str(cluster.port), "DATABASE_NAME": name}
    return where | {"DATABASE_USERNAME": user, "DATABASE_PASSWORD": cluster.superuser_password}


def _rules(target):
    appconfig = target.client("appconfig")
    application = appconfig.create_application(Name="rules")["Id"]
    environment = appconfig.create_environment(ApplicationId=application, Name="live")["Id"]
    calendars = json.loads((CHECKOUT / "rules" / "market_calendars.json").read_text())
    profiles = {}
    for name in ("withholding_rates", "market_calendars"):
        made = appconfig.create_configuration_profile(ApplicationId=application, Name=name, LocationUri="hosted")
        profiles[f"APPCONFIG_{name.upper()}_PROFILE_ID"] = made["Id"]
    appconfig.create_deployment_strategy(
        Name="at-once", DeploymentDurationInMinutes=0, GrowthFactor=100, FinalBakeTimeInMinutes=0, ReplicateTo="NONE"
    )
    named = {"APPCONFIG_APPLICATION_ID": application, "APPCONFIG_ENVIRONMENT_ID": environment, **profiles}
    deploy(target, named, "WITHHOLDING_RATES", rates(rate("US-GB", "30", "15")))
    deploy(target, named, "MARKET_CALENDARS", calendars)
    return named


def deploy(target, named, profile, document):
    """A new hosted version, deployed at once; returns its version number."""
    appconfig, application = target.client("appconfig"), named["APPCONFIG_APPLICATION_ID"]
    profile_id = named[f"APPCONFIG_{profile}_PROFILE_ID"]
    version = appconfig.create_hosted_configuration_version(
        ApplicationId=application,
        ConfigurationProfileId=profile_id,
        Content=json.dumps(document).encode(),
        ContentType="application/json",
    )["VersionNumber"]
    (strategy,) = [each["Id"] for each in appconfig.list_deployment_strategies()["Items"] if each["Name"] == "at-once"]
    where = {"ApplicationId": application, "EnvironmentId": named["APPCONFIG_ENVIRONMENT_ID"]}
    number = appconfig.start_deployment(
        **where, DeploymentStrategyId=strategy, ConfigurationProfileId=profile_id, ConfigurationVersion=str(version)
    )["DeploymentNumber"]
    eventually(lambda: appconfig.get_deployment(**where, DeploymentNumber=number)["State"] == "COMPLETE")
    return version


@pytest.fixture
def task(target, tmp_path):
    log = (tmp_path / "task.log").open("w")
    environment = {"PATH": os.environ["PATH"], **target.environment}
    process = subprocess.Popen(
        [sys.executable, "-m", "servicing_engine"], cwd=CHECKOUT, env=environment, stdout=log, stderr=log
    )
    yield process
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    log.close()


def eventually(look, seconds=40):
    retrying = Retrying(
        stop=stop_after_delay(seconds), wait=wait_fixed(0.1), retry=retry_if_result(lambda value: not value)
    )
    return retrying(look)


def request(target, *raws):
    """Sends one entitlement request; returns its record ids."""
    ids = [f"shard:{uuid.uuid4().hex}" for _ in raws]
    entries = [{"record_id": record_id, "record": raw} for record_id, raw in zip(ids, raws, strict=True)]
    body = {"kind": "facts", "request_id": uuid.uuid4().hex, "facts": entries}
    target.client("sqs").send_message(
        QueueUrl=target.environment["ENTITLEMENT_REQUESTS_QUEUE_URL"], MessageBody=json.dumps(body)
    )
    return ids


def items(target, table):
    return [
        {name: _READ(value) for name, value in item.items()}
        for item in target.client("dynamodb").scan(TableName=table)["Items"]
    ]


def entitled(target, event_id, accounts):
    """Projected entitlements of an event, of these accounts only: others of this file hold the security too."""
    found = items(target, "entitlements")
    return [
        each
        for each in found
        if each["corporate_action_event_id"] == event_id and each["safekeeping_account"] in accounts
    ]


def notifications(target, kept, wanted):
    """Receives until `wanted` notifications came; `kept` collects them over calls."""

    def look():
        answer = target.client("sqs").receive_message(
            QueueUrl=target.notifications_url, MaxNumberOfMessages=10, WaitTimeSeconds=1
        )
        kept.extend(json.loads(message["Body"])["detail"] for message in answer.get("Messages", []))
        return len(kept) >= wanted

    eventually(look)
    return kept


def fresh_facts(holders=1):
    tag = uuid.uuid4().hex[:8]
    accounts = [f"ACC-{tag}-{number}" for number in range(holders)]
    holdings = [raw for each in accounts for raw in (account(each), position("1000", safekeeping_account=each))]
    return f"CA-{tag}", accounts, holdings


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
    assert [step["result"] for step in calculation["explanation"]] == ["250.00", "37.50", "212.50"]
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
