"""The clean result that trials are compared with: of the same instance, without defects."""

from datetime import datetime
from pathlib import Path

from harness.failure import HarnessError
from harness.gate.files import GateFiles, write_document
from harness.gate.judging import Judged, Judging, judging_suites
from harness.gate.results import Run, read_run


def clean_run(judged: Judged, folder: Path, named: Path | None, since: datetime | None) -> Run:
    """The document that was named; else the one kept in `folder` if it is of this instance (made after `since`); else a new one.

    Raises HarnessError where it breaks off.
    """
    if named:
        return read_run(named)
    kept = folder / "clean.json"
    if kept.exists():
        found = read_run(kept)
        begun = datetime.fromisoformat(found.stamp.started_at)
        if since and begun >= since and found.stamp.endpoint == judged.clients.endpoint("sts"):
            return found
    found = Judging(judged, GateFiles(folder)).run(judging_suites())
    if found.broke_off:
        raise HarnessError(f"the clean run broke off: {found.broke_off}")
    write_document(kept, found.as_json())
    return found
