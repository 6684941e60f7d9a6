"""`python -m tests.figures` records what the worked cases give, and raises domain's CALCULATION_VERSION where it is something else.

`figures.json` has a digest of each case's document and one of its figures. A case that is new, or whose document was edited, is only
recorded. An unchanged document with other figures means that results of an earlier release differ from those of this one.
"""

import hashlib
import json
import re
import sys
from pathlib import Path

from domain.calculation import calculate_document
from domain.calculation_version import CALCULATION_VERSION
from domain.case.revisions import said
from tests.worked_cases import WORKED

RECORDED = Path(__file__).parent / "figures.json"
DECLARED = Path(__file__).parents[1] / "domain" / "calculation_version.py"
COMMAND = "python -m tests.figures"
_PARTS = ("entitlements", "reversals", "tax_lots", "realised", "market_claims", "transformations", "buyer_protections")


def figures():
    """Return case -> "digest of its document, digest of what it gives"."""
    documents = {path.stem: json.loads(path.read_text("utf-8"))["document"] for path in sorted(WORKED.glob("*.json"))}
    return {case: f"{_digest(document)} {_digest(_given(document))}" for case, document in documents.items()}


def _given(document):
    result = calculate_document(document)
    return {part: sorted(json.dumps(said(row), sort_keys=True) for row in result[part]) for part in _PARTS}


def _digest(value):
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]


def recorded():
    return json.loads(RECORDED.read_text("utf-8"))


def changed(before, now):
    """Return the cases whose document is as it was and whose figures are not."""
    return sorted(
        case
        for case, digests in before.items()
        if now.get(case, "").split()[:1] == digests.split()[:1] and now[case] != digests
    )


def record(before, now):
    """Write the figures, and the next version where some changed since those `before`; return one line that says so."""
    others, version = changed(before["cases"], now), CALCULATION_VERSION
    if others and version <= before["calculation_version"]:
        version = before["calculation_version"] + 1
        text = DECLARED.read_text("utf-8")
        DECLARED.write_text(
            re.sub(r"^CALCULATION_VERSION = \d+$", f"CALCULATION_VERSION = {version}", text, flags=re.M), "utf-8"
        )
    RECORDED.write_text(json.dumps({"calculation_version": version, "cases": now}, indent=1) + "\n", "utf-8")
    told = f"{len(others)} of {len(now)} cases give other figures" + (f": {', '.join(others[:5])}" if others else "")
    return f"{told}; CALCULATION_VERSION is {version}"


if __name__ == "__main__":
    print(record(recorded(), figures()))
    sys.exit(0)
