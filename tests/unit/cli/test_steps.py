"""What a long step shows where there is no terminal."""

import threading

import pytest

from harness import progress
from harness.steps import Steps


def test_a_step_says_every_now_and_then_that_it_is_at_work_in_one_line_each(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.steps.ticking", lambda line, tell: progress.ticking(line, tell, seconds=0.05))
    with Steps().terraform("terraform") as shown:
        shown.see({"type": "planned_change"})
        shown.see({"type": "apply_start", "hook": {"resource": {"addr": f"module.{'x' * 200}"}}})
        threading.Event().wait(0.3)
    lines = [line for line in capsys.readouterr().err.splitlines() if line]
    assert lines[0].startswith("terraform    … 0 of 1 resources, module.xxx")
    assert lines[0].endswith(" s")
