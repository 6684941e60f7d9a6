"""Looks until what is seen stands, and what the command says of it."""

import argparse
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from harness.failure import UnsupportedError
from harness.verification import command, look, settling
from harness.verification.aws_reads import DeadLetters, Sent
from harness.verification.database_reads import Stored
from harness.verification.invariants import INVARIANTS, Finding, judge
from harness.verification.look import Look
from harness.verification.violation import Violation

LOST = Violation("r", "lost", "feed it")


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling, "PAUSE_SECONDS", 0.001)


def seen(items: dict[str, Any], bound: float = 60.0, **more: Any) -> Look:
    found = {
        "stream": {}, "queue-state": items, "projection": {}, "calculations": set(), "originals": set(),
        "dead letters": DeadLetters(datetime.min.replace(tzinfo=UTC)), "database": Stored(), **more,
    }  # fmt: skip
    return Look(found, {}, datetime.now(UTC) - timedelta(seconds=bound))


def record(state: str, age: float) -> dict[str, Any]:
    received = datetime.now(UTC) - timedelta(seconds=age)
    return {"r": {"kind": "record", "state": state, "reason": "x", "received_at": received.isoformat()}}


def looks(*given: Look) -> Callable[[], Look]:
    following: Iterator[Look] = iter(given)
    return lambda: next(following)


def violated(findings: list[Finding]) -> list[str]:
    return [violation.record for finding in findings for violation in finding.violations]


def test_nothing_to_see_holds_at_the_first_look() -> None:
    assert violated(settling.settled(looks(seen({})), 60, print)) == []


def test_a_young_record_without_an_outcome_is_waited_for() -> None:
    told: list[str] = []
    young = record("RECEIVED", 1)
    assert violated(settling.settled(looks(seen(young), seen(young), seen({})), 60, told.append)) == []
    assert told == ["1 records and outbox rows under way"] * 2


def test_a_record_that_arrived_and_that_nobody_knows_yet_is_waited_for() -> None:
    arrived = seen({}, stream={"r": Sent(datetime.now(UTC) - timedelta(seconds=1), "")})
    assert arrived.unfinished(datetime.now(UTC)) == 1


def test_a_violation_that_one_look_alone_saw_does_not_count() -> None:
    assert violated(settling.settled(looks(seen(record("RECEIVED", 99)), seen({})), 60, lambda _: None)) == []


def test_a_violation_that_two_looks_saw_stands() -> None:
    old = seen(record("RECEIVED", 99))
    assert violated(settling.settled(looks(old, old), 60, lambda _: None)) == ["r"]


def test_a_system_that_goes_on_changing_is_judged_at_the_deadline_by_what_two_looks_saw() -> None:
    busy = [seen(record("RECEIVED", 99 + n) | {f"s{n}": record("RECEIVED", 98)["r"]}) for n in range(3)]
    found = settling.settled(looks(*busy), 0, lambda _: None)
    assert violated(found) == ["r"]


def test_a_source_that_cannot_be_read_leaves_its_invariants_not_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: Any) -> None:
        raise UnsupportedError("no database that can be reached from here")

    sources = {name: (lambda _, value=value: value) for name, value in seen({}).sources.items()}
    monkeypatch.setattr(look, "SOURCES", sources | {"database": refused})
    findings = judge(look.look_at(None, 60))  # type: ignore[arg-type]
    not_judged = {finding.name for finding in findings if finding.not_judged}
    assert not_judged == {invariant.name for invariant in INVARIANTS if "database" in invariant.needs}
    assert command.exit_status(findings) == 2


@pytest.mark.parametrize(
    ("findings", "status"),
    [
        ([Finding("a", 1)], 0),
        ([Finding("a", 1), Finding("b", not_judged="away")], 2),
        ([Finding("a", 1, (LOST,)), Finding("b", not_judged="away")], 1),
    ],
)
def test_the_exit_status_never_claims_what_was_not_looked_at(findings: list[Finding], status: int) -> None:
    assert command.exit_status(findings) == status


def test_the_lines_are_bounded_and_count_what_they_leave_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lost = tuple(Violation(f"r{number}", "lost", "feed it") for number in range(5))
    monkeypatch.setattr(command, "running_system", lambda _: None)
    findings = [Finding("a", 9, lost), Finding("b", not_judged="away"), Finding("c", 3)]
    monkeypatch.setattr(command, "settled", lambda *_: findings)
    assert command.run(argparse.Namespace(seconds=60.0, most=1, json=False, target="embedded")) == 1
    *lines, last = capsys.readouterr().out.splitlines()
    assert lines == [
        "VIOLATED    a: 5 violations, 9 judged",
        "  r0: lost",
        "    next: feed it",
        "  … and 4 more (--most 5 lists all)",
        "not judged  b: away",
        "holds       c: 3 judged",
    ]
    assert last.startswith("verify: 1 of 3 invariants hold, 5 violations of 1, 1 not judged (")
