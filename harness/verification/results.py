"""Entitlements: stored once, each with its calculation and its announcement; and what is projected of PostgreSQL is what it says."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.verification.violation import FEED, Violation, publish_again

Item = Mapping[str, Any]
_REVISION = re.compile(r"-r([0-9]+)\.json\Z")
"""The revision at the end of a calculation's key."""
_SHOWN = 3
"""Differing fields that one violation names."""


@dataclass(frozen=True)
class Revision:
    """A revision of an entitlement that became CALCULATED. `entitlement`: `event/account/option`."""

    entitlement: str
    number: int
    version: int
    is_current: bool
    calculation_key: str

    @property
    def name(self) -> str:
        """Return the revision's name in announcements: `event/account/option/revision`."""
        return f"{self.entitlement}/{self.number}"


def misstored(
    revisions: Sequence[Revision], objects: Collection[str], pending: Collection[str], lost_revisions: int = 0
) -> Iterator[Violation]:
    """Give entitlements that are current more than once, calculations that are missing in S3 or shared, and those that nobody names.

    `objects`: S3 keys, and `key#line` for each entry of an object with several. `pending`: entitlements still to be published. Revisions up
    to `lost_revisions` may be named by nobody: a database before a restore made them.
    """
    current = Counter(revision.entitlement for revision in revisions if revision.is_current)
    named = Counter(revision.calculation_key for revision in revisions)
    for entitlement, count in current.items():
        if count > 1:
            yield Violation(entitlement, f"{count} revisions are CALCULATED, and one may be", FEED)
    for revision in revisions:
        if named[revision.calculation_key] > 1:
            yield Violation(
                revision.name, f"{named[revision.calculation_key]} revisions name {revision.calculation_key}", FEED
            )
        elif revision.calculation_key not in objects and revision.entitlement not in pending:
            wrong = f"S3 lacks its calculation {revision.calculation_key}"
            yield Violation(revision.name, wrong, publish_again("announce", revision.name))
    for key in sorted(set(objects) - named.keys()):
        number = _REVISION.search(key)
        if number and int(number[1]) <= lost_revisions:
            continue
        yield Violation(key, "S3 holds this calculation, and PostgreSQL no entitlement that names it", FEED)


def unannounced(
    revisions: Sequence[Revision], announced: Mapping[str, int], pending: Collection[str]
) -> Iterator[Violation]:
    """Give revisions without a record of their announcement, and announcements of no such revision or version.

    `announced`: `event/account/option/revision` -> version.
    """
    versions = {revision.name: revision.version for revision in revisions}
    for revision in revisions:
        if revision.name not in announced and revision.entitlement not in pending:
            yield Violation(revision.name, "no record of its announcement", publish_again("announce", revision.name))
    for name, version in announced.items():
        if name not in versions:
            yield Violation(name, "announced, and PostgreSQL lacks this revision", FEED)
        elif versions[name] != version:
            yield Violation(name, f"announced as of version {version}, and it is of {versions[name]}", FEED)


def misprojected(
    expected: Mapping[str, Item], projected: Mapping[str, Item], pending: Collection[str], remedy: Callable[[str], str]
) -> Iterator[Violation]:
    """Give keys whose item is missing, differs from what PostgreSQL gives, or is there without a row. `remedy`: key -> command.

    Fields are compared that are expected or found; None is the same as no field.
    """
    for key in sorted((expected.keys() | projected.keys()) - set(pending)):
        if key not in projected:
            yield Violation(key, "no item, and PostgreSQL has it", remedy(key))
        elif key not in expected:
            yield Violation(key, "an item, and PostgreSQL has none", remedy(key))
        elif differing := _differing(expected[key], projected[key]):
            more = f" and {len(differing) - _SHOWN} more" if len(differing) > _SHOWN else ""
            yield Violation(key, "; ".join(differing[:_SHOWN]) + more, remedy(key))


def _differing(expected: Item, projected: Item) -> list[str]:
    names = sorted(expected.keys() | projected.keys())
    return [
        f"{name} is {projected.get(name)!r}, PostgreSQL gives {expected.get(name)!r}"
        for name in names
        if expected.get(name) != projected.get(name)
    ]
