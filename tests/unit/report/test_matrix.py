"""The compatibility matrix, as data."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.failure import HarnessError
from harness.report import matrix as matrix_module
from harness.report.matrix import as_json, compare
from harness.report.matrix_page import matrix_page
from harness.results.document import Outcome, Run
from tests.unit.report.documents import SECRET, judged, run_of, scenario, stamp, varied_run
from tests.unit.report.strategies import RUN

SCHEMA = json.loads(Path(matrix_module.__file__).with_name("matrix.schema.json").read_text())


def documents() -> list[Run]:
    first = run_of(
        scenario("sqs.a"),
        scenario("sqs.b", Outcome.FAIL, detail=f'wrong: "SecretString": "{SECRET}"'),
        scenario("sqs.c", Outcome.UNSUPPORTED),
        scenario("kms.a", service="kms", feature="grants"),
        known={"sqs.b": "issue 12"},
    )
    second = run_of(
        scenario("sqs.a", Outcome.FAIL),
        scenario("sqs.b", Outcome.FAIL),
        scenario("sqs.c"),
        stamp=stamp("moto", "5.2.5"),
    )
    return [judged(first), replace(second, broke_off="died during sqs.d")]


def data(*found: Run) -> dict[str, Any]:
    content = json.loads(json.dumps(as_json(compare(found))))
    jsonschema.validate(content, SCHEMA)
    return dict(content)


def lines(content: dict[str, Any]) -> dict[str, Any]:
    features = (feature for service in content["services"] for feature in service["features"])
    return {line["id"]: line for feature in features for line in feature["scenarios"]}


def test_unsupported_failed_known_and_not_run_are_told_apart() -> None:
    found = lines(data(*documents()))
    states = {name: [cell["state"] for cell in line["cells"]] for name, line in found.items()}
    assert states == {
        "sqs.a": ["pass", "fail"],
        "sqs.b": ["known", "fail"],
        "sqs.c": ["unsupported", "pass"],
        "kms.a": ["pass", "not-run"],
    }
    assert found["sqs.b"]["cells"][0]["detail"] == "issue 12"


def test_answers_that_differ_are_told_from_what_one_target_does_not_support() -> None:
    found = lines(data(*documents()))
    differences = {name: (line["answers_differ"], line["differs"]) for name, line in found.items()}
    assert differences == {
        "sqs.a": (True, True),
        "sqs.b": (False, False),
        "sqs.c": (False, True),
        "kms.a": (False, True),
    }


@pytest.mark.parametrize("outcome", [Outcome.UNSUPPORTED, Outcome.INDETERMINATE, None])
def test_a_failure_beside_what_was_not_judged_is_no_difference_of_answers(outcome: Outcome | None) -> None:
    failed = run_of(scenario("sqs.a", Outcome.FAIL))
    other = run_of(*([scenario("sqs.a", outcome)] if outcome else []))
    line = lines(data(failed, other))["sqs.a"]
    assert (line["answers_differ"], line["differs"]) == (False, True)


def test_each_cell_has_two_figures_and_columns_have_the_same_total() -> None:
    content = data(*documents())
    kms, sqs = content["services"]
    assert [(one["divergence"], one["coverage"]) for one in sqs["cells"]] == [
        ("0.500000", "0.666667"),
        ("0.666667", "1.000000"),
    ]
    assert [(one["divergence"], one["coverage"]) for one in kms["cells"]] == [
        ("0.000000", "1.000000"),
        (None, "0.000000"),
    ]
    assert [sum(target["counts"].values()) for target in content["targets"]] == [4, 4]
    assert [target["coverage"] for target in content["targets"]] == ["0.750000", "0.750000"]


def test_each_target_is_stamped_and_says_how_its_run_ended() -> None:
    first, second = data(*documents())["targets"]
    assert first["stamp"] == vars(stamp())
    assert (first["judgement"], first["broke_off"]) == ("regression", "")
    assert (second["judgement"], second["broke_off"]) == (None, "died during sqs.d")


def test_a_secret_in_a_detail_is_masked() -> None:
    first = documents()[0]
    unknown = replace(first, known={})
    assert SECRET not in json.dumps(as_json(compare([unknown])))
    assert "SecretString" in json.dumps(as_json(compare([unknown])))


def test_without_a_document_there_is_no_matrix() -> None:
    with pytest.raises(HarnessError, match="at least one target"):
        compare([])


@settings(deadline=None, max_examples=25)
@given(runs=st.lists(RUN, min_size=1, max_size=3))
def test_any_documents_make_a_matrix_of_its_schema_and_a_page(runs: list[Run]) -> None:
    found = list(runs)
    content = data(*found)
    assert set(lines(content)) == {name for run in runs for name in run.scenarios}
    assert matrix_page(compare(found)).encode()


def test_a_column_of_many_scenarios_adds_up_to_its_services() -> None:
    content = data(judged(varied_run()), judged(varied_run(count=300, hostile=False, version="1.5.33")))
    for number, target in enumerate(content["targets"]):
        cells = [service["cells"][number]["counts"] for service in content["services"]]
        assert target["counts"] == {word: sum(cell.get(word, 0) for cell in cells) for word in target["counts"]}
