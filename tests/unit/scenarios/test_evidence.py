"""Evidence: read and graded, demanded at collection, and compared with what the tests accept."""

import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest
import yaml

from harness.coverage.judged import complete_share, coverage, left_out, table
from harness.scenarios.evidence import EvidenceError, Grade, facts_of, grade_of

CHECKOUT = Path(__file__).resolve().parents[3]
REACHED = "0.9"
LINK = "https://docs.aws.amazon.com/sqs/"
RECORDED = {
    "op": "GetObject",
    "error": "NoSuchKey",
    "status": 404,
    "recorded": "moto tests/x.py::y",
    "day": "2024-01-02",
}
DOCUMENTED = {"op": "GetObject", "fields": ["ETag"], "documented": True}
SUITE = f"""
import pytest
@pytest.mark.scenario('s3.small.missing', service='s3', feature='objects', lane='data plane', aws='{LINK}')
def test_it():
    assert refusal() == ("NoSuchKey", 404)
"""


def _written(folder: Path, facts: object) -> Path:
    (folder / "evidence").mkdir(exist_ok=True)
    content = yaml.safe_dump({"s3.small.missing": facts}).replace("'2024-01-02'", "2024-01-02")
    (folder / "evidence" / "small.yaml").write_text(content)
    (folder / "test_small.py").write_text(SUITE)
    return folder / "test_small.py"


def _collected(folder: Path, *options: str) -> str:
    """The output of a session that collects a folder as judging suite and runs nothing."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
    plugins = ["-p", "harness.scenarios.recorder", *options, "-o", f"judging_suites={folder}", "--rootdir", str(folder)]
    done = subprocess.run(
        [*command, *plugins, str(folder)], check=False, cwd=CHECKOUT, capture_output=True, text=True, timeout=120
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    ("facts", "grade"),
    [
        ([RECORDED], Grade.RECORDED),
        ([RECORDED, {"op": "GetObject", "fact": "x", "quoted": "https://example.org/1"}], Grade.QUOTED),
        ([DOCUMENTED, RECORDED], Grade.DOCUMENTED),
        ([RECORDED, {"op": "GetObject", "fact": "x", "none": "seen nowhere"}, DOCUMENTED], Grade.NONE),
    ],
    ids=["recorded", "quoted", "documented", "none"],
)
def test_the_weakest_fact_is_the_grade(tmp_path: Path, facts: list[object], grade: Grade) -> None:
    assert grade_of(facts_of(_written(tmp_path, facts), "s3.small.missing[case]")) is grade


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        ({**RECORDED, "documented": True}, "one of recorded, quoted, documented, none"),
        ({"op": "GetObject", "documented": True}, "one of error, fields, fact"),
        ({"error": "NoSuchKey", "documented": True}, "give op"),
        ({**RECORDED, "recorded": "hearsay tests/x.py"}, "begin with one of localstack"),
        ({**RECORDED, "recorded": "moto"}, "then name the test"),
        ({**RECORDED, "day": None}, "give when it was recorded"),
        ({"op": "GetObject", "fact": "x", "quoted": "a thread"}, "give a link"),
        ({"op": "GetObject", "fact": "x", "documented": "somewhere"}, "give a link"),
    ],
)
def test_a_fact_that_cannot_be_read_is_named(tmp_path: Path, fact: dict[str, object], said: str) -> None:
    with pytest.raises(EvidenceError, match=rf"small.yaml: s3.small.missing, fact 1.*{said}"):
        facts_of(_written(tmp_path, [fact]), "s3.small.missing")


def test_a_scenario_without_evidence_is_refused(tmp_path: Path) -> None:
    _written(tmp_path, [])
    assert "s3.small.missing has no evidence: write its facts into" in _collected(tmp_path)


@pytest.mark.parametrize(("code", "agree"), [("NoSuchKey", True), ("NoSuchBucket", False)])
def test_a_recorded_code_that_the_test_does_not_accept_is_refused(tmp_path: Path, code: str, agree: bool) -> None:
    _written(tmp_path, [{**RECORDED, "error": code}])
    said = "s3.small.missing: its evidence has NoSuchBucket 404"
    assert (said not in _collected(tmp_path, "-p", "tests.asserted_codes")) is agree


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, Path]]:
    """Service and test file of each scenario of the judging suites, whose codes agree with their evidence."""
    rows = tmp_path_factory.mktemp("collected") / "rows"
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "tests.asserted_codes"]
    done = subprocess.run(
        [*command, "--scenario-rows", str(rows), "tests", "--ignore", "tests/unit"],
        check=False,
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    lines = (line.split("\t") for line in rows.read_text().splitlines())
    return {name: (service, Path(file)) for name, service, file in lines}


def test_no_recorded_code_of_any_scenario_differs_from_what_its_test_accepts(
    collected: dict[str, tuple[str, Path]],
) -> None:
    assert len(collected) > 1400


def test_evidence_is_of_scenarios_that_exist(collected: dict[str, tuple[str, Path]]) -> None:
    known = {name for whole in collected for name in (whole, whole.partition("[")[0])}
    named = {
        name
        for file in (CHECKOUT / "tests").glob("*/evidence/*.yaml")
        for name in yaml.load(file.read_text(), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    }
    assert named - known == set()


def test_each_service_that_was_recorded_is_proved_to_sixty_percent_and_hardly_anything_is_unproven(
    collected: dict[str, tuple[str, Path]],
) -> None:
    grades: dict[str, Counter[Grade]] = defaultdict(Counter)
    recorded: Counter[str] = Counter()
    for name, (service, file) in collected.items():
        facts = facts_of(file, name)
        grades[service][grade_of(facts)] += 1
        recorded[service] += sum(fact.grade is Grade.RECORDED for fact in facts)
    weak = dict(_weak(grades, recorded))
    assert weak == {}
    assert sum(counted[Grade.NONE] for counted in grades.values()) < 0.02 * len(collected)


def test_no_fewer_operations_than_before_are_judged_completely_and_each_gap_has_its_reason(
    collected: dict[str, tuple[str, Path]],
) -> None:
    """Compare with the share reached, of operations with anything to judge; 90 % is wanted. Raise it as gaps are closed."""
    covered = coverage((service, facts_of(file, name)) for name, (service, file) in collected.items())
    assert complete_share(covered) >= Fraction(REACHED), "\n".join(table(covered))
    gaps = [(one.service, one.operation, name) for one in covered for name in one.missing]
    assert [gap for gap in gaps if left_out(*gap) is None] == [], "harness/coverage/left_out.yaml has no reason"


def _weak(grades: dict[str, Counter[Grade]], recorded: Counter[str]) -> Iterator[tuple[str, str]]:
    for service, counted in grades.items():
        proved = counted[Grade.RECORDED] + counted[Grade.QUOTED]
        if recorded[service] >= 20 and proved < 0.6 * counted.total():
            yield service, f"{proved} of {counted.total()}"
