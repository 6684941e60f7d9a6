"""Archives and replays: what was archived comes again, said to be a replay, and what neither is made of."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.deadline import wait_for
from harness.scenarios.scenario import scenario
from tests.conformance.makers import Cleanup, a_bus, a_queue_for, new_name, queue_arn, rules_of
from tests.conformance.receiving import receive
from tests.conformance.refusing import refusal

pytestmark = scenario(service="events", lane="control plane", feature="archives", aws="events:StartReplay")
MISSING, EXISTS = ("ResourceNotFoundException", 400), ("ResourceAlreadyExistsException", 400)
INVALID = ("ValidationException", 400)


@pytest.fixture
def bus(aws: AwsClients, cleanup: Cleanup) -> str:
    return a_bus(aws, new_name(), cleanup)


@pytest.fixture
def bus_arn(events: Any, bus: str) -> str:
    return str(events.describe_event_bus(Name=bus)["Arn"])


@pytest.fixture
def archive(events: Any, name: str, bus_arn: str, cleanup: Cleanup) -> str:
    """ARN of an archive of the bus."""
    made = events.create_archive(ArchiveName=name, EventSourceArn=bus_arn, RetentionDays=1)["ArchiveArn"]
    cleanup(events.delete_archive, ArchiveName=name)
    wait_for("the archive", lambda: events.describe_archive(ArchiveName=name)["State"], "ENABLED".__eq__, 60)
    return str(made)


def _replay(archive: str, bus_arn: str, minutes: float = 1) -> dict[str, Any]:
    """A replay of the last two minutes and `minutes` to come."""
    now = datetime.now(UTC)
    return {
        "ReplayName": new_name(),
        "EventSourceArn": archive,
        "EventStartTime": now - timedelta(minutes=2),
        "EventEndTime": now + timedelta(minutes=minutes),
        "Destination": {"Arn": bus_arn},
    }


@scenario("events.replays.delivered", lane="data plane")
def test_archived_events_come_again_and_name_their_replay(
    aws: AwsClients, events: Any, cleanup: Cleanup, bus: str, bus_arn: str, archive: str
) -> None:
    url = a_queue_for(aws, rules_of(aws, bus), cleanup)
    events.put_rule(Name="r", EventBusName=bus, EventPattern='{"source": ["conformance"]}')
    events.put_targets(Rule="r", EventBusName=bus, Targets=[{"Id": "t", "Arn": queue_arn(aws, url)}])
    entry = {"EventBusName": bus, "Source": "conformance", "DetailType": "kind", "Detail": '{"n": 1}'}
    events.put_events(Entries=[entry])
    receive(aws, url)
    counted = lambda: events.describe_archive(ArchiveName=archive.rpartition("/")[2])["EventCount"]  # noqa: E731
    wait_for("the event is archived", counted, lambda count: count >= 1, 60)
    asked = _replay(archive, bus_arn)
    assert events.start_replay(**asked)["State"] == "STARTING"
    event = json.loads(receive(aws, url, seconds=30)[0]["Body"])
    assert (event["detail"], event["replay-name"]) == ({"n": 1}, asked["ReplayName"])


@scenario("events.replays.described", aws="events:DescribeReplay")
def test_a_replay_says_what_it_replays_where(events: Any, bus_arn: str, archive: str) -> None:
    asked = _replay(archive, bus_arn)
    events.start_replay(**asked, Description="again")
    found = events.describe_replay(ReplayName=asked["ReplayName"])
    assert (found["EventSourceArn"], found["Destination"]["Arn"]) == (archive, bus_arn)
    assert (found["Description"], found["ReplayArn"].rpartition("/")[2]) == ("again", asked["ReplayName"])


@scenario("events.replays.exists", feature="error codes")
def test_a_replays_name_is_given_once(events: Any, bus_arn: str, archive: str) -> None:
    asked = _replay(archive, bus_arn)
    events.start_replay(**asked)
    assert refusal(events.start_replay, **asked) == EXISTS


@scenario("events.replays.no-archive", feature="error codes")
def test_an_archive_that_is_not_there_is_not_replayed(events: Any, bus_arn: str) -> None:
    archive = bus_arn.replace(":event-bus/", ":archive/")
    assert refusal(events.start_replay, **_replay(archive, bus_arn)) == INVALID


@scenario("events.replays.no-bus", feature="error codes")
def test_a_replay_to_a_bus_that_is_not_there_is_not_found(events: Any, bus_arn: str, archive: str) -> None:
    assert refusal(events.start_replay, **_replay(archive, f"{bus_arn}-none")) == MISSING


@scenario("events.replays.other-bus", feature="error codes")
def test_a_replay_to_another_bus_is_refused(
    aws: AwsClients, events: Any, cleanup: Cleanup, bus_arn: str, archive: str
) -> None:
    other = events.describe_event_bus(Name=a_bus(aws, new_name(), cleanup))["Arn"]
    assert refusal(events.start_replay, **_replay(archive, other)) == INVALID


@scenario("events.replays.no-time", feature="error codes")
def test_a_replay_that_ends_before_it_starts_is_refused(events: Any, bus_arn: str, archive: str) -> None:
    assert refusal(events.start_replay, **_replay(archive, bus_arn, minutes=-3)) == INVALID


@scenario("events.replays.missing", feature="error codes", aws="events:DescribeReplay")
def test_a_replay_that_is_not_there_is_not_found(events: Any, name: str) -> None:
    assert refusal(events.describe_replay, ReplayName=name) == MISSING


@scenario("events.archives.exists", feature="error codes", aws="events:CreateArchive")
def test_an_archives_name_is_given_once(events: Any, name: str, bus_arn: str, archive: str) -> None:
    assert archive.endswith(name)
    assert refusal(events.create_archive, ArchiveName=name, EventSourceArn=bus_arn) == EXISTS


@scenario("events.archives.no-bus", feature="error codes", aws="events:CreateArchive")
def test_a_bus_that_is_not_there_is_not_archived(events: Any, name: str, bus_arn: str, cleanup: Cleanup) -> None:
    cleanup(events.delete_archive, ArchiveName=name)
    assert refusal(events.create_archive, ArchiveName=name, EventSourceArn=f"{bus_arn}-none") == MISSING


@scenario("events.archives.missing", feature="error codes", aws="events:DescribeArchive")
def test_an_archive_that_is_not_there_is_not_found(events: Any, name: str) -> None:
    assert refusal(events.describe_archive, ArchiveName=name) == MISSING
