"""`python -m harness report` and `python -m harness matrix`, from the command line's point of view."""

import json
from pathlib import Path

import jsonschema
import pytest

from harness.cli.main import main
from harness.report.writing import write_reports
from harness.results.document import SCHEMA
from tests.unit.report.documents import judged, varied_run


@pytest.fixture
def results(tmp_path: Path) -> list[Path]:
    """Two documents of the gate's schema: now, and the run before."""
    documents = (judged(varied_run(60)), judged(varied_run(60, hostile=False, pace=2, version="1.5.33", day=23)))
    files = [tmp_path / "now.json", tmp_path / "before.json"]
    for file, document in zip(files, documents, strict=True):
        content = json.loads(json.dumps(document.as_json()))
        jsonschema.validate(content, json.loads(SCHEMA.read_text()))
        file.write_text(json.dumps(content))
    return files


def test_a_report_is_made_in_every_format_beside_the_document(
    results: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", str(results[0]), "--previous", str(results[1])]) == 0
    made = [results[0].parent / name for name in ("report.html", "junit.xml", "report.md")]
    assert capsys.readouterr().out.split() == [str(file) for file in made]
    page, junit, comment = (file.read_text(encoding="utf-8") for file in made)
    assert "Against the run of 2026-11-23T09:30:00Z" in page
    assert junit.startswith("<?xml")
    assert comment.startswith("## ✗ Regression")


def test_only_the_format_that_is_asked_for_is_made_where_it_is_asked_for(results: list[Path], tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    assert main(["report", str(results[0]), "--out", str(folder), "--format", "junit"]) == 0
    assert [file.name for file in folder.iterdir()] == ["junit.xml"]


def test_the_coverage_counts_what_scenarios_that_were_answered_assert(
    results: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    content = json.loads(results[0].read_text())
    test = "tests/conformance/test_bounds.py::test_a_request_beyond_a_bound_is_refused[{}]"
    asked = {"kinesis.DeleteStream": "pass", "kinesis.CreateStream": "unsupported"}
    first = content["scenarios"][0]
    content["scenarios"] = [
        {**first, "id": f"requests.bounds[{name}]", "service": "kinesis", "test": test.format(name), "outcome": outcome}
        for name, outcome in asked.items()
    ]
    results[0].write_text(json.dumps(content))
    assert main(["report", str(results[0]), "--coverage"]) == 0
    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("| kinesis ")]
    assert [row.split("|")[2:4] for row in rows] == [[" 9 ", " 9 of 118 "]]


def test_without_an_earlier_run_the_page_says_so(results: list[Path]) -> None:
    page = write_reports(results[0], None, results[0].parent, ["html"])[0].read_text(encoding="utf-8")
    assert "There is no earlier run to compare with." in page


def test_a_matrix_is_data_and_a_page(results: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["matrix", *map(str, results), "--out", str(tmp_path / "matrix")]) == 0
    data, page = (Path(line) for line in capsys.readouterr().out.split())
    stamps = [target["stamp"]["emulator_version"] for target in json.loads(data.read_text())["targets"]]
    assert stamps == ["1.5.34-rc1", "1.5.33"]
    assert "Compatibility matrix" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("command", ["report", "matrix"])
@pytest.mark.parametrize(
    ("content", "said"), [(None, "No such file"), ("{", "not JSON"), ("{}", "not a result of the gate"), ("[]", "not a result")]
)  # fmt: skip
def test_a_file_that_is_no_result_is_one_line(
    command: str, content: str | None, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "result.json"
    if content is not None:
        file.write_text(content)
    assert main([command, str(file)]) == 2
    told = capsys.readouterr().err
    assert told.startswith("error: ")
    assert told.count("\n") == 1
    assert said in told


def test_a_folder_that_cannot_be_written_is_one_line(
    results: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "taken").write_text("")
    assert main(["report", str(results[0]), "--out", str(tmp_path / "taken")]) == 2
    assert "cannot be written" in capsys.readouterr().err
