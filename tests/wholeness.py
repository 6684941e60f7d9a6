"""What `verify` says of a test's own records."""

from harness.system import System
from harness.verification.look import look_at
from harness.verification.settling import settled
from harness.verification.violation import Violation

SECONDS = 60


def violations_of(system: System, tag: str) -> list[Violation]:
    """Return the violations that name `tag`, once what is under way has come to its end. Fails if the database cannot be looked at."""
    findings = settled(lambda: look_at(system, SECONDS), SECONDS, lambda _: None)
    assert not [finding.not_judged for finding in findings if "PostgreSQL" in finding.name and finding.not_judged]
    named = [one for finding in findings for one in finding.violations]
    return [one for one in named if tag in one.record or tag in one.found]
