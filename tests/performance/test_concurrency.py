"""The seed's two bursts. Times are printed and handed over for the result document, never asserted."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from math import ceil
from time import perf_counter

import pytest

from harness.deadline import wait_for
from harness.feed.records import account, dividend, position
from harness.isin import fresh_isin
from harness.notification_tap import NotificationTap, notification_tap
from harness.scenarios.scenario import scenario
from harness.system import System
from tests.facts import feed

pytestmark = [pytest.mark.engine, scenario(service="kinesis", lane="performance")]


def quantiles(seconds: list[float]) -> dict[str, str]:
    """The nearest-rank p50, p95 and p99, as decimal texts."""
    ordered = sorted(seconds)
    return {f"p{percent}": f"{ordered[ceil(len(ordered) * percent / 100) - 1]:.4f}" for percent in (50, 95, 99)}


def show(what: str, latencies: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(f"\n{what}: " + ", ".join(f"{name} {Decimal(value) * 1000:.0f} ms" for name, value in latencies.items()))


@scenario("kinesis.burst.twenty-positions", feature="concurrent updates", aws="lambda-guide:with-kinesis")
def test_twenty_concurrent_position_updates_are_all_applied(
    system: System, fresh: str, latencies: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    isin, holders = fresh_isin(), [f"ACC-{fresh}-{n}" for n in range(20)]
    feed(system, [account(holder) for holder in holders])

    def update(holder: str) -> tuple[str, float]:
        begin = perf_counter()
        [item] = feed(system, [position(holder, isin, "100")])
        return item["state"], perf_counter() - begin

    with ThreadPoolExecutor(len(holders)) as pool:
        outcomes = list(pool.map(update, holders))
    assert [state for state, _ in outcomes] == ["APPLIED"] * 20
    latencies.update(quantiles([seconds for _, seconds in outcomes]))
    show("20 concurrent position updates, put to final state", latencies, capsys)


@scenario(
    "events.burst.five-corporate-actions", feature="concurrent events", aws="events-guide:eb-events", service="events"
)
def test_five_concurrent_corporate_actions_are_each_notified_once(
    system: System, fresh: str, latencies: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Its end is a marker: a sixth event, fed when the five have been announced, that goes the same way to the same tap.

    Proves that each of the five came through bus, rule, topic and queue, under one notification id of its own, up to the moment
    when the marker had come and a long poll of the tap (which asks every server of the queue) found nothing. A second copy under
    the same id is no fault: EventBridge, SNS and standard queues deliver at least once.
    """
    holder, events = f"ACC-{fresh}", {f"CA-{fresh}-{n}": fresh_isin() for n in range(5)}
    marker, marker_isin = f"CA-{fresh}-MARKER", fresh_isin()
    positions = [position(holder, isin, "100") for isin in (*events.values(), marker_isin)]
    feed(system, [account(holder), *positions])

    def submit(event: str) -> float:
        begin = perf_counter()
        feed(system, [dividend(event, events[event])])
        return perf_counter() - begin

    with notification_tap(system) as tap:
        with ThreadPoolExecutor(len(events)) as pool:
            seconds = list(pool.map(submit, events))
        wait_for(
            "five notifications",
            lambda: {d["corporate_action_event_id"] for d in tap.drain()} & set(events),
            set(events).__eq__,
        )
        feed(system, [dividend(marker, marker_isin)])
        read_until_marker(tap, marker)
    ids = {event: {d["notification_id"] for d in tap.details(event)} for event in events}
    assert {event: len(of_one) for event, of_one in ids.items()} == dict.fromkeys(events, 1)
    assert len(set.union(*ids.values())) == len(events)
    latencies.update(quantiles(seconds))
    show("5 concurrent corporate actions, put to final state", latencies, capsys)


def read_until_marker(tap: NotificationTap, marker: str) -> None:
    """Reads the tap until the marker's notification has come and, after it, a whole drain brings nothing new."""

    def observe() -> tuple[bool, int]:
        """Whether the marker had come before this drain, and how many notifications this drain brought."""
        had_come, before = bool(tap.details(marker)), len(tap.events)
        tap.drain()
        return had_come, len(tap.events) - before

    wait_for("(the marker has come, new notifications)", observe, (True, 0).__eq__)
