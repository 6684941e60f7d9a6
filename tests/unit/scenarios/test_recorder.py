"""The recorder, in a pytest of its own on small suites against a server that answers as an emulator would."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from harness.embedded.run_folder import RunFolder
from harness.gate.lines import Progress
from harness.results.deployment import APPLIED, IMPOSSIBLE, REFUSED, Deployment, Refusal
from harness.results.document import ScenarioResult

CHECKOUT = Path(__file__).resolve().parents[3]
LINK = "https://docs.aws.amazon.com/sqs/"
MARK = f"@pytest.mark.scenario('{{}}', service='sqs', feature='queues', lane='{{}}', aws='{LINK}')\n"
CONFTEST = """
import http.server, threading
import pytest
from harness.aws_clients import AwsClients

class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        known = self.headers["X-Amz-Target"] in ("AmazonSQS.ListQueues", "AmazonSQS.CreateQueue")
        body = b'{"QueueUrls": []}' if known else b'{"__type": "UnknownOperationException"}'
        self.send_response(200 if known else 400)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_): pass

@pytest.fixture
def aws():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    keys = {"AWS_ACCESS_KEY_ID": "AKIAFORTHETEST", "AWS_SECRET_ACCESS_KEY": "hidden", "AWS_REGION": "us-east-1"}
    yield AwsClients("small", {**keys, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}"})
    server.shutdown()

"""
WITH_SYSTEM = """
import pytest
from harness.system import Outputs
@pytest.fixture(scope="session")
def system():
    return Outputs({"codepipeline_name": ""}, {"codepipeline": "nothing answers for it"})
"""


def session(
    folder: Path, suite: str, *options: str, conftest: str = CONFTEST
) -> tuple["subprocess.CompletedProcess[str]", dict[str, ScenarioResult]]:
    """The run of a small suite, and what was recorded of it."""
    (folder / "conftest.py").write_text(conftest)
    (folder / "test_small.py").write_text(f"import pytest\n{suite}")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "harness.scenarios.recorder"]
    run = subprocess.run(
        [*command, "--gate-results", "lines", *options], cwd=folder, capture_output=True, text=True, check=False,
        env={"PYTHONPATH": str(CHECKOUT), "PATH": "/usr/bin:/bin"}, timeout=120,
    )  # fmt: skip
    told = Progress()
    told.follow(folder / "lines")
    assert not told.running
    return run, told.results


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_a_failure_is_recorded_with_request_answer_and_what_it_touched(tmp_path: Path, workers: str) -> None:
    suite = MARK.format("sqs.a.b", "data plane") + "def test_a(aws):\n    assert aws.client('sqs').list_queues() == 1"
    _, found = session(tmp_path, suite, workers)
    result = found["sqs.a.b"]
    [exchange] = result.exchanges
    assert (result.outcome, result.touches) == ("fail", ("sqs:ListQueues",))
    assert (exchange.operation, exchange.status, exchange.response_body) == ("ListQueues", 200, '{"QueueUrls": []}')
    assert exchange.request_headers["Authorization"] == "***"
    assert "hidden" not in json.dumps(result.as_json())


def test_an_answer_that_cannot_be_parsed_is_recorded_and_says_what_is_missing(tmp_path: Path) -> None:
    suite = (
        MARK.format("sqs.a.b", "data plane") + "def test_a(aws):\n    aws.client('sns').list_topics()"
    )  # the server speaks no XML
    _, found = session(tmp_path, suite, "-n0")
    result = found["sqs.a.b"]
    assert (result.outcome, result.exchanges[0].status) == ("unsupported", 400)


def test_what_a_shared_fixture_cannot_make_is_unsupported_in_each_test(tmp_path: Path) -> None:
    fixture = (
        "@pytest.fixture(scope='module')\ndef tagged():\n    AWS[0].client('sqs').tag_queue(QueueUrl='q', Tags={})\n"
    )
    tests = "".join(
        MARK.format(f"sqs.a.{name}", "data plane")
        + f"def test_{name}(aws, request):\n    AWS[:] = [aws]\n    request.getfixturevalue('tagged')\n"
        for name in ("first", "second")
    )
    _, found = session(tmp_path, f"AWS = []\n{fixture}{tests}", "-n0")
    assert {name: (one.outcome, [e.operation for e in one.exchanges if e.decided]) for name, one in found.items()} == {
        "sqs.a.first": ("unsupported", ["TagQueue"]),
        "sqs.a.second": ("unsupported", ["TagQueue"]),
    }


def test_a_missing_operation_is_unsupported_and_an_answered_one_that_is_refused_is_not(tmp_path: Path) -> None:
    suite = (
        MARK.format("sqs.a.missing", "data plane") + "def test_a(aws): aws.client('sqs').list_queue_tags(QueueUrl='x')\n"
        + MARK.format("sqs.a.refused", "data plane") + "def test_b(aws):\n"
        "    from botocore.exceptions import ClientError\n"
        "    raise ClientError({'Error': {'Code': 'AccessDenied'}}, 'ListQueues')"
    )  # fmt: skip
    _, found = session(tmp_path, suite)
    assert {name: one.outcome for name, one in found.items()} == {
        "sqs.a.missing": "unsupported",
        "sqs.a.refused": "fail",
    }


CLEANS_UP = """
import contextlib
@contextlib.contextmanager
def queue(sqs):
    sqs.create_queue(QueueName="x")
    try:
        yield
    finally:
        sqs.list_queues()

"""


@pytest.mark.parametrize(
    ("body", "outcome", "operation", "said"),
    [
        ("sqs.list_queue_tags(QueueUrl='x')", "unsupported", "ListQueueTags", "sqs ListQueueTags was refused with UnknownOperation"),
        ("assert sqs.create_queue(QueueName='y') == 1", "fail", "CreateQueue", "sqs CreateQueue gave {"),
        ("found = sqs.create_queue(QueueName='y')['QueueUrl']", "fail", "CreateQueue", 'the answer of sqs CreateQueue has no field "QueueUrl"'),
    ],
)  # fmt: skip
def test_a_scenario_that_cleans_up_in_its_body_is_judged_by_the_request_that_decided(
    tmp_path: Path, body: str, outcome: str, operation: str, said: str
) -> None:
    mark = MARK.format("sqs.a.b", "data plane")
    suite = f"{CLEANS_UP}{mark}def test_queues_are_made(aws):\n    sqs = aws.client('sqs')\n    with queue(sqs):\n        {body}"
    _, found = session(tmp_path, suite)
    result = found["sqs.a.b"]
    assert (result.outcome, [one.operation for one in result.exchanges if one.decided]) == (outcome, [operation])
    assert [one.operation for one in result.exchanges] == ["CreateQueue", operation]
    assert result.detail.startswith(said)
    assert "queues are made" in result.detail


def test_a_with_block_that_is_left_before_the_assertion_is_clean_up_too(tmp_path: Path) -> None:
    mark = MARK.format("sqs.a.b", "data plane")
    suite = f"{CLEANS_UP}{mark}def test_a(aws):\n    with queue(aws.client('sqs')):\n        pass\n    assert 1 == 2"
    _, found = session(tmp_path, suite)
    assert [(one.operation, one.decided) for one in found["sqs.a.b"].exchanges] == [("CreateQueue", True)]


def test_a_teardown_that_fails_makes_a_passed_scenario_fail(tmp_path: Path) -> None:
    suite = (
        "@pytest.fixture\ndef queue():\n    yield\n    assert 1 == 2, 'left behind'\n"
        + MARK.format("sqs.a.b", "data plane") + "def test_a(queue): pass"
    )  # fmt: skip
    _, found = session(tmp_path, suite)
    assert (found["sqs.a.b"].outcome, found["sqs.a.b"].detail) == ("fail", "left behind where unproven: a")


def test_only_the_scenarios_asked_for_run_and_in_their_order(tmp_path: Path) -> None:
    suite = "".join(MARK.format(f"sqs.a.{name}", "data plane") + f"def test_{name}(): pass\n" for name in "abc")
    (tmp_path / "ids").write_text("sqs.a.c\nsqs.a.a\n")
    _, found = session(tmp_path, suite, "--scenario-ids", "ids")
    assert list(found) == ["sqs.a.c", "sqs.a.a"]


def test_without_iam_security_scenarios_are_unsupported_with_the_reason(tmp_path: Path) -> None:
    suite = MARK.format("sqs.a.asked", "security") + "def test_a(): assert 1 == 2\n"
    suite += MARK.format("sqs.a.other", "control plane") + "def test_b(): pass\n"
    _, found = session(tmp_path, suite, "--without-iam", "it cannot be asked")
    assert (found["sqs.a.asked"].outcome, found["sqs.a.asked"].detail) == ("unsupported", "it cannot be asked")
    assert found["sqs.a.other"].outcome == "pass"


OF_THE_SYSTEM = (
    MARK.format("sqs.a.own", "data plane") + "def test_own(): pass\n"
    + MARK.format("sqs.a.system", "data plane") + "def test_system(system): pass\n"
    + "@pytest.mark.engine\n" + MARK.format("sqs.a.engine", "data plane") + "def test_engine(system): pass\n"
    + MARK.format("sqs.a.rules", "data plane").replace("'sqs',", "'appconfigdata',") + "def test_rules(system): pass\n"
)  # fmt: skip


@pytest.mark.parametrize(
    ("deployment", "expected"),
    [
        (Deployment(APPLIED), {}),
        (
            Deployment(IMPOSSIBLE, "no Docker answers"),
            dict.fromkeys(("system", "engine", "rules"), "the system is not deployed: no Docker answers"),
        ),
        (
            Deployment(REFUSED, "apply failed", Refusal("aws_kms_key.this", "kms:CreateKey", "400 No: no")),
            dict.fromkeys(
                ("system", "engine", "rules"),
                "the system is not deployed: aws_kms_key.this: kms:CreateKey was answered 400 No: no",
            ),
        ),
        (
            Deployment(APPLIED, absent={"appconfig": "nothing answers for it"}),
            {"rules": "appconfig is not deployed: nothing answers for it"},
        ),
        (Deployment(APPLIED, engine="it has no image"), {"engine": "no engine task runs: it has no image"}),
    ],
    ids=["applied", "impossible", "refused", "service absent", "no engine"],
)
def test_what_was_not_deployed_is_unsupported_with_the_records_reason(
    tmp_path: Path, deployment: Deployment, expected: dict[str, str]
) -> None:
    deployment.write(RunFolder(tmp_path))
    _, found = session(tmp_path, OF_THE_SYSTEM, "--deployment", str(tmp_path), conftest=WITH_SYSTEM)
    unsupported = {
        name.removeprefix("sqs.a."): one.detail for name, one in found.items() if one.outcome == "unsupported"
    }
    assert unsupported == expected
    assert {one.outcome for one in found.values()} <= {"pass", "unsupported"}


READS = {
    "test": "def test_a(system): system['codepipeline_name']\n",
    "fixture": "@pytest.fixture(scope='module')\ndef name(system): return system['codepipeline_name']\n{mark}def test_a(name): pass\n",
}


@pytest.mark.parametrize("place", READS)
def test_a_scenario_that_reads_an_output_of_an_absent_service_is_unsupported_and_skipped(
    tmp_path: Path, place: str
) -> None:
    mark = MARK.format("sqs.a.b", "data plane")
    suite = READS[place].replace("{mark}", mark) if place == "fixture" else mark + READS[place]
    Deployment(APPLIED, absent={"codepipeline": "nothing answers for it"}).write(RunFolder(tmp_path))
    run, found = session(tmp_path, suite, "--deployment", str(tmp_path), conftest=WITH_SYSTEM)
    said = "codepipeline is not deployed: nothing answers for it"
    assert (found["sqs.a.b"].outcome, found["sqs.a.b"].detail) == ("unsupported", said)
    assert (run.returncode, "1 skipped" in run.stdout) == (0, True)


def refusal(folder: Path, suite: str) -> Any:
    run, found = session(folder, suite)
    assert (run.returncode, found) == (4, {})
    return run.stdout + run.stderr


def test_rows_that_have_ids_of_their_own_are_known_by_them_without_a_parameter(tmp_path: Path) -> None:
    rows = ", ".join(f"pytest.param(1, marks=pytest.mark.scenario('sqs.a.{name}'))" for name in "bc")
    mark = MARK.format("", "data plane").replace("'', ", "")
    suite = f"@pytest.mark.parametrize('x', [{rows}])\n{mark}def test_a(x): pass\n"
    assert session(tmp_path, suite)[1].keys() == {"sqs.a.b", "sqs.a.c"}


def test_a_second_use_of_an_id_is_refused(tmp_path: Path) -> None:
    twice = MARK.format("sqs.a.b", "data plane") + "def test_a(): pass\n"
    assert "sqs.a.b: the id of 2 tests" in refusal(tmp_path, twice + twice.replace("test_a", "test_b"))


def test_a_test_that_says_not_what_it_judges_is_refused(tmp_path: Path) -> None:
    assert "test_a: the scenario mark has no id" in refusal(tmp_path, "def test_a(): pass")
