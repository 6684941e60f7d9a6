"""Which tests a gate on a part of the suites answers for: a known divergence elsewhere is not missed there."""

from collections.abc import Mapping
from pathlib import Path


def part_of(suites: Path, whole: Path) -> str:
    """What the ids of these tests begin with (`tests.security`); '' for the whole and for what lies outside it.

    `suites` is a file or folder, `whole` the folder of all suites.
    """
    asked, root = suites.resolve(), whole.resolve()
    if asked == root or root not in asked.parents:
        return ""
    return ".".join(asked.relative_to(root.parent).with_suffix("").parts)


def in_part(by_test: Mapping[str, str], part: str) -> dict[str, str]:
    """The entries whose test id (`tests.security.test_trust::test_a`) lies in the part."""
    return {
        test_id: value
        for test_id, value in by_test.items()
        if not part or test_id.startswith((f"{part}.", f"{part}::"))
    }
