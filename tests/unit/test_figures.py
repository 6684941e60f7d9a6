"""Figures do not change without a new version of the calculation."""

import pytest

from domain.calculation_version import CALCULATION_VERSION
from tests import figures


def test_figures_that_changed_have_a_new_calculation_version_and_all_are_recorded():
    before, now = figures.recorded(), figures.figures()
    if others := figures.changed(before["cases"], now):
        pytest.fail(
            f"{len(others)} worked cases give other figures than CALCULATION_VERSION {before['calculation_version']}: "
            f"{', '.join(others[:5])}. Raise domain's CALCULATION_VERSION and record the digests: {figures.COMMAND}",
            pytrace=False,
        )
    unrecorded = sorted(case for case in {*before["cases"], *now} if before["cases"].get(case) != now.get(case))
    if unrecorded or before["calculation_version"] != CALCULATION_VERSION:
        pytest.fail(
            f"{len(unrecorded)} cases are new, edited or gone, of CALCULATION_VERSION {CALCULATION_VERSION}: "
            f"{', '.join(unrecorded[:5])}. Record them: {figures.COMMAND}",
            pytrace=False,
        )


@pytest.mark.parametrize(
    ("cases", "version"),
    [
        ({"split": "document other"}, 2),
        ({"split": "edited other"}, 1),
        ({"split": "document given", "merger": "document given"}, 1),
        ({}, 1),
    ],
)
def test_only_other_figures_of_an_unchanged_document_raise_the_version(tmp_path, monkeypatch, cases, version):
    declared, kept = tmp_path / "version.py", tmp_path / "figures.json"
    declared.write_text("CALCULATION_VERSION = 1\n")
    monkeypatch.setattr(figures, "DECLARED", declared)
    monkeypatch.setattr(figures, "RECORDED", kept)
    monkeypatch.setattr(figures, "CALCULATION_VERSION", 1)
    told = figures.record({"calculation_version": 1, "cases": {"split": "document given"}}, cases)
    assert told.endswith(f"CALCULATION_VERSION is {version}")
    assert figures.recorded() == {"calculation_version": version, "cases": cases}
    assert declared.read_text() == f"CALCULATION_VERSION = {version}\n"
