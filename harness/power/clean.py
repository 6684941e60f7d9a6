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
    """The document that was named; else the one kept in `folder` if it is of this instance (made after `since`); else a new one.

    Only of `part`, if there is one. Raises HarnessError where it breaks off.
    """
    if named:
        found = read_run(named)
        return (
            replace(found, scenarios={name: found.scenarios[name] for name in part.ids if name in found.scenarios})
            if part
            else found
        )
    kept = folder / "clean.json"
    if kept.exists():
        found = read_run(kept)
        begun = datetime.fromisoformat(found.stamp.started_at)
        same = found.stamp.endpoint == judged.clients.endpoint("sts") and (
            not part or found.scenarios.keys() == {*part.ids}
        )
        if since and begun >= since and same:
            return found
    suites, ids = (part.files, part.ids) if part else (judging_suites(), [])
    found = Judging(judged, GateFiles(folder)).run(suites, ids)
    if found.broke_off:
        raise HarnessError(f"the clean run broke off: {found.broke_off}")
    write_document(kept, found.as_json())
    return found
