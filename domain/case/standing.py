"""Which report of a fact stands: of one identity the highest sequence, of reports that conflict the one earlier in the stream.

A position is reported by one source, the first in the stream (domain rules, "Facts and their order").
"""

from dataclasses import dataclass, field

from domain.records import CorporateAction


@dataclass(frozen=True, slots=True)
class Report:
    """One record: `record_id` its place in the stream, `source` of a position, else empty, `sequence` an event's version, `digest` of its
    content."""

    record_id: str
    record_type: str
    identity: str
    source: str
    sequence: int
    digest: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """`state` is APPLIED, DUPLICATE, STALE, HELD or QUARANTINED, the last two with a reason and the record's field. `changed`: another
    report is current since."""

    state: str
    reason: str = ""
    field: str = ""
    detail: str = ""
    changed: bool = False


@dataclass(slots=True)
class Standing:
    """The reports of one identity so far, added in the order of the stream. `current` is the one that counts."""

    current: Report | None = None
    _reporter: str | None = None
    _contents: dict[tuple[str, int], str] = field(default_factory=dict)

    def add(self, report: Report) -> Outcome:
        """Return what becomes of the next report."""
        key = (report.source, report.sequence)
        if key in self._contents:
            named = "version" if report.record_type == CorporateAction.record_type else "sequence"
            detail = f"{named} {report.sequence} of {report.identity} said otherwise"
            conflicting = Outcome("QUARANTINED", "conflicting_content", named, detail)
            return Outcome("DUPLICATE") if self._contents[key] == report.digest else conflicting
        self._contents[key] = report.digest
        self._reporter = report.source if self._reporter is None else self._reporter
        if report.source != self._reporter:
            return Outcome(
                "HELD", "second_source", "source", f"{report.identity} is reported by {self._reporter} already"
            )
        if self.current is not None and self.current.sequence > report.sequence:
            return Outcome("STALE")
        self.current = report
        return Outcome("APPLIED", changed=True)
