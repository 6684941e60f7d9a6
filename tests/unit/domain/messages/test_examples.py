"""Our example messages, hand-written after the published structure, in both standards."""

import pytest

from domain.messages import is_message, read_message
from domain.records import parse_record
from tests.unit.domain.messages.examples import ALL, BOTH_STANDARDS, example, facts
from tests.unit.domain.messages.published import faults


@pytest.mark.parametrize("name", [name for name in ALL if name.endswith(".xml")])
def test_each_example_in_xml_is_valid_against_the_published_structure(name):
    assert faults(example(name).decode()) == []


@pytest.mark.parametrize("stem", BOTH_STANDARDS)
def test_the_same_message_gives_the_same_records_in_both_standards(stem):
    assert facts(example(f"{stem}.fin")) == facts(example(f"{stem}.xml"))


@pytest.mark.parametrize("name", ALL)
def test_each_example_is_recognised_and_all_its_records_are_valid(name):
    assert is_message(example(name))
    assert [parse_record(raw)[0].record_type for raw in read_message(example(name))]


@pytest.mark.parametrize("data", [b'{"record_type": "account"}', b"", b"  ", b"[1]", b"{6:", b"-}"])
def test_what_is_no_message_is_not_taken_for_one(data):
    assert not is_message(data)


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf", b"\r\n "])
def test_a_byte_order_mark_and_white_space_may_stand_before_a_message(start):
    assert is_message(start + example("dividend.xml"))
    assert is_message(start + example("dividend.fin"))


def test_line_ends_of_the_network_are_read_as_well():
    as_sent = example("dividend.fin").replace(b"\n", b"\r\n")
    assert read_message(as_sent) == read_message(example("dividend.fin"))


def test_an_announcement_carries_its_terms():
    (event,) = facts(example("dividend.fin"))
    assert event == {
        "record_type": "corporate_action",
        "function": "NEWM",
        "corporate_action_event_id": "CA-2026-0001",
        "version": 1,
        "event_type": "DVCA",
        "mandatory_voluntary": "MAND",
        "official_event_id": "US0000000012345",
        "processing_status": "COMP",
        "isin": "US0378331005",
        "place_of_listing": "XNGS",
        "announcement_date": "2026-03-02",
        "ex_date": "2026-03-16",
        "record_date": "2026-03-16",
        "payment_date": "2026-03-27",
        "source_country": "US",
        "options": [
            {
                "option_number": "001",
                "option_type": "CASH",
                "is_default_option": True,
                "currency": "USD",
                "gross_rate": "0.25",
            }
        ],
    }


def test_a_replacement_has_the_terms_of_every_option_and_a_version_from_its_preparation():
    (event,) = read_message(example("option-dividend.fin"))
    cash, securities = event["options"]
    assert event["version"] == 826036215  # seconds from 2000-01-01 to 2026-03-05T14:30:15Z
    assert (event["response_deadline"], event["market_deadline"]) == ("2026-06-02T12:00:00Z", "2026-06-03T16:00:00Z")
    assert event["market_prices"] == {"DE0007164600": "191.5"}
    assert "announcement_date" not in event
    assert cash["exchange_rate"] == {"unit_currency": "EUR", "quoted_currency": "GBP", "rate": "0.8512"}
    assert (cash["withholding_tax_rate"], cash["gross_rate"], cash["net_rate"]) == ("26.375", "2.35", "1.7301875")
    assert securities["additional_for_existing"] == {"numerator": "1", "denominator": "81"}
    assert (securities["isin_out"], securities["fraction_disposition"]) == ("DE0007164600", "CINL")
    assert (securities["cash_in_lieu_price"], securities["minimum_exercisable_multiple"]) == ("190", "10")


def test_a_statement_gives_positions_and_what_it_says_of_their_availability():
    apple, availability, microsoft = facts(example("holdings.fin"))
    common = {
        "safekeeping_account": "ACC-0001",
        "isin": "US0378331005",
        "safekeeping_place": "DTCYUS33",
        "as_of_date": "2026-03-16",
        "sequence": 826999500,
        "source": "CUSTUS33",
    }
    quantities = {"settled_quantity": "1000", "pending_delivery_quantity": "50", "on_loan_quantity": "100"}
    assert apple == {"record_type": "position"} | common | quantities
    assert availability == {"record_type": "statement"} | common | {
        "aggregate": "1100",
        "available": "950",
        "not_available": "150",
    }
    assert (microsoft["settled_quantity"], microsoft["pending_receipt_quantity"]) == ("12.5", "200")


def test_an_instruction_is_an_election_that_was_received_when_it_was_prepared():
    assert facts(example("instruction.fin")) == [
        {
            "record_type": "election",
            "election_id": "INSTR-0001",
            "corporate_action_event_id": "CA-2026-0002",
            "safekeeping_account": "ACC-0001",
            "option_number": "002",
            "quantity": "150",
            "received_at": "2026-06-01T10:15:00Z",
            "sequence": 833624100,
        }
    ]


def test_a_confirmation_says_what_was_posted_and_when():
    assert facts(example("confirmation.fin")) == [
        {
            "record_type": "confirmation",
            "corporate_action_event_id": "CA-2026-0001",
            "safekeeping_account": "ACC-0001",
            "option_number": "001",
            "payment_reference": "CONF20260330001",
            "posting_amount": "212.5",
            "posting_date": "2026-03-27",
            "currency": "USD",
            "withholding_tax_rate": "15",
            "sequence": 828177000,
        }
    ]


@pytest.mark.parametrize(("code", "function"), [("WITH", "WITH"), ("PROC", "CANC")])
def test_a_cancellation_says_whose_it_is(code, function):
    (event,) = read_message(example("cancellation.xml", ("<CxlRsnCd>WITH", f"<CxlRsnCd>{code}")))
    assert (event["function"], event["version"]) == (function, 826444800)


@pytest.mark.parametrize("function", ["CANC", "WITH"])
def test_a_cancelled_announcement_in_fin_has_its_version_from_its_preparation(function):
    (event,) = read_message(example("dividend.fin", (":23G:NEWM", f":23G:{function}")))
    assert (event["function"], event["version"]) == (function, 825768000)
    assert "options" not in event
