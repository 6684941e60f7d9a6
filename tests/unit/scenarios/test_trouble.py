"""Late answers, resets and retries: counted for the result, and never read as a wrong answer."""

from pathlib import Path

from harness.gate.verdict import judge
from harness.results.document import Outcome, Run
from tests.unit.gate.making import STAMP
from tests.unit.scenarios.test_recorder import CONFTEST, MARK, session

SHAKY = (
    CONFTEST.replace("import pytest", "import pytest, time\nimport harness.scenarios.exchanges as exchanges", 1)
    .replace("    def do_POST(self):", """    dropped = False
    def do_POST(self):
        if self.headers["X-Amz-Target"] == "AmazonSQS.ListQueues":
            time.sleep(0.4)
        elif not Handler.dropped:
            Handler.dropped = self.close_connection = True
            return""")
    + "exchanges.LATE_SECONDS = 0.2\n"
)  # fmt: skip
SUITE = f"""
{MARK.format("a.dropped", "data plane")}
def test_dropped(aws):
    aws.client("sqs").create_queue(QueueName="q")
{MARK.format("a.late", "data plane")}
def test_late(aws):
    assert aws.client("sqs").list_queues() == "not yet so"
{MARK.format("a.late-and-right", "data plane")}
def test_late_and_right(aws):
    aws.client("sqs").list_queues()
{MARK.format("a.wrong", "data plane")}
def test_wrong(aws):
    assert aws.client("sqs").create_queue(QueueName="q") == "wrong"
"""


def test_a_failure_while_answers_are_late_is_indeterminate_and_the_trouble_of_all_is_counted(tmp_path: Path) -> None:
    _, found = session(tmp_path, SUITE, conftest=SHAKY)
    assert {name: (one.outcome, one.trouble) for name, one in found.items()} == {
        "a.dropped": (Outcome.PASS, {"sqs reset": 1, "sqs retried": 1}),
        "a.late": (Outcome.INDETERMINATE, {"sqs late": 1}),
        "a.late-and-right": (Outcome.PASS, {"sqs late": 1}),
        "a.wrong": (Outcome.FAIL, {}),
    }
    assert found["a.late"].detail.startswith("answers were late: ")
    notes = judge(Run(STAMP, found), None).notes
    assert notes == ("on the way to sqs: 2 answers late (over 5 s), 1 connections reset, 1 calls tried again",)
