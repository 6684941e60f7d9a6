"""The seed's two bursts. Times are printed, never asserted."""

from concurrent.futures import ThreadPoolExecutor
from time import perf_counter

import pytest

from harness.deadline import wait_for
from harness.isin import fresh_isin
from harness.notification_tap import notification_tap
from harness.system import System
from tests.facts import account, dividend, feed, position


def print_quantiles(what: str, seconds: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    ordered = sorted(seconds)
    at = {percent: ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] for percent in (50, 95, 99)}
    with capsys.disabled():
        print(f"\n{what}: " + ", ".join(f"p{percent} {value * 1000:.0f} ms" for percent, value in at.items()))


def test_twenty_concurrent_position_updates_are_all_applied(
    system: System, fresh: str, capsys: pytest.CaptureFixture[str]
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
    print_quantiles("20 concurrent position updates, put to final state", [seconds for _, seconds in outcomes], capsys)


def test_five_concurrent_corporate_actions_are_each_notified_once(
    system: System, fresh: str, capsys: pytest.CaptureFixture[str]
) -> None:
    holder, events = f"ACC-{fresh}", {f"CA-{fresh}-{n}": fresh_isin() for n in range(5)}
    feed(system, [account(holder), *(position(holder, isin, "100") for isin in events.values())])

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
        delivered = sorted(
            d["corporate_action_event_id"] for d in tap.drain() if d["corporate_action_event_id"] in events
        )
    assert delivered == sorted(events)
    print_quantiles("5 concurrent corporate actions, put to final state", seconds, capsys)
