"""Messages written of our records: instructions, answers to instructions and statements of holdings, read back as what they were written from."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.held import Held
from domain.messages import (
    INSTRUCTIONS,
    STATEMENTS,
    STATUSES,
    Envelope,
    UnwritableMessageError,
    read_message,
    write_holdings,
    write_instruction,
    write_status,
)
from domain.messages.envelope import messages_in
from domain.messages.writing.holdings import HOLDINGS_OF_A_PAGE
from domain.messages.writing.structure import check_structure
from domain.records import Advice, Election, Position, parse_record
from tests.unit.domain.facts import APPLE, SAP, TOYOTA, event
from tests.unit.domain.messages.published import faults

PREPARED = datetime(2026, 3, 27, 9, 30, 15, tzinfo=UTC)
ENVELOPE = Envelope("ASOPGB2L", "CUSTUS33", "OUT-0001", PREPARED)
DAY = date(2026, 3, 16)
OPTIONS = [
    {"option_number": "001", "option_type": "CASH", "is_default_option": True, "gross_rate": "0.25", "currency": "USD"},
    {"option_number": "002", "option_type": "SECU", "isin_out": SAP, "additional_for_existing": {"numerator": "1", "denominator": "7"}},
]  # fmt: skip
LATE = Held(
    "after_deadline", "received_at", "received at 2026-03-02 10:00:00+00:00, the deadline was 2026-03-01 17:00:00+00:00"
)
NAMES = st.from_regex(r"[A-Z0-9](?:[A-Z0-9-]{0,14}[A-Z0-9])?", fullmatch=True)
QUANTITIES = st.decimals(min_value="0.001", max_value=10**10, places=3)
INSTANTS = st.integers(10**9, 28 * 10**8).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


def choice(event_id="CA-1"):
    announced = event("DVOP", corporate_action_event_id=event_id, options=OPTIONS, mandatory_voluntary="CHOS")
    return parse_record(announced)[0]


def election(**changes):
    named = {"election_id": "E-1", "corporate_action_event_id": "CA-1", "safekeeping_account": "ACC-1"}
    return Election(**{**named, "option_number": "002", "quantity": Decimal("400.5"), **changes})


def check(kind, text):
    """Check each message of a text against the published structure."""
    if kind.startswith("MT"):
        for message in messages_in(text.encode()):
            check_structure(message)
        return
    documents = [f"<?xml{piece}" for piece in text.split("<?xml") if piece.strip()]
    assert [faults(document) for document in documents] == [[]] * len(documents)


@pytest.mark.parametrize("kind", INSTRUCTIONS)
@settings(max_examples=60, deadline=None)
@given(NAMES, NAMES, NAMES, st.sampled_from(["001", "002"]), QUANTITIES, INSTANTS)
def test_an_instruction_is_valid_and_reads_as_the_election(kind, event_id, account, reference, number, quantity, at):
    elected = election(
        corporate_action_event_id=event_id, safekeeping_account=account, option_number=number, quantity=quantity
    )
    text = write_instruction(kind, elected, choice(event_id), Envelope("ASOPGB2L", "CUSTUS33", reference, at))
    check(kind, text)
    (read,) = read_message(text.encode())
    record = parse_record({name: value for name, value in read.items() if name not in ("unread", "sequence")})[0]
    assert record == election(
        election_id=reference, corporate_action_event_id=event_id, safekeeping_account=account, option_number=number,
        quantity=quantity, received_at=at,
    )  # fmt: skip


def test_an_instruction_names_event_security_option_and_quantity():
    lines = write_instruction("MT565", election(), choice(), ENVELOPE).split("\r\n")
    assert lines == [
        "{1:F01ASOPGB2LAXXX0000000000}{2:I565CUSTUS33XXXXN}{4:",
        *(":16R:GENL", ":20C::CORP//CA-1", ":20C::SEME//OUT-0001", ":23G:NEWM", ":22F::CAEV//DVOP", ":98C::PREP//20260327093015", ":16S:GENL"),
        *(":16R:USECU", f":35B:ISIN {APPLE}", ":16R:ACCTINFO", ":97A::SAFE//ACC-1", ":16S:ACCTINFO", ":16S:USECU"),
        *(":16R:CAINST", ":13A::CAON//002", ":22F::CAOP//SECU", ":36B::QINS//UNIT/400,5", ":16S:CAINST", "-}"),
    ]  # fmt: skip


@pytest.mark.parametrize("kind", INSTRUCTIONS)
def test_an_option_that_is_not_announced_is_not_instructed(kind):
    with pytest.raises(UnwritableMessageError, match="option_number: the event has no option 007"):
        write_instruction(kind, election(option_number="007"), choice(), ENVELOPE)


@pytest.mark.parametrize("kind", STATUSES)
@pytest.mark.parametrize("number", ["002", "007"])
@pytest.mark.parametrize("refused", [None, LATE, Held("no_rules", "rules", "'no_rules': 100 % _unknown_ {text}")])
def test_an_answer_is_valid_against_the_published_structure(kind, number, refused):
    check(kind, write_status(kind, election(option_number=number), choice(), refused, ENVELOPE))


REASONS = {"after_deadline": "LATE", "over_instruction": "LACK", "unknown_option": "OPNM", "no_rules": "OTHR"}
WORDS = st.lists(st.from_regex(r"[A-Za-z0-9(),.:/-]{1,12}", fullmatch=True), min_size=1, max_size=12).map(" ".join)
REFUSALS = st.none() | st.builds(Held, st.sampled_from(sorted(REASONS)), st.just("quantity"), WORDS)


@pytest.mark.parametrize("kind", STATUSES)
@settings(max_examples=150, deadline=None)
@given(st.tuples(NAMES, NAMES, NAMES, NAMES), st.sampled_from(["001", "007"]), QUANTITIES, REFUSALS, INSTANTS)
def test_an_answer_is_valid_and_reads_as_the_status_of_the_election(kind, names, number, quantity, refused, at):
    event_id, account, election_id, reference = names
    elected = election(
        corporate_action_event_id=event_id, safekeeping_account=account, election_id=election_id, option_number=number,
        quantity=quantity,
    )  # fmt: skip
    text = write_status(kind, elected, choice(event_id), refused, Envelope("ASOPGB2L", "CUSTUS33", reference, at))
    check(kind, text)
    (read,) = read_message(text.encode())
    advice = parse_record({name: value for name, value in read.items() if name not in ("unread", "sequence")})[0]
    assert replace(advice, narrative=" ".join(advice.narrative.split())) == Advice(
        corporate_action_event_id=event_id, safekeeping_account=account, election_id=election_id, option_number=number,
        quantity=quantity, reference=reference, status="REJT" if refused else "PACK",
        reasons=(REASONS[refused.reason],) if refused else (), narrative=refused.detail if refused else "",
    )  # fmt: skip
    assert read["sequence"] == (at - datetime(2000, 1, 1, tzinfo=UTC)).total_seconds()


def test_an_accepted_instruction_is_named_with_its_status_and_what_it_is_for():
    lines = write_status("MT567", election(), choice(), None, ENVELOPE).split("\r\n")
    assert lines[3:] == [
        *(":20C::SEME//OUT-0001", ":23G:INST", ":22F::CAEV//DVOP", ":98C::PREP//20260327093015"),
        *(":16R:LINK", ":13A::LINK//565", ":20C::RELA//E-1", ":16S:LINK"),
        *(":16R:STAT", ":25D::IPRC//PACK", ":16S:STAT", ":16S:GENL"),
        *(":16R:CADETL", ":13A::CAON//002", ":22F::CAOP//SECU", ":97A::SAFE//ACC-1", f":35B:ISIN {APPLE}", ":36B::STAQ//UNIT/400,5"),
        *(":16S:CADETL", "-}"),
    ]  # fmt: skip


def test_a_rejected_instruction_has_the_reason_as_code_and_in_words():
    lines = write_status("MT567", election(), choice(), LATE, ENVELOPE).split("\r\n")
    assert lines[lines.index(":16R:STAT") : lines.index(":16S:STAT")] == [
        *(":16R:STAT", ":25D::IPRC//REJT", ":16R:REAS", ":24B::REJT//LATE"),
        *(":70D::REAS//received at 2026-03-02", "10:00:00+00:00, the deadline was", "2026-03-01 17:00:00+00:00", ":16S:REAS"),
    ]  # fmt: skip
    in_xml = write_status("seev.034", election(), choice(), LATE, ENVELOPE)
    assert "<Cd>LATE</Cd>" in in_xml
    assert f"<AddtlRsnInf>{LATE.detail}</AddtlRsnInf>" in in_xml
    assert "<Id>E-1</Id>" in in_xml


@pytest.mark.parametrize("word", ["-5", ":20C:", "-}"])
def test_no_line_of_a_reason_begins_as_a_field_or_the_end_of_the_text_does(word):
    refused = Held("no_rules", "", f"{'a' * 34} {word} left")
    text = write_status("MT567", election(), choice(), refused, ENVELOPE)
    assert f"\r\n {word.replace('}', ' ').rstrip()} " in text
    check("MT567", text)


@pytest.mark.parametrize(("reason", "code"), [*REASONS.items(), ("election_of_a_short", "LACK")])
def test_each_reason_has_its_code(reason, code):
    assert f":24B::REJT//{code}\r\n" in write_status("MT567", election(), choice(), Held(reason, "", "why"), ENVELOPE)


@pytest.mark.parametrize("kind", STATUSES)
def test_a_reason_that_has_no_room_is_refused(kind):
    with pytest.raises(UnwritableMessageError, match="detail: words"):
        write_status(kind, election(), choice(), Held("no_rules", "", "words " * 40), ENVELOPE)


def position(isin=APPLE, place="DTCYUS33", **quantities):
    named = {name: Decimal(quantity) for name, quantity in quantities.items()}
    return Position(safekeeping_account="ACC-1", isin=isin, safekeeping_place=place, as_of_date=DAY, **named)


PLACES = ["DTCYUS33", "CRSTGB22XYZ", "MGTCBEBE", "CUSTUS33", "the vault", "BANK OF NOWHERE"]
BALANCES = st.one_of(st.just(Decimal(0)), QUANTITIES)


def held(isin, place, settled, balances):
    """Return a position; what is short lends nothing."""
    names = ("pending_receipt_quantity", "pending_delivery_quantity", "borrowed_quantity", "on_loan_quantity")
    quantities = dict(zip(names, balances, strict=True)) | ({"on_loan_quantity": Decimal(0)} if settled < 0 else {})
    return position(isin, place, settled_quantity=settled, **quantities)


SETTLED = st.decimals(min_value=-(10**9), max_value=10**9, places=3)
ISINS = st.sampled_from([APPLE, SAP, TOYOTA])
HELD = st.builds(held, ISINS, st.sampled_from(PLACES), SETTLED, st.tuples(BALANCES, BALANCES, BALANCES, BALANCES))


def is_something(stated):
    names = ("settled", "pending_receipt", "pending_delivery", "on_loan", "borrowed")
    return any(getattr(stated, f"{name}_quantity") for name in names)


@pytest.mark.parametrize("kind", STATEMENTS)
@settings(max_examples=60, deadline=None)
@given(st.lists(HELD, min_size=1, max_size=18, unique_by=lambda each: (each.isin, each.safekeeping_place)))
def test_a_statement_is_valid_and_reads_as_the_positions(kind, positions):
    text = write_holdings(kind, "ACC-1", DAY, positions, ENVELOPE)
    listed = [each for each in positions if is_something(each)]
    if not listed:
        assert text == ""
        return
    check(kind, text)
    records = [
        {name: value for name, value in read.items() if name != "unread"} for read in read_message(text.encode())
    ]
    assert {(read.pop("source"), read.pop("sequence")) for read in records} == {("ASOPGB2L", 827919015)}
    assert [parse_record(read)[0] for read in records] == listed


@pytest.mark.parametrize("kind", STATEMENTS)
def test_what_is_on_loan_is_in_the_aggregate_and_not_settled(kind):
    text = write_holdings(kind, "ACC-1", DAY, [position(settled_quantity="100", on_loan_quantity="5")], ENVELOPE)
    assert (":93B::AGGR//UNIT/105," in text) == (kind == "MT535")
    assert ("<Unit>105</Unit>" in text) == (kind != "MT535")
    assert [read["settled_quantity"] for read in read_message(text.encode())] == ["100"]


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ("DTCYUS33", "94F::SAFE//NCSD/DTCYUS33"),
        ("MGTCBEBEXXX", "94F::SAFE//ICSD/MGTCBEBEXXX"),
        ("CUSTUS33", "94F::SAFE//CUST/CUSTUS33"),
        ("the vault", "94B::SAFE//SHHE/the vault"),
    ],
)
def test_a_place_is_a_depository_a_custodian_or_elsewhere(place, line):
    assert f":{line}\r\n" in write_holdings(
        "MT535", "ACC-1", DAY, [position(place=place, settled_quantity="1")], ENVELOPE
    )


@pytest.mark.parametrize("kind", STATEMENTS)
def test_a_long_statement_comes_in_pages_each_with_a_reference_of_its_own(kind):
    stated = [position(place=f"PLACE {number}", settled_quantity="1") for number in range(2 * HOLDINGS_OF_A_PAGE + 1)]
    text = write_holdings(kind, "ACC-1", DAY, stated, ENVELOPE)
    check(kind, text)
    assert len(read_message(text.encode())) == len(stated)
    pages = [page.encode() for page in (":28E:1/MORE", ":28E:2/MORE", ":28E:3/LAST")]
    if kind == "MT535":
        assert [page in text.encode() for page in pages] == [True] * 3
        assert text.count("{4:") == 3
    assert [f"OUT-0001/{number}" in text for number in range(1, 5)] == [True, True, True, False]


def test_a_page_of_the_longest_holdings_is_no_longer_than_a_message_may_be():
    longest = dict.fromkeys(("settled", "pending_receipt", "pending_delivery", "on_loan", "borrowed"), "1234567890.123")
    quantities = {f"{name}_quantity": quantity for name, quantity in longest.items()}
    stated = [position(place=f"{number:030}", **quantities) for number in range(HOLDINGS_OF_A_PAGE)]
    text = write_holdings("MT535", "A" * 35, DAY, stated, Envelope("ASOPGB2LXXX", "CUSTUS33XXX", "R" * 16, PREPARED))
    assert (text.count("{4:"), len(text) <= 10_000) == (1, True)


WRITERS = {
    **dict.fromkeys(INSTRUCTIONS, lambda kind, envelope: write_instruction(kind, election(), choice(), envelope)),
    **dict.fromkeys(STATUSES, lambda kind, envelope: write_status(kind, election(), choice(), None, envelope)),
    **dict.fromkeys(
        STATEMENTS,
        lambda kind, envelope: write_holdings(kind, "ACC-1", DAY, [position(settled_quantity="1")], envelope),
    ),
}


@pytest.mark.parametrize("kind", WRITERS)
def test_a_reference_that_is_too_long_is_refused(kind):
    with pytest.raises(UnwritableMessageError) as refused:
        WRITERS[kind](kind, Envelope("ASOPGB2L", "CUSTUS33", "R" * 36, PREPARED))
    assert refused.value.field == ("GENL/20C SEME" if kind.startswith("MT") else "reference")
