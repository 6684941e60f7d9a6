"""Deadlines are as long as the target's entry or WAIT_FACTOR says, and a wait ends at a terminal state."""

import runpy
from collections.abc import Iterator
from typing import Any

import pytest

from harness.cli.main import main
from harness.deadline import DeadlineError, TerminalStateError, await_answer, stretch, stretched, wait_for
from harness.embedded.run_folder import CHECKOUT
from harness.failure import HarnessError
from harness.targets import waits
from harness.targets.registry import load
from harness.targets.waits import stretch_waits, wait_factor
from harness.terminal_states import CONFIGURATION, DATABASE, FUNCTION, SERVICE, TABLE, TerminalStates


@pytest.fixture(autouse=True)
def as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("WAIT_FACTOR", raising=False)
    stretch(lambda: 1)
    yield
    monkeypatch.delenv("WAIT_FACTOR", raising=False)
    stretch(lambda: 1)


def test_a_stretched_deadline_is_as_many_times_as_long() -> None:
    with pytest.raises(DeadlineError, match=r"never: not so after 0\.05 s"):
        wait_for("never", lambda: 0, bool, 0.05)
    stretch(lambda: 4)
    with pytest.raises(DeadlineError, match=r"never: not so after 0\.2 s"):
        wait_for("never", lambda: 0, bool, 0.05)


def test_what_comes_within_the_stretched_deadline_is_waited_for() -> None:
    seen = iter(range(1000))
    with pytest.raises(DeadlineError):
        wait_for("the eighth", lambda: next(seen), lambda one: one >= 8, 0.05, longest_pause=0.02)
    stretch(lambda: 100)
    again = iter(range(1000))
    assert wait_for("the eighth", lambda: next(again), lambda one: one >= 8, 0.05, longest_pause=0.02) == 8


def test_an_answer_is_awaited_until_it_is_as_expected() -> None:
    answers = iter([None, ("NotFound", 404), ("Gone", 410)])
    await_answer(("Gone", 410), lambda **_asked: next(answers), KeyId="a")
    with pytest.raises(DeadlineError, match=r"expected \('Gone', 410\): not so after 0\.05 s; last observed: None"):
        await_answer(("Gone", 410), lambda: None, seconds=0.05)


def test_a_value_of_another_type_is_not_accepted() -> None:
    with pytest.raises(DeadlineError, match="last observed: None"):
        wait_for("a state", lambda: None, "ACTIVE".__eq__, 0.05)


def test_a_deadline_says_what_was_observed_in_the_words_of_the_caller_and_is_one_line_for_a_command() -> None:
    with pytest.raises(HarnessError, match=r"^the port: not so after 0\.05 s; last observed: it is silent$"):
        wait_for("the port", lambda: False, bool, 0.05, shown=lambda _: "it is silent")


def test_a_command_waits_as_long_as_its_target_wants(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSET_SERVICING_AWS_CONFIRMED", "1")
    main(["down", "--target", "aws"])
    assert stretched(10) == 60


def test_the_callers_factor_takes_precedence_over_the_targets(monkeypatch: pytest.MonkeyPatch) -> None:
    stretch(lambda: 6)
    monkeypatch.setenv("WAIT_FACTOR", "2.5")
    assert stretched(10) == 25


@pytest.mark.parametrize("given", ["fast", "0", "-1", "0.5", "nan", "inf", "101"])
def test_a_factor_that_is_none_is_refused_before_anything_is_done(
    given: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WAIT_FACTOR", given)
    assert main(["outputs", "--target", "embedded"]) == 3
    assert f"WAIT_FACTOR is '{given}', expected a number from 1 to 100" in capsys.readouterr().err


def test_a_target_is_asked_for_its_factor_only_when_something_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(waits, "choose", lambda name: asked.append(name) or load()[name])
    stretch_waits("aws")
    assert asked == []
    assert (stretched(1), stretched(2), asked) == (6, 12, ["aws"])


def test_what_is_no_target_stretches_nothing() -> None:
    stretch_waits("no such target")
    assert stretched(1) == 1


@pytest.mark.parametrize(("docker", "factors"), [(True, (3, 3, 3)), (False, (1, 1, 1))])
def test_a_target_of_containers_is_waited_for_longer_where_a_docker_answers(
    docker: bool, factors: tuple[float, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waits, "docker_answers", lambda: docker)
    targets = load()
    assert tuple(wait_factor(targets[name]) for name in ("fakecloud", "ministack", "custom")) == factors
    assert (wait_factor(targets["embedded"]), wait_factor(targets["aws"])) == (1, 6)


@pytest.mark.parametrize(
    ("states", "description", "told"),
    [
        (DATABASE, {"DBInstanceStatus": "failed"}, "state failed (no reason is given)"),
        (
            DATABASE,
            {"DBInstanceStatus": "incompatible-network", "StatusInfos": [{"Message": "no subnet"}]},
            "state incompatible-network (no subnet)",
        ),
        (DATABASE, {"DBInstanceStatus": "creating"}, ""),
        (DATABASE, {}, ""),
        (
            FUNCTION,
            {"State": "Active", "LastUpdateStatus": "Failed", "LastUpdateStatusReason": "no image"},
            "state Failed (no image)",
        ),
        (FUNCTION, {"State": "Pending", "StateReason": "Creating"}, ""),
        (TABLE, {"TableStatus": "DELETING"}, "state DELETING (no reason is given)"),
        (CONFIGURATION, {"State": "ROLLED_BACK", "EventLog": [{"Description": "alarm"}]}, "state ROLLED_BACK (alarm)"),
        (
            SERVICE,
            {
                "status": "ACTIVE",
                "deployments": [
                    {"status": "ACTIVE", "rolloutState": "COMPLETED"},
                    {"status": "PRIMARY", "rolloutState": "FAILED", "rolloutStateReason": "tasks failed to start."},
                ],
            },
            "state FAILED (tasks failed to start.)",
        ),
    ],
)
def test_a_terminal_state_is_told_with_its_reason(
    states: TerminalStates, description: dict[str, Any], told: str
) -> None:
    assert states(description) == told


def test_a_wait_ends_at_a_terminal_state_after_one_look() -> None:
    looks: list[dict[str, str]] = []

    def look() -> dict[str, str]:
        looks.append({"DBInstanceStatus": "failed"})
        return looks[-1]

    with pytest.raises(
        TerminalStateError, match=r"^available: will not be so: state failed \(no reason is given\); last"
    ):
        wait_for("available", look, lambda seen: seen["DBInstanceStatus"] == "available", 900, ended=DATABASE)
    assert len(looks) == 1


def test_an_accepted_value_ends_no_wait_as_terminal() -> None:
    """Such as `deleting`, for which somebody waits."""
    seen = wait_for("deleting", lambda: {"TableStatus": "DELETING"}, lambda _: True, 0.05, ended=TABLE)
    assert seen == {"TableStatus": "DELETING"}


@pytest.mark.parametrize(("factor", "attempts"), [(None, 600), ("2.5", 1500)])
def test_the_deploy_step_waits_as_long_as_its_caller(
    factor: str | None, attempts: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if factor:
        monkeypatch.setenv("WAIT_FACTOR", factor)
    found = runpy.run_path(str(CHECKOUT / "terraform" / "buildspecs" / "deploy_functions.py"))
    assert found["_WAIT"]["MaxAttempts"] == attempts
