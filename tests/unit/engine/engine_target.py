"""What an engine task needs around it, on the real emulator and PostgreSQL, and looks at what it did."""

import json
import os
import signal
import subprocess
import sys
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from boto3.dynamodb.types import TypeDeserializer
from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed

from harness.deadline import wait_for
from harness.embedded.clients import ROOT, client
from tests.unit.domain.facts import account, position, rate, rates

AS_DEPLOYED = {"ReceiveMessageWaitTimeSeconds": "5", "VisibilityTimeout": "60"}
"""Attributes of entitlement-requests (terraform/modules/messaging), by which a worker receives."""
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


def provision(endpoint, cluster, connect):
    target = Target(endpoint, {}, "", connect)
    dynamodb, sqs, events = target.client("dynamodb"), target.client("sqs"), target.client("events")
    _table(dynamodb, "entitlements", "safekeeping_account", "entitlement_key")
    _table(dynamodb, "queue-state", "id", index=("by_account", "safekeeping_account", "id"))
    for bucket in ("calculations", "reports"):
        target.client("s3").create_bucket(Bucket=bucket)
    queues = {
        name: sqs.create_queue(QueueName=name, Attributes=AS_DEPLOYED)["QueueUrl"]
        for name in ("requests", "dead-letters", "notifications")
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
    target.environment = provision_rules(target) | {
        "ENTITLEMENT_REQUESTS_QUEUE_URL": queues["requests"],
        "DEAD_LETTER_QUEUE_URL": queues["dead-letters"],
        "ENTITLEMENTS_TABLE": "entitlements",
        "QUEUE_STATE_TABLE": "queue-state",
        "CALCULATIONS_BUCKET": "calculations",
        "REPORTS_BUCKET": "reports",
        "EVENT_BUS_NAME": "servicing",
        "METRICS_NAMESPACE": "servicing",
        "RULES_POLL_SECONDS": "0",
        "ENGINE_WORKERS": "3",
        "OUTBOX_DAYS": "7",
        "QUEUE_STATE_DAYS": "30",
        **_database(cluster, connect),
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": ROOT.access_key_id,
        "AWS_SECRET_ACCESS_KEY": ROOT.secret_access_key,
    }
    return target


def _table(dynamodb, name, *keys, index=()):
    projected = {"Projection": {"ProjectionType": "ALL"}}
    indexes = [{"IndexName": index[0], "KeySchema": _keys(index[1:]), **projected}] if index else []
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=_keys(keys),
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in {*keys, *index[1:]}],
        **({"GlobalSecondaryIndexes": indexes} if indexes else {}),
    )


def _keys(names):
    return [{"AttributeName": key, "KeyType": kind} for key, kind in zip(names, ("HASH", "RANGE"), strict=False)]


def _database(cluster, connect):
    connection = connect()
    name = connection.get_dsn_parameters()["dbname"]
    user = connection.get_dsn_parameters()["user"]
    connection.close()
    where = {"DATABASE_HOST": "127.0.0.1", "DATABASE_PORT": str(cluster.port), "DATABASE_NAME": name}
    return where | {"DATABASE_USERNAME": user, "DATABASE_PASSWORD": cluster.superuser_password}


def provision_rules(target):
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
    (strategy,) = [each["Id"] for each in appconfig.list_deployment_strategies()["Items"] if each["Name"] == "at-once"][
        :1
    ]
    where = {"ApplicationId": application, "EnvironmentId": named["APPCONFIG_ENVIRONMENT_ID"]}
    number = appconfig.start_deployment(
        **where, DeploymentStrategyId=strategy, ConfigurationProfileId=profile_id, ConfigurationVersion=str(version)
    )["DeploymentNumber"]
    eventually(lambda: appconfig.get_deployment(**where, DeploymentNumber=number)["State"] == "COMPLETE")
    return version


def eventually(look, seconds=40):
    retrying = Retrying(
        stop=stop_after_delay(seconds), wait=wait_fixed(0.1), retry=retry_if_result(lambda value: not value)
    )
    return retrying(look)


def request(target, *raws, queue=""):
    """Sends one entitlement request, to the target's own queue unless another is named; returns its record ids."""
    ids = [f"shard:{uuid.uuid4().hex}" for _ in raws]
    entries = [{"record_id": record_id, "record": raw} for record_id, raw in zip(ids, raws, strict=True)]
    body = {"kind": "facts", "request_id": uuid.uuid4().hex, "facts": entries}
    queue = queue or target.environment["ENTITLEMENT_REQUESTS_QUEUE_URL"]
    target.client("sqs").send_message(QueueUrl=queue, MessageBody=json.dumps(body))
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


def state_of(target, item_id):
    return next((each for each in items(target, "queue-state") if each["id"] == item_id), {})


def number_of_messages(target, queue):
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = target.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
    return sum(int(found[name]) for name in names)


@contextmanager
def tasks(environment, folder, count):
    """Tasks that run, with the log of each; ended at the end."""
    logs = [folder / f"{uuid.uuid4().hex}.log" for _ in range(count)]
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "servicing_engine"], cwd=CHECKOUT,
            env={"PATH": os.environ["PATH"], **environment}, stdout=log.open("w"), stderr=subprocess.STDOUT,
        ) for log in logs
    ]  # fmt: skip
    try:
        wait_for(
            "tasks run", lambda: [log.read_text() for log in logs], lambda told: all("runs" in one for one in told), 60
        )
        yield processes
    finally:
        for process in processes:
            process.send_signal(signal.SIGTERM)
            process.wait(60)
