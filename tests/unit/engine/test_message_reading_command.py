"""`message read` and `message check`: what becomes of messages and of each field in them, without AWS or a database."""

import json

import pytest

from domain.messages import read_message
from tests.unit.domain.messages.examples import ALL, FOLDER, example
from tests.unit.domain.messages.public_samples import SAMPLES
from tests.unit.engine.commands import run

UNKNOWN_RATE = example("dividend.fin", ("92F::GRSS//USD0,25", "92F::ZZZZ//USD0,25"))
PAIR = example("dividend.fin") + b"\n" + example("dividend.fin", ("XDTE//20260316", "XDTE//2026031"))
TURNED = PAIR[len(example("dividend.fin")) + 1 :] + PAIR[: len(example("dividend.fin"))]


@pytest.fixture
def read(command):
    """Run `message read` and return (exit status, what it prints, standard error)."""

    def run_here(*files, stdin=b""):
        status, printed, said = command("read", *files, stdin=stdin)
        return status, json.loads(printed), said

    return run_here


def fates(message):
    return {field["field"]: (field["value"], field["fate"], field.get("record_fields")) for field in message["fields"]}


@pytest.mark.parametrize("name", ["dividend.fin", "holdings.xml"])
def test_a_message_gives_the_records_that_a_feed_of_it_gives(read, name):
    status, printed, _ = read(FOLDER / name)
    (message,) = printed["messages"]
    assert (status, message["records"], printed["rejected"]) == (0, read_message(example(name)), [])
    assert (message["file"], message["message"]) == (str(FOLDER / name), 1)


def test_each_field_says_whether_it_is_used_and_for_which_field_of_the_record(read):
    (message,) = read("-", stdin=UNKNOWN_RATE)[1]["messages"]
    named = fates(message)
    assert (message["type"], message["sender"]) == ("MT564", "CUSTUS33")
    assert named["CADETL/98A XDTE"] == ("20260316", "used", ["ex_date"])
    assert named["CAOPTN/22F CAOP"] == ("CASH", "used", ["options.0.option_type"])
    assert named["GENL/20C SEME"] == ("NTF20260302001", "used", [])
    assert named["CAOPTN/CASHMOVE/92F ZZZZ"] == ("USD0,25", "holds", None)


def test_an_element_says_the_field_that_the_element_around_it_sets(read):
    (message,) = read(FOLDER / "dividend.xml")[1]["messages"]
    dates = [field["record_fields"] for field in message["fields"] if field["field"].endswith("RcrdDt/Dt")]
    assert dates == [["record_date"]]


def test_each_line_of_a_message_is_told_once(read):
    for name in ("holdings.fin", "option-dividend.fin", "confirmation.fin"):
        (message,) = read(FOLDER / name)[1]["messages"]
        lines = [line for line in example(name).decode().split("\n") if line.startswith(":")]
        assert len(message["fields"]) == sum(not line.startswith((":16R", ":16S")) for line in lines), name


@pytest.mark.parametrize(("data", "good", "bad"), [(PAIR, 1, 2), (TURNED, 2, 1)])
def test_of_a_file_of_two_messages_the_one_at_fault_is_rejected_with_field_and_remedy_and_the_other_is_read(
    read, data, good, bad
):
    status, printed, said = read("-", stdin=data)
    assert (status, [message["message"] for message in printed["messages"]]) == (1, [good])
    (rejected,) = printed["rejected"]
    assert rejected.pop("detail") == "':XDTE//2026031' is not of the format :4!c//8!n"
    assert rejected == {
        "file": "-", "message": bad, "type": "MT564", "field": "CADETL/98A XDTE", "reason": "invalid_format",
        "remedy": "ask the sender for a corrected message",
    }  # fmt: skip
    assert said == "message: 1 messages read, 1 records, 1 messages rejected\n"


@pytest.mark.parametrize(
    ("data", "status", "line"),
    [
        (example("holdings.fin"), 0, "-: message 1: MT535: 2 position, 1 statement; fields: 22 used, 1 kept, 0 holds"),
        (UNKNOWN_RATE, 0, "-: message 1: MT564: 1 corporate_action; fields: 21 used, 0 kept, 1 holds: held by CAOPTN/CASHMOVE/92F ZZZZ"),
        (PAIR.split(b"\n-}\n", 1)[1], 1, "-: message 1: MT564: refused: field CADETL/98A XDTE: invalid_format: ':XDTE//2026031' is not of"
         " the format :4!c//8!n; ask the sender for a corrected message"),
        (example("dividend.fin", ("O564", "O999")), 1, "-: message 1: MT999: refused: field block 2: unsupported_message: MT999 is none of MT535"),
        (b'{"record_type": "position"}', 1, "-: refused: no_message: the file begins with b'{\"record_type\": \"pos', and a message with {1: to {5:,"
         " a tag such as :16R:, or <; `calculate` and the feed read JSON"),
        (b"", 1, "-: refused: no_message: the file begins with b'', and"),
        (b"<Document>", 1, "-: refused: not_xml: the message is not XML that can be read: no element found"),
    ],
)  # fmt: skip
def test_check_says_of_a_message_in_one_line_what_it_gives_or_why_it_is_refused_and_what_to_do(
    command, data, status, line
):
    done, printed, _ = command("check", "-", stdin=data)
    assert (done, printed.count("\n")) == (status, 1)
    assert printed.startswith(line)


def test_several_files_have_a_line_for_each_message_and_one_refusal_decides_the_exit_status(command):
    files = [*(str(FOLDER / name) for name in ALL), str(SAMPLES.folder / "075-external-entity.xml")]
    status, printed, _ = command("check", *files)
    assert [line.partition(": ")[0] for line in printed.splitlines()] == files
    assert (status, "refused" in printed.splitlines()[-1]) == (1, True)


@pytest.mark.parametrize("action", ["read", "check"])
def test_a_file_that_cannot_be_read_and_no_file_are_exit_status_3(command, action):
    assert command(action, "nowhere.fin") == (3, "", "message: nowhere.fin: No such file or directory\n")
    assert command(action)[0] == 3


@pytest.mark.parametrize("action", ["read", "check"])
def test_help_names_output_and_exit_status(command, action):
    status, printed, _ = command(action, "--help")
    assert (status, "exit status: 0 all" in printed, "output: " in printed) == (0, True, True)


def test_a_kind_without_an_action_is_a_usage_error(command):
    status, _, said = command("MT566", "CA-1", "ACC-1")
    assert (status, "invalid choice: 'MT566' (choose from 'read', 'check', 'write')" in said) == (3, True)


def test_the_command_reads_standard_input_without_aws_or_a_database():
    done = run("message", "read", "-", stdin=PAIR.decode(), python=("-X", "importtime"))
    assert (done.returncode, len(json.loads(done.stdout)["messages"])) == (1, 1)
    assert [name for name in ("boto3", "psycopg2") if name in done.stderr] == []
