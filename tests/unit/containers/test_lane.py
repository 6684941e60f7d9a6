"""The lane's order: what runs after what failed, and with which exit status it ends."""

from typing import Any

import pytest

from harness.containers import lane

ALL = ["apply", "feed", "gate", "destroy"]


@pytest.mark.parametrize(
    ("failing", "ran", "status"),
    [
        ({}, ALL, 0),
        ({"gate": 1}, ALL, 1),
        ({"gate": 1, "destroy": 2}, ALL, 2),
        ({"apply": 2}, ["apply"], 2),
        ({"feed": 1}, ["apply", "feed"], 1),
    ],
)
def test_destroy_follows_the_gate_whatever_it_said_and_the_first_failure_counts(
    monkeypatch: pytest.MonkeyPatch, failing: dict[str, int], ran: list[str], status: int
) -> None:
    commands: list[str] = []

    def harness(_environment: Any, command: str, *_options: str) -> int:
        commands.append(command)
        return failing.get(command, 0)

    monkeypatch.setattr(lane, "_harness", harness)
    assert lane._lane({}, []) == status
    assert commands == ran
