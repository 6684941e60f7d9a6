"""`message write`: advices, confirmations and reversals of our entitlements, from a document and from the database alike."""

import json
import re
import subprocess
import sys

import pytest

from domain.messages import read_message
from domain.messages.envelope import messages_in
from domain.messages.writing.structure import check_structure
from tests.unit.domain.facts import account, event, position, rate, rates
from tests.unit.domain.messages.published import faults
from tests.unit.engine.commands import on_database, run
from tests.unit.engine.engine_target import CHECKOUT
from tests.unit.engine.feeding import feed

PARTIES = ("--sender", "ASOPGB2L", "--receiver", "CLIEGB22", "--reference", "OUT-1")
TAKEN_BACK = ("--previous", "OUT-0", "--posting-date", "2026-04-02")
PAID = {
    "record_type": "confirmation",
    "corporate_action_event_id": "CA-1",
    "safekeeping_account": "ACC-1",
    "option_number": "001",
    "posting_date": "2026-03-30",
}
REPLACED = event(version=2, function="REPL", option={"gross_rate": "0.5", "currency": "USD"}, ex_date="2026-03-13")
CHOICE = event(
    "DVOP",
    corporate_action_event_id="CA-2",
    options=[
        {"option_number": "001", "option_type": "CASH", "is_default_option": True, "gross_rate": "0.25", "currency": "USD"},
        {"option_number": "002", "option_type": "SECU", "isin_out": "DE0007164600", "fraction_disposition": "RDDN",
         "additional_for_existing": {"numerator": "1", "denominator": "7"}},
    ],
)  # fmt: skip
ELECTION = {
    "record_type": "election",
    "election_id": "E-1",
    "corporate_action_event_id": "CA-2",
    "safekeeping_account": "ACC-1",
    "option_number": "002",
    "quantity": "400",
}
UNPAID = [account(), position("1000"), event()]
DOCUMENTS = {
    "expected": UNPAID,
    "paid": [*UNPAID, PAID],
    "replaced": [*UNPAID, PAID | {"posting_amount": "212.50"}, REPLACED],
    "choice": [*UNPAID, CHOICE, ELECTION],
    "held": [account(), position("1000"), event(payment_date=None, option={"currency": "USD"})],
}
PART = {
    "account": "accounts",
    "position": "positions",
    "corporate_action": "corporate_actions",
    "confirmation": "confirmations",
    "election": "elections",
}


def document(records):
    parts = {part: [each for each in records if PART[each["record_type"]] == part] for part in PART.values()}
    return parts | {"rules": {"withholding_rates": rates(rate("US-GB", "30", "15"))}}


def written(case, kind, *arguments, event_id="CA-1", account_number="ACC-1"):
    stdin = json.dumps(document(DOCUMENTS[case]))
    return run("message", "write", kind, event_id, account_number, *PARTIES, "--file", "-", *arguments, stdin=stdin)


@pytest.mark.parametrize("kind", ["MT564-REPE", "MT566", "MT566-REVR", "seev.035", "seev.036", "seev.037"])
def test_every_kind_is_written_from_a_document_and_is_valid_against_the_published_structure(kind):
    done = written(
        "replaced", kind, *(TAKEN_BACK if kind in ("MT566-REVR", "seev.037") else ("--posting-date", "2026-04-02"))
    )
    assert (done.returncode, done.stderr) == (0, "")
    if kind.startswith("MT"):
        check_structure(*messages_in(done.stdout.encode()))
    else:
        assert faults(done.stdout) == []
    assert ("212" in done.stdout, "425" in done.stdout) == (
        kind in ("MT566-REVR", "seev.037"),
        kind not in ("MT566-REVR", "seev.037"),
    )


@pytest.mark.parametrize("kind", ["MT566", "seev.036"])
@pytest.mark.parametrize(
    ("case", "arguments", "day"),
    [
        ("paid", (), "2026-03-30"),
        ("paid", ("--posting-date", "2026-04-01"), "2026-04-01"),
        ("expected", ("--posting-date", "2026-04-01"), "2026-04-01"),
    ],
)
def test_a_confirmation_has_the_custodians_posting_date_or_the_one_that_is_given(kind, case, arguments, day):
    (read,) = read_message(written(case, kind, *arguments).stdout.encode())
    assert (read["posting_date"], read["posting_amount"], read["currency"]) == (day, "212.5", "USD")


def test_a_version_of_an_iso_20022_message_may_be_chosen():
    done = written("paid", "seev.036", "--version", "13")
    assert (done.returncode, "xsd:seev.036.001.13" in done.stdout, faults(done.stdout)) == (0, True, [])


def test_of_several_options_the_one_named_is_written():
    done = written("choice", "MT566", "--option", "002", "--posting-date", "2026-04-01", event_id="CA-2")
    lines = done.stdout.split("\r\n")
    assert (":13A::CAON//002" in lines, ":36B::PSTA//UNIT/57," in lines, "CAON//001" in done.stdout) == (
        True,
        True,
        False,
    )


@pytest.mark.parametrize(
    ("case", "kind", "arguments", "named", "says"),
    [
        ("paid", "MT566", (), ("CA-1", "ACC-9"), "no entitlement stands; `calculate FILE` shows whose do"),
        ("paid", "MT566", ("--option", "009"), ("CA-1", "ACC-1"), "no entitlement of option 009 stands; what stands is option 001"),
        ("expected", "MT566", (), ("CA-1", "ACC-1"), "MT564-REPE or seev.035 advise it; where you know that it was posted, give --posting-date"),
        ("expected", "MT566-REVR", TAKEN_BACK, ("CA-1", "ACC-1"), "no entitlement was reversed; what stands is option 001"),
        ("replaced", "seev.037", TAKEN_BACK[:2], ("CA-1", "ACC-1"), "posted on a day of its own: give --posting-date"),
        ("replaced", "seev.037", TAKEN_BACK[2:], ("CA-1", "ACC-1"), "previous: a reversal names the confirmation"),
        ("choice", "seev.035", (), ("CA-2", "ACC-1"), "several options are entitled, name one: 001, 002"),
        ("held", "seev.035", (), ("CA-1", "ACC-1"), "no entitlement stands: missing_terms: "),
        ("paid", "seev.036", ("--reference", "X" * 36), ("CA-1", "ACC-1"), "reference: XXX"),
    ],
)  # fmt: skip
def test_what_cannot_be_written_is_one_line_with_event_account_and_remedy(case, kind, arguments, named, says):
    done = written(case, kind, *arguments, event_id=named[0], account_number=named[1])
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.startswith(f"message: event {named[0]}, account {named[1]}: ")
    assert says in done.stderr


@pytest.mark.parametrize(
    "changed",
    [("--sender", "ASOP"), ("--receiver", "cliegb22"), ("--posting-date", "tomorrow")],
    ids=lambda each: each[0],
)
def test_a_party_or_a_day_that_is_none_is_a_usage_error_that_names_it(changed):
    done = written("paid", "MT566", *changed)
    assert (done.returncode, done.stdout, f"argument {changed[0]}" in done.stderr) == (3, "", True)


def test_a_file_that_is_not_there_and_an_environment_without_a_database_cannot_be_used():
    nowhere = run("message", "write", "MT566", "CA-1", "ACC-1", *PARTIES, "--file", "nowhere.json")
    assert (nowhere.returncode, nowhere.stderr) == (3, "message: nowhere.json: No such file or directory\n")
    bare = run("message", "write", "MT566", "CA-1", "ACC-1", *PARTIES)
    assert (bare.returncode, bare.stderr.count("\n"), "DATABASE_HOST" in bare.stderr, "--file" in bare.stderr) == (
        3,
        1,
        True,
        True,
    )


def same_instant(text):
    return re.sub(r"(PREP//|<CreDt>)[^\r\n<]*", r"\1", text)


@pytest.mark.parametrize(
    ("case", "kinds"),
    [("paid", ("MT564-REPE", "MT566", "seev.035", "seev.036")), ("replaced", ("MT566-REVR", "seev.037", "MT564-REPE"))],
)
def test_the_database_gives_the_message_that_a_document_of_the_same_facts_gives(connect, cluster, case, kinds):
    connection = connect()
    for index, record in enumerate(DOCUMENTS[case]):
        feed(connection, record, prefix=f"m{index}")
    for kind in kinds:
        further = TAKEN_BACK if kind in ("MT566-REVR", "seev.037") else ()
        stored = on_database(connection, cluster, "message", "write", kind, "CA-1", "ACC-1", *PARTIES, *further)
        assert (stored.returncode, stored.stderr) == (0, "")
        assert ("XDTE//20260313" in stored.stdout) == (case == "replaced" and kind == "MT564-REPE")
        assert same_instant(stored.stdout) == same_instant(written(case, kind, *further).stdout)


def test_the_database_says_why_nothing_stands(connect, cluster):
    connection = connect()
    feed(connection, *DOCUMENTS["held"], prefix="m")
    held = on_database(connection, cluster, "message", "write", "MT566", "CA-1", "ACC-1", *PARTIES)
    assert (held.returncode, "no entitlement stands: missing_terms: " in held.stderr) == (1, True)
    unknown = on_database(connection, cluster, "message", "write", "MT566", "CA-7", "ACC-1", *PARTIES)
    assert "event CA-7, account ACC-1: no entitlement stands; `history CA-7` shows whose do" in unknown.stderr


def test_what_was_replaced_before_it_was_paid_has_nothing_to_reverse(connect, cluster):
    connection = connect()
    for index, record in enumerate([*UNPAID, REPLACED]):
        feed(connection, record, prefix=f"m{index}")
    done = on_database(connection, cluster, "message", "write", "MT566-REVR", "CA-1", "ACC-1", *PARTIES, *TAKEN_BACK)
    assert (done.returncode, "no entitlement was reversed; what stands is option 001" in done.stderr) == (1, True)


def test_a_message_of_a_document_loads_neither_aws_nor_a_database():
    check = "import sys; from servicing_engine.__main__ import main; main(sys.argv[1:]); print({'boto3', 'psycopg2'} & set(sys.modules), file=sys.stderr)"
    arguments = ["message", "write", "MT566", "CA-1", "ACC-1", *PARTIES, "--file", "-"]
    done = subprocess.run(
        [sys.executable, "-c", check, *arguments], cwd=CHECKOUT, input=json.dumps(document(DOCUMENTS["paid"])), capture_output=True,
        text=True, check=True, timeout=60,
    )  # fmt: skip
    assert done.stderr.strip() == "set()"
