"""`message write` of elections and positions: from a document and from the database alike."""

import json

import pytest

from domain.messages import read_message
from domain.messages.envelope import messages_in
from domain.messages.writing.structure import check_structure
from tests.unit.domain.facts import APPLE, account, position
from tests.unit.domain.messages.published import faults
from tests.unit.engine.commands import on_database, run
from tests.unit.engine.feeding import feed
from tests.unit.engine.test_message_command import CHOICE, ELECTION, PARTIES, document, same_instant

DEADLINE = CHOICE | {"response_deadline": "2026-03-20T17:00:00Z"}
IN_TIME = ELECTION | {"received_at": "2026-03-20T17:00:00Z"}
LATE = IN_TIME | {"received_at": "2026-03-20T17:00:01Z"}
HELD = [account(), position("1000"), position("50") | {"safekeeping_place": "CRSTGB22", "as_of_date": "2026-03-10"}]
CASES = {
    "in time": [*HELD, DEADLINE, IN_TIME],
    "late": [*HELD, DEADLINE, LATE],
    "late correction": [*HELD, DEADLINE, IN_TIME, LATE | {"quantity": "1", "sequence": 2}],
    "too much": [*HELD, DEADLINE, IN_TIME | {"quantity": "1050.001"}],
    "of no option": [*HELD, DEADLINE, IN_TIME | {"option_number": "007"}],
    "not released": [*HELD, DEADLINE, IN_TIME | {"entered_by": "ann"}],
    "two": [*HELD, DEADLINE, IN_TIME, IN_TIME | {"election_id": "E-2", "quantity": "9"}],
    "ended": [*HELD, DEADLINE, IN_TIME, {"record_type": "corporate_action", "corporate_action_event_id": "CA-2", "version": 2, "function": "WITH"}],
    "not announced": [*HELD, IN_TIME],
    "of a type without a rule": [*HELD, DEADLINE | {"event_type": "CLSA"}, IN_TIME],
    "not elected": [*HELD, DEADLINE],
}  # fmt: skip
NAMED = ("CA-2", "ACC-1")


@pytest.fixture
def write(command):
    """Run `message write` on a case's document and return (exit status, standard output, standard error)."""

    def run_here(case, kind, *arguments):
        text = json.dumps(document(CASES[case]))
        return command("write", kind, *arguments, *PARTIES, "--file", "-", stdin=text.encode())

    return run_here


def check(kind, text):
    if kind.startswith("MT"):
        check_structure(*messages_in(text.encode()))
    else:
        assert faults(text) == []


@pytest.mark.parametrize("kind", ["MT565", "seev.033"])
@pytest.mark.parametrize("case", ["in time", "late correction"])
def test_the_election_that_stands_is_instructed(write, kind, case):
    status, text, said = write(case, kind, *NAMED)
    check(kind, text)
    (read,) = read_message(text.encode())
    assert (status, said) == (0, "")
    assert (read["election_id"], read["option_number"], read["quantity"]) == ("OUT-1", "002", "400")


@pytest.mark.parametrize(
    ("case", "arguments", "says"),
    [
        (
            "late",
            (),
            "election E-1 does not count: after_deadline: received at 2026-03-20 17:00:01+00:00, the deadline was",
        ),
        (
            "too much",
            (),
            "election E-1 does not count: over_instruction: elections exceed the eligible quantity by 0.001",
        ),
        ("not released", (), "election E-1 does not count: not_released: "),
        ("two", (), "several elections, name one with --election: E-1, E-2"),
        ("two", ("--election", "E-9"), "there is no election E-9"),
        ("ended", (), "the event has ended (WITH)"),
        ("not announced", (), "the event is not announced"),
        ("not elected", (), "there is no election"),
        ("of a type without a rule", (), "election E-1 cannot be judged yet: "),
    ],
)
def test_what_cannot_be_instructed_is_one_line_with_event_account_and_reason(write, case, arguments, says):
    status, text, said = write(case, "MT565", *NAMED, *arguments)
    assert (status, text, said.count("\n")) == (1, "", 1)
    assert said.startswith(f"message: event CA-2, account ACC-1: {says}")


@pytest.mark.parametrize("kind", ["MT567", "seev.034"])
@pytest.mark.parametrize(
    ("case", "code"),
    [
        ("in time", "PACK"),
        ("late", "LATE"),
        ("late correction", "LATE"),
        ("too much", "LACK"),
        ("of no option", "OPNM"),
    ],
)
def test_an_election_is_answered_as_it_is_judged(write, kind, case, code):
    status, text, said = write(case, kind, *NAMED)
    check(kind, text)
    accepted = {"MT567": "IPRC//PACK", "seev.034": "<AccptdForFrthrPrcg>"}[kind]
    assert (status, said, accepted in text) == (0, "", code == "PACK")
    if code != "PACK":
        assert {"MT567": f"24B::REJT//{code}", "seev.034": f"<Cd>{code}</Cd>"}[kind] in text


def test_an_election_that_waits_for_its_release_is_not_answered(write):
    status, text, said = write("not released", "MT567", *NAMED)
    assert (status, text) == (1, "")
    assert "election E-1 waits: not_released: sequence 0: another identity than ann must release it" in said


def test_of_several_elections_the_one_named_is_answered(write):
    assert ":20C::RELA//E-2\r\n" in write("two", "MT567", *NAMED, "--election", "E-2")[1]


@pytest.mark.parametrize("kind", ["MT535", "semt.002"])
@pytest.mark.parametrize(
    ("day", "stated"),
    [("2026-03-31", {"DTCYUS33": "1000", "CRSTGB22": "50"}), ("2026-03-10", {"CRSTGB22": "50"})],
)
def test_a_statement_has_the_newest_position_of_each_place_up_to_its_day(write, kind, day, stated):
    status, text, _ = write("in time", kind, "ACC-1", "--as-of", day)
    check(kind, text)
    read = read_message(text.encode())
    assert (status, {record["isin"] for record in read}, {record["as_of_date"] for record in read}) == (
        0,
        {APPLE},
        {day},
    )
    assert {record["safekeeping_place"]: record["settled_quantity"] for record in read} == stated


@pytest.mark.parametrize(
    ("version", "says"), [("9", "semt.002.001.09"), ("13", "version: semt.002 is written in version 4 to 12, not 13")]
)
def test_a_version_of_an_iso_20022_message_may_be_chosen(write, version, says):
    status, text, said = write("in time", "semt.002", "ACC-1", "--as-of", "2026-03-31", "--version", version)
    assert (status, says in text + said) == (int(version == "13"), True)


def test_an_account_without_a_holding_has_no_statement(write):
    status, text, said = write("in time", "MT535", "ACC-9", "--as-of", "2026-03-31")
    assert (status, text, said) == (1, "", "message: account ACC-9: no position is above or below zero on 2026-03-31\n")


@pytest.mark.parametrize("kind", ["MT565", "MT567", "MT535"])
def test_help_says_of_a_kind_what_it_writes_and_needs(command, kind):
    status, printed, _ = command("write", kind, "--help")
    assert (status, "ACCOUNT" in printed, "--reference" in printed) == (0, True, True)


def test_the_command_writes_a_message_of_a_document():
    done = run(
        "message", "write", "MT565", *NAMED, *PARTIES, "--file", "-", stdin=json.dumps(document(CASES["in time"]))
    )
    assert (done.returncode, done.stderr, read_message(done.stdout.encode())[0]["quantity"]) == (0, "", "400")


@pytest.mark.parametrize("case", ["in time", "late correction"])
def test_the_database_gives_the_message_that_a_document_of_the_same_facts_gives(connect, cluster, write, case):
    connection = connect()
    for index, record in enumerate(CASES[case]):
        feed(connection, record, prefix=f"m{index}")
    for kind, *arguments in (("MT565", *NAMED), ("seev.034", *NAMED), ("MT535", "ACC-1", "--as-of", "2026-03-31")):
        stored = on_database(connection, cluster, "message", "write", kind, *arguments, *PARTIES)
        assert (stored.returncode, stored.stderr) == (0, "")
        assert same_instant(stored.stdout) == same_instant(write(case, kind, *arguments)[1])
