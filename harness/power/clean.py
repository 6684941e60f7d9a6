"""The clean result that trials are compared with: of the same instance, without defects."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from harness.failure import HarnessError
from harness.gate.files import GateFiles
from harness.gate.judging import Judged, Judging, judging_suites
from harness.gate.selection import Part
from harness.results.document import Run, read_run, write_document


def clean_run(judged: Judged, folder: Path, named: Path | None, since: datetime | None, part: Part | None) -> Run:
    """Return the run that was named; else the one kept in `folder` if it is of this instance (made after `since`); else a new one.

    Only of `part`, if there is one. Raises HarnessError where it breaks off.
    """
    if named:
        run = read_run(named)
        return (
            replace(run, scenarios={name: run.scenarios[name] for name in part.ids if name in run.scenarios})
            if part
            else run
        )
    kept = folder / "clean.json"
    if kept.exists():
        run = read_run(kept)
        begun = datetime.fromisoformat(run.stamp.started_at)
        same = run.stamp.endpoint == judged.clients.endpoint("sts") and (
            not part or run.scenarios.keys() == {*part.ids}
        )
        if since and begun >= since and same:
            return run
    suites, ids = (part.files, part.ids) if part else (judging_suites(), [])
    run = Judging(judged, GateFiles(folder)).run(suites, ids)
    if run.broke_off:
        raise HarnessError(f"the clean run broke off: {run.broke_off}")
    write_document(kept, run.as_json())
    return run
