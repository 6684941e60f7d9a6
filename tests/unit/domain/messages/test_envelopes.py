"""Whatever is around a message, it is found: blocks missing, files of several, both kinds of files that Alliance writes."""

import pytest

from domain.messages import is_message, read_message
from tests.unit.domain.messages.examples import example, facts, refusal

ONE = example("dividend.fin").decode().strip()
BLOCKS_1_AND_2, TEXT = ONE.split("{4:")
BLOCK_1, BLOCK_2 = BLOCKS_1_AND_2.split("{2:")
BARE = TEXT.removeprefix("\n").removesuffix("\n-}")
TRAILER = "{5:{MAC:00000000}{CHK:0123456789AB}{TNG:}}{S:{SAC:}{COP:P}}"
ACKNOWLEDGED = "{1:F21ASOPGB2LAXXX0000000000}{4:{177:2603021035}{451:0}}"
XML = example("dividend.xml").decode()
DOCUMENT = XML[XML.index("<Document") :]


@pytest.mark.parametrize(
    "text",
    {
        "no block 1": f"{{2:{BLOCK_2}{{4:{TEXT}",
        "no block 2": f"{BLOCK_1}{{4:{TEXT}",
        "blocks 3, 5 and S": f"{BLOCKS_1_AND_2}{{3:{{108:REF}}}}{{4:{TEXT}{TRAILER}",
        "block 4 alone": f"{{4:{TEXT}",
        "the text on the line of its block": f"{{4:{TEXT.strip()}",
        "fields alone": BARE,
        "fields alone, with an end": f"{BARE}\n-}}",
        "line ends between the blocks": f"{BLOCK_1}\n{{2:{BLOCK_2}\n{{4:{TEXT}",
        "line ends of the network": ONE.replace("\n", "\r\n"),
        "a file in sectors": f"\x01{ONE}\x03".ljust(2048),
        "behind an acknowledgement": ACKNOWLEDGED + ONE,
    }.values(),
    ids=str.__len__,
)
def test_a_message_is_read_whatever_blocks_are_around_its_text(text):
    assert is_message(text.encode())
    assert facts(text.encode()) == facts(ONE.encode())


@pytest.mark.parametrize("between", ["", "\n", "$", "\r\n$\r\n", f"{TRAILER}\n", "\x03   \x01"])
def test_several_messages_of_a_file_are_read_in_order(between):
    other = ONE.replace("CA-2026-0001", "CA-2026-0002")
    assert [event["corporate_action_event_id"] for event in read_message(f"{ONE}{between}{other}".encode())] == [
        "CA-2026-0001", "CA-2026-0002",
    ]  # fmt: skip


def test_bare_texts_that_follow_each_other_are_two_messages():
    other = BARE.replace("CA-2026-0001", "CA-2026-0002")
    assert len(read_message(f"{BARE}\n{other}".encode())) == 2
    assert len(read_message(f"{BARE}\n-\n{other}\n-".encode())) == 2


def test_a_refusal_in_a_file_of_several_names_the_message_first():
    other = ONE.replace(":98A::RDTE//20260316", ":98A::RDTE//20260230")
    assert refusal(f"{ONE}\n{other}".encode()) == ("invalid_date", "message 2/CADETL/98A RDTE")
    assert refusal(f"{ONE}\n{BLOCK_1}".encode()) == ("missing_field", "message 2/block 4")


def test_a_message_that_the_network_did_not_take_is_refused():
    assert refusal((ACKNOWLEDGED.replace("451:0", "451:1") + ONE).encode()) == ("not_sent", "block 4/451")


def test_a_text_without_general_information_is_of_no_known_type():
    assert refusal(b":20C::CORP//CA-1\n:23G:NEWM") == ("missing_sequence", "GENL")


@pytest.mark.parametrize(
    ("name", "kind"),
    [("holdings.fin", "position"), ("instruction.fin", "election"), ("confirmation.fin", "confirmation")],
)
def test_without_block_2_the_sequences_say_the_type(name, kind):
    text = example(name).decode()
    assert read_message(text[text.index("{4:") :].encode())[0]["record_type"] == kind


@pytest.mark.parametrize(
    "text",
    [
        DOCUMENT,
        f"<BizMsgEnvlp xmlns='urn:any'><Body><Inner>{DOCUMENT}</Inner></Body></BizMsgEnvlp>",
        DOCUMENT.replace("<Document xmlns=", "<Document xmlns:n=").replace("<", "<n:").replace("<n:/", "</n:"),
        DOCUMENT.replace("urn:iso:std:iso:20022:tech:xsd:seev.031.001.14", "urn:swift:xsd:seev.031.002.99"),
        DOCUMENT[DOCUMENT.index("<CorpActnNtfctn>") : DOCUMENT.index("</Document>")],
    ],
    ids=["a document alone", "in an envelope", "with a prefix", "of an unknown namespace", "without its document"],
)
def test_a_document_is_read_in_any_envelope(text):
    assert facts(text.encode()) == facts(XML.encode())


def test_several_documents_each_have_the_header_before_them():
    one = example("cancellation.xml").decode()
    both = one[one.index("<AppHdr") : one.index("</BusinessMessage>")]
    other = both.replace("CA-2026-0001", "CA-2026-0002").replace("2026-03-10T08:00:00Z", "2026-03-10T08:00:01Z")
    first, second = read_message(f"<Batch>{both}{other}</Batch>".encode())
    assert second["version"] - first["version"] == 1
    assert len(read_message((one + one.replace("CA-2026-0001", "CA-2026-0002")).encode())) == 2


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("<A>" + "<B/>" * 200_000 + "</A>", "A"),
        (":16R:GENL\n" + ":70E::ADTX//A\n" * 200_000 + ":16S:GENL", "block 4"),
    ],
    ids=["elements", "fields"],
)
def test_more_than_any_message_has_is_refused_before_it_is_read(text, field):
    reason, at = refusal(text.encode())
    assert reason in ("too_many_elements", "too_many_fields")
    assert at == field
