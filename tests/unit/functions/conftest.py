"""The ingest-normalizer from its package, on the real emulator: stream, tables, queues, role, function and mapping."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from harness.embedded.clients import ROOT, client
from harness.embedded.lifecycle import bring_up, take_down
from harness.embedded.run_folder import RunFolder
from harness.packaging import build_packages

CHECKOUT = Path(__file__).parents[3]
TABLES = {
    "positions": ("safekeeping_account", "position_key"),
    "queue-state": ("id", None),
}


@dataclass(frozen=True)
class Ingest:
    """Clients and addresses of one scratch system."""

    endpoint: str
    requests_url: str
    dead_letters_url: str

    def client(self, service: str) -> Any:
        return client(service, self.endpoint, ROOT)


@pytest.fixture(scope="session")
def ingest(tmp_path_factory):
    run = RunFolder(tmp_path_factory.mktemp("run"))
    run.make()
    try:
        state = bring_up(run).state
        yield _deploy(state.endpoint, tmp_path_factory.mktemp("build"))
    finally:
        take_down(run)


def _deploy(endpoint: str, build: Path) -> Ingest:
    build_packages(CHECKOUT, build)
    for name, (hash_key, range_key) in TABLES.items():
        _table(client("dynamodb", endpoint, ROOT), name, hash_key, range_key)
    sqs = client("sqs", endpoint, ROOT)
    system = Ingest(
        endpoint,
        sqs.create_queue(QueueName="requests")["QueueUrl"],
        sqs.create_queue(QueueName="dead-letters")["QueueUrl"],
    )
    client("s3", endpoint, ROOT).create_bucket(Bucket="reports")
    kinesis = client("kinesis", endpoint, ROOT)
    kinesis.create_stream(StreamName="positions", ShardCount=1)
    kinesis.get_waiter("stream_exists").wait(StreamName="positions")
    _function(system, build / "ingest_normalizer.zip")
    stream = kinesis.describe_stream(StreamName="positions")["StreamDescription"]["StreamARN"]
    client("lambda", endpoint, ROOT).create_event_source_mapping(
        EventSourceArn=stream, FunctionName="ingest", StartingPosition="TRIM_HORIZON", BatchSize=100
    )
    return system


def _table(dynamodb, name, hash_key, range_key):
    keys = [(hash_key, "HASH")] + ([(range_key, "RANGE")] if range_key else [])
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in keys],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key, _ in keys],
    )


def _function(system: Ingest, package: Path) -> None:
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    allow = {
        "Effect": "Allow",
        "Action": ["dynamodb:PutItem", "sqs:SendMessage", "sqs:SendMessageBatch", "s3:PutObject", "kinesis:*"],
        "Resource": "*",
    }
    iam = system.client("iam")
    role = iam.create_role(RoleName="ingest", AssumeRolePolicyDocument=_policy(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName="ingest", PolicyName="ingest", PolicyDocument=_policy(allow))
    variables = {
        "POSITIONS_TABLE": "positions",
        "QUEUE_STATE_DAYS": "30",
        "QUEUE_STATE_TABLE": "queue-state",
        "ENTITLEMENT_REQUESTS_QUEUE_URL": system.requests_url,
        "DEAD_LETTER_QUEUE_URL": system.dead_letters_url,
        "REPORTS_BUCKET": "reports",
        "AWS_ENDPOINT_URL": system.endpoint,
        "POWERTOOLS_SERVICE_NAME": "ingest-normalizer",
    }
    system.client("lambda").create_function(
        FunctionName="ingest",
        Runtime="python3.13",
        Role=role,
        Handler="functions.ingest_normalizer.handler.handle",
        Code={"ZipFile": package.read_bytes()},
        Timeout=60,
        MemorySize=512,
        Environment={"Variables": variables},
    )


def _policy(statement):
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
