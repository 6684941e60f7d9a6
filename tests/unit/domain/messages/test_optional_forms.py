"""The other forms that the structures allow for a date, a rate or a price: read alike, or as not yet known."""

import re
from datetime import datetime

import pytest

from domain.messages import read_message
from domain.messages.values import Quantity
from domain.messages.xml_text import parse_xml
from domain.messages.xml_values import element_value
from domain.records import parse_record
from tests.unit.domain.messages.examples import ALL, example, facts, refusal, unread
from tests.unit.domain.messages.published import faults
from tests.unit.domain.messages.test_terms import read


@pytest.mark.parametrize(
    "day",
    [
        "<Dt><Dt>2026-03-18</Dt></Dt>",
        "<Dt><DtTm>2026-03-18T09:00:00Z</DtTm></Dt>",
        "<Dt>2026-03-18</Dt>",
        "<DtTm>2026-03-18T09:00:00Z</DtTm>",
        "2026-03-18",
        "2026-03-18T09:00:00Z",
    ],
)
def test_a_day_is_read_from_each_form_of_a_date(day):
    (event,) = read_message(
        example("dividend.xml", ("<RcrdDt><Dt>2026-03-16</Dt></RcrdDt>", f"<RcrdDt>{day}</RcrdDt>"))
    )
    assert event["record_date"] == "2026-03-18"


@pytest.mark.parametrize(
    "form", ["98E::RDTE//20260318120000", "98E::RDTE//20260318120000/01", "98C::RDTE//20260318120000"]
)
def test_a_day_is_read_from_an_instant_with_or_without_an_offset(form):
    (event,) = read_message(example("dividend.fin", ("98A::RDTE//20260316", form)))
    assert event["record_date"] == "2026-03-18"


@pytest.mark.parametrize(
    ("name", "known", "unknown", "term"),
    [
        ("dividend.fin", ":92F::GRSS//USD0,25", ":92K::GRSS//UKWN", "gross_rate"),
        ("option-dividend.fin", ":92A::TAXR//26,375", ":92K::TAXR//UKWN", "withholding_tax_rate"),
        ("option-dividend.fin", ":90B::CINL//ACTU/EUR190,", ":90E::CINL//UKWN", "cash_in_lieu_price"),
        ("option-dividend.fin", ":92D::ADEX//1,/81,", ":92K::ADEX//UKWN", "additional_for_existing"),
    ],
)  # fmt: skip
def test_a_term_that_is_not_known_yet_is_left_out(name, known, unknown, term):
    option = 1 if name.startswith("option") and term != "withholding_tax_rate" else 0
    assert term in read_message(example(name))[0]["options"][option]
    (event,) = read_message(example(name, (known, unknown)))
    assert term not in event["options"][option]


def test_a_market_price_or_a_date_that_is_not_known_yet_is_left_out():
    (event,) = read_message(example("option-dividend.fin", (":90B::MRKT//ACTU/EUR191,5", ":90E::MRKT//UKWN")))
    assert "market_prices" not in event
    assert "announcement_date" not in event
    (later,) = read_message(example("dividend.fin", (":98A::RDTE//20260316", ":98B::RDTE//UKWN")))
    assert "record_date" not in later


def test_an_interest_period_that_is_not_known_yet_is_left_out():
    (event,) = read_message(example("dividend.fin", (":98A::RDTE//20260316", ":98A::RDTE//20260316\n:69J::INPE//UKWN")))
    assert "interest_period" not in event


FIN = [name for name in ALL if name.endswith(".fin")]
QUALIFIED = re.compile(r"^:[0-9]{2}[A-Z]::(?P<qualifier>(?!PREV)[A-Z0-9]{4})/.*$", re.MULTILINE)


@pytest.mark.parametrize("name", FIN)
def test_a_field_of_another_qualifier_beside_one_that_we_read_changes_no_fact_and_is_kept(name):
    """Each qualified field in turn, but for that of a link, which has only one, comes again with a qualifier that the standard does not know.

    In the instruction itself one that would say how to carry it out is refused.
    """
    text = example(name).decode()
    as_it_was = facts(text.encode())
    for line in QUALIFIED.finditer(text):
        other = line[0].replace(f"::{line['qualifier']}", "::ZZZZ", 1)
        beside = f"{text[: line.end()]}\n{other}{text[line.end() :]}"
        if name == "instruction.fin" and "CAINST" in text[: line.start()]:
            assert refusal(beside.encode())[0] == "unsupported_field"
            continue
        assert facts(beside.encode()) == as_it_was, other
        assert any("ZZZZ" in place for place, _, _ in unread(beside.encode())), other


def test_an_instruction_is_for_its_own_quantity_else_for_the_accounts_instructed_balance():
    quantity, balance = ":36B::QINS//UNIT/150,\n", ":93B::ELIG//UNIT/400,\n"
    both = (balance, f"{balance}:93B::INBA//UNIT/120,\n")
    assert read_message(example("instruction.fin", both))[0]["quantity"] == "150"
    assert read_message(example("instruction.fin", both, (quantity, "")))[0]["quantity"] == "120"


@pytest.mark.parametrize(
    "rate",
    [
        "<Rate>26.375</Rate>",
        "<RateTpAndRate><RateTp><Cd>NRAT</Cd></RateTp><Rate>26.375</Rate></RateTpAndRate>",
    ],
)
def test_a_percentage_is_read_with_and_without_its_type(rate):
    tax = ("<WhldgTaxRate><Rate>26.375</Rate></WhldgTaxRate>", f"<WhldgTaxRate>{rate}</WhldgTaxRate>")
    (event,) = read("option-dividend.xml", tax)
    assert event["options"][0]["withholding_tax_rate"] == "26.375"


@pytest.mark.parametrize(("moment", "instant"), [
    ("2026-06-03T16:00:00Z", "2026-06-03T16:00:00Z"),
    ("2026-06-03T16:00:00", "2026-06-03T16:00:00Z"),
    ("2026-06-03T16:00:00.000", "2026-06-03T16:00:00Z"),
    ("2026-06-03T16:00:00+02:00", "2026-06-03T14:00:00Z"),
    ("2026-06-03T16:00:00-05:00", "2026-06-03T21:00:00Z"),
])  # fmt: skip
def test_a_time_is_read_with_its_offset_and_in_utc_without_one(moment, instant):
    text = example("option-dividend.xml").decode().replace("2026-06-03T16:00:00Z", moment)
    assert faults(text) == []
    record, _ = parse_record(read_message(text.encode())[0])
    assert record.market_deadline == datetime.fromisoformat(instant)


def test_a_price_received_is_read_as_a_percentage_and_no_other_price_is():
    percent = "<PctgPric><PctgPricTp>PRCT</PctgPricTp><PricVal>98.5</PricVal></PctgPric>"
    price = "<PricDtls><{0}>{1}</{0}></PricDtls>"
    received = ("</RateAndAmtDtls>", f"</RateAndAmtDtls>{price.format('GncCshPricRcvdPerPdct', percent)}")
    (event,) = read("dividend.xml", received)
    assert event["options"][0]["cash_price_received_percent"] == "98.5"
    assert "cash_price_received" not in event["options"][0]
    paid = ("</RateAndAmtDtls>", f"</RateAndAmtDtls>{price.format('GncCshPricPdPerPdct', percent)}")
    place = "CorpActnNtfctn/CorpActnOptnDtls/CshMvmntDtls/PricDtls/GncCshPricPdPerPdct"
    assert (f"{place}/PctgPric/PricVal", "98.5", True) in unread(example("dividend.xml", paid))
    discount = (received[0], received[1].replace(">PRCT<", ">DISC<"))
    held = (f"{place.replace('PricPd', 'PricRcvd')}/PctgPric/PricVal", "98.5", True)
    assert held in unread(example("dividend.xml", discount))


@pytest.mark.parametrize(
    ("name", "usual", "other", "term", "value"),
    [
        ("dividend.fin", ":92F::GRSS//USD0,25", ":92J::GRSS//TXBL/USD0,5/ACTU", "gross_rate", "0.5"),
        ("option-dividend.fin", ":92A::TAXR//26,375", ":92R::TAXR//NRAT/25,5", "withholding_tax_rate", "25.5"),
        (
            "dividend.xml", '<Amt Ccy="USD">0.25</Amt>',
            '<AmtAndRateSts><Amt Ccy="USD">0.5</Amt><RateSts>ACTU</RateSts></AmtAndRateSts>', "gross_rate", "0.5",
        ),
        (
            "dividend.xml", '<Amt Ccy="USD">0.25</Amt>',
            '<RateTpAndAmtAndRateSts><RateTp><Cd>TXBL</Cd></RateTp><Amt Ccy="USD">0.5</Amt></RateTpAndAmtAndRateSts>', "gross_rate", "0.5",
        ),
    ],
)  # fmt: skip
def test_an_amount_or_a_percentage_is_read_beside_its_type_and_status(name, usual, other, term, value):
    (event,) = read(name, (usual, other))
    assert event["options"][0][term] == value


@pytest.mark.parametrize(
    ("name", "usual", "other", "place"),
    [
        ("holdings.fin", "94F::SAFE//NCSD/DTCYUS33", "94B::SAFE//EXCH/XNYS", "XNYS"),
        ("holdings.fin", "94F::SAFE//NCSD/DTCYUS33", "94B::SAFE//SHHE", "SHHE"),
        ("holdings.fin", "94F::SAFE//NCSD/DTCYUS33", "94C::SAFE//US", "US"),
        ("holdings.xml", "<TpAndId><SfkpgPlcTp>NCSD</SfkpgPlcTp><Id>DTCYUS33</Id></TpAndId>", "<Ctry>US</Ctry>", "US"),
        (
            "holdings.xml", "<TpAndId><SfkpgPlcTp>NCSD</SfkpgPlcTp><Id>DTCYUS33</Id></TpAndId>",
            "<Id><SfkpgPlcTp>SHHE</SfkpgPlcTp><Id>VAULT 12XXX</Id></Id>", "VAULT 12XXX",
        ),
    ],
)  # fmt: skip
def test_a_place_of_safekeeping_is_a_market_a_country_or_a_name_as_it_stands(name, usual, other, place):
    assert read_message(example(name, (usual, other)))[0]["safekeeping_place"] == place


@pytest.mark.parametrize("indicator", ["ShrtLngInd", "ShrtLngPos"])
def test_a_balance_is_short_by_either_indicator(indicator):
    balance = f"<Bal><{indicator}>SHOR</{indicator}><Qty><Unit>12.5</Unit></Qty></Bal>"
    assert element_value(parse_xml(balance.encode())) == Quantity("-12.5", "UNIT")


@pytest.mark.parametrize(("prepared", "sequence"), [
    (":98C::PREP//20260316180500\n", {"sequence": 826999500}), (":98A::PREP//20260316\n", {}), ("", {}),
])  # fmt: skip
def test_a_statement_is_ordered_by_the_instant_of_its_preparation_and_by_nothing_less(prepared, sequence):
    stated = read_message(example("holdings.fin", (":98C::PREP//20260316180500\n", prepared)))
    assert [{name: each[name] for name in each if name == "sequence"} for each in stated] == [sequence] * len(stated)


STATUS = "<EvtCmpltnsSts>COMP</EvtCmpltnsSts><EvtConfSts>CONF</EvtConfSts>"
INSTRUCTED = (
    "<SctiesQtyOrInstdAmt><SctiesQty><InstdQty><Qty><Unit>150</Unit></Qty></InstdQty></SctiesQty></SctiesQtyOrInstdAmt>"
)
BALANCE = "<AcctDtls><Bal><InstdBal><Qty><Unit>9</Unit></Qty></InstdBal></Bal>"
PLACE = "<TpAndId><SfkpgPlcTp>NCSD</SfkpgPlcTp><Id>DTCYUS33</Id></TpAndId>"
RATE = "<FXDtls><UnitCcy>EUR</UnitCcy><QtdCcy>GBP</QtdCcy><XchgRate>0.8512</XchgRate></FXDtls>"
ISSUERS = RATE.replace("FXDtls", "IssrDclrdXchgRate").replace("0.8512", "0.86")


@pytest.mark.parametrize(
    ("name", "changes", "term", "value"),
    [
        ("dividend.xml", [], "processing_status", "COMP"),
        ("dividend.xml", [(STATUS, STATUS.replace("COMP", "INCO"))], "processing_status", "PREC"),
        ("dividend.xml", [(STATUS, STATUS.replace("CONF", "UCON"))], "processing_status", "PREU"),
        ("dividend.xml", [(STATUS, STATUS.replace("COMP", "INCO").replace("CONF", "UCON"))], "processing_status", "PREU"),
        ("instruction.xml", [(INSTRUCTED, ""), ("<AcctDtls>", BALANCE)], "quantity", "9"),
        ("instruction.xml", [("<AcctDtls>", BALANCE)], "quantity", "150"),
        ("dividend.xml", [("<MktIdrCd>XNGS</MktIdrCd>", "<Desc>OTC in Lagos</Desc>")], "place_of_listing", "OTC in Lagos"),
        ("holdings.xml", [(PLACE, "<Prtry><Id>VAULT 7</Id></Prtry>")], "safekeeping_place", "VAULT 7"),
        ("instruction.fin", [(":97A::SAFE//ACC-0001", ":97B::SAFE//IBAN/ACC-0001")], "safekeeping_account", "ACC-0001"),
        ("instruction.fin", [(":97A::SAFE//ACC-0001", ":97B::SAFE/OURS/IBAN/ACC-0001")], "safekeeping_account", "ACC-0001"),
    ],
)  # fmt: skip
def test_another_form_says_as_much(name, changes, term, value):
    assert read_message(example(name, *changes))[0][term] == value


def test_the_rate_that_the_issuer_declared_is_read_where_the_payment_names_none():
    text = re.sub(
        r"<FXDtls>.*?</FXDtls>\s*<RateAndAmtDtls>",
        f"<RateAndAmtDtls>{ISSUERS}",
        example("option-dividend.xml").decode(),
        flags=re.DOTALL,
    )
    (event,) = read_message(text.encode())
    assert event["options"][0]["exchange_rate"] == {"unit_currency": "EUR", "quoted_currency": "GBP", "rate": "0.86"}


def test_a_price_that_is_not_known_yet_is_left_out_of_xml_too():
    price = '<AmtPric><AmtPricTp>ACTU</AmtPricTp><PricVal Ccy="EUR">190</PricVal></AmtPric>'
    (event,) = read_message(example("option-dividend.xml", (price, "<NotSpcfdPric>UKWN</NotSpcfdPric>")))
    assert "cash_in_lieu_price" not in event["options"][1]
