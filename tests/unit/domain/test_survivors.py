"""Claims that a mutant survived for want of: small edges that no other file has a place for."""

from dataclasses import replace
from datetime import date

import pytest

from domain.calculation import calculate_document
from domain.lots.effect import lot_effects
from domain.lots.lot import holding_term
from domain.messages import UnwritableMessageError, read_message, write_message
from domain.messages.read import drafts_in
from domain.records import RecordError, parse_record, read_json
from tests.unit.domain.facts import APPLE, SAP, TOYOTA, account, document, event, position, trade
from tests.unit.domain.messages.examples import example
from tests.unit.domain.messages.test_terms import xml_movement, xml_ratio
from tests.unit.domain.messages.test_writing import CASES, ENVELOPE
from tests.unit.domain.reconciliation.sides import causes, confirmed, entitled, stated
from tests.unit.domain.reconciliation.test_report import report_of as run


def test_a_dividend_without_a_payment_date_is_held_for_it():
    (row,) = calculate_document(document(account(), position("10"), event(payment_date=None)))["rejected"]
    assert (row["field"], row["reason"]) == ("payment_date", "missing_terms")


def test_bought_rights_that_lapse_are_a_loss_of_what_they_cost():
    lapsing = {"option_number": "001", "option_type": "LAPS", "is_default_option": True}
    rights = trade("R-1", "BUY", "10", "2026-01-05", price="2")
    lapsed = event("EXRI", options=[lapsing], mandatory_voluntary="CHOS")
    (row,) = calculate_document(document(account(), position("10"), rights, lapsed))["realised"]
    told = [row[name] for name in ("lot_id", "quantity", "proceeds", "gain_loss", "closed_by")]
    assert told == ["R-1", "10", "0.00", "-20.00", "CA-1"]


def test_an_event_that_was_cancelled_does_nothing_to_lots():
    split = {"new_to_old": {"numerator": "2", "denominator": "1"}}
    made, *_ = parse_record(event("SPLF", split))
    assert (len(lot_effects(made)), lot_effects(replace(made, function="CANC"))) == (1, ())


def test_a_holding_period_that_never_began_is_short():
    assert holding_term(date.max, date(2026, 3, 16)) == "SHORT"


SECURITIES_LATER = (
    f"<SctiesMvmntDtls><FinInstrmId><ISIN>{APPLE}</ISIN></FinInstrmId><CdtDbtInd>CRDT</CdtDbtInd><PstngQty><Qty><Unit>5</Unit></Qty></PstngQty>"
    "<DtDtls><PstngDt><Dt>2026-03-30</Dt></PstngDt></DtDtls></SctiesMvmntDtls>"
)


def test_the_posting_date_of_cash_goes_before_that_of_securities():
    both = example("confirmation.xml", ("<CshMvmntDtls>", f"{SECURITIES_LATER}<CshMvmntDtls>"))
    assert read_message(both)[0]["posting_date"] == "2026-03-27"


def test_a_percentage_may_stand_beside_the_securities_that_it_is_of():
    rates = "<RateDtls><WhldgTaxRate><Rate>12.5</Rate></WhldgTaxRate></RateDtls>"
    movement = xml_movement("DE0007164600", "CRDT", rates)
    (read,) = read_message(example("dividend.xml", ("<CshMvmntDtls>", f"{movement}<CshMvmntDtls>")))
    assert read["options"][0]["withholding_tax_rate"] == "12.5"


def test_a_safekeeping_place_may_be_named_by_its_lei_alone():
    form = "<SfkpgPlcFrmt><TpAndId><SfkpgPlcTp>NCSD</SfkpgPlcTp><Id>DTCYUS33</Id></TpAndId></SfkpgPlcFrmt>"
    named = example("holdings.xml", (form, "<LEI>549300XM3DCQPQZ5QO23</LEI>"))
    assert read_message(named)[0]["safekeeping_place"] == "549300XM3DCQPQZ5QO23"


def test_a_header_that_does_not_say_when_it_was_made_orders_nothing():
    undated = example("confirmation.xml", ("<CreDt>2026-03-30T09:10:00Z</CreDt>", ""))
    assert "sequence" not in read_message(undated)[0]


def test_further_securities_remember_that_they_are_movements():
    movements = xml_movement("DE0007164600", "CRDT", xml_ratio(3, 2)) + xml_movement(TOYOTA, "CRDT", xml_ratio(1, 10))
    changed = example("dividend.xml", (">DVCA<", ">MRGR<"), ("<CshMvmntDtls>", f"{movements}<CshMvmntDtls>"))
    (draft,) = drafts_in(changed)
    assert draft.source("options.0.securities_movements") == "CorpActnNtfctn/CorpActnOptnDtls/SctiesMvmntDtls"


def test_a_text_that_breaks_the_published_format_says_which():
    entitlement, announced = CASES["cash"]()
    with pytest.raises(UnwritableMessageError) as refused:
        write_message("MT566", entitlement | {"corporate_action_event_id": "CA-2026-0000000001"}, announced, ENVELOPE)
    assert refused.value.detail == "':CORP//CA-2026-0000000001' is not of the format :4!c//16x"


def test_lots_that_agree_with_what_is_owned_but_not_settled_differ_in_timing():
    told = causes(positions=[stated("90", pending_receipt_quantity="10")], lots={APPLE: 100})
    assert told == ["explained by pending, loaned or borrowed quantities"]


def test_a_message_of_holdings_without_a_servicer_is_of_the_headers_sender():
    unserviced = example("holdings.xml", ("<AcctSvcr><Id><AnyBIC>CUSTUS33</AnyBIC></Id></AcctSvcr>", ""))
    assert {read["source"] for read in read_message(unserviced)} == {"CUSTUS33"}


def test_the_currency_of_a_price_is_the_options_where_it_names_none_of_its_own():
    text = example("option-dividend.fin").decode()
    (read,) = read_message(text.replace(":11A::OPTN//EUR\n", "").encode())
    assert read["options"][1]["currency"] == "EUR"


def test_a_choice_of_shares_as_capital_by_two_fifths_of_a_holding_is_valued_by_them():
    tenth = {"additional_for_existing": {"numerator": "1", "denominator": "10"}, "isin_out": TOYOTA}
    shares = {"option_number": "001", "option_type": "CASE", "gross_rate": "2", "is_default_option": False} | tenth
    cash = {"option_number": "002", "option_type": "CASH", "gross_rate": "5", "is_default_option": True}
    options = [option | {"currency": "USD"} for option in (shares, cash)]
    paid = event("CAPD", options=options, mandatory_voluntary="CHOS", market_prices={TOYOTA: "30"})
    elected = {"election_id": "E-1", "corporate_action_event_id": "CA-1", "safekeeping_account": "ACC-1"}
    elected |= {"option_number": "001", "quantity": "40", "received_at": "2026-03-01T10:00:00Z"}
    records = account(), position("100"), trade("B1", "BUY", "100", "2024-01-10"), paid
    lots = calculate_document(document(*records, elections=[elected]))["tax_lots"]
    assert {(lot["isin"], lot["quantity"], lot["cost_basis"]) for lot in lots} == {
        (APPLE, "100", "500.00"),
        (TOYOTA, "4", "120.00"),
    }


def test_a_purchase_without_a_rate_holds_what_became_the_same_security_too():
    rates = [{"base": "USD", "quote": "GBP", "date": day, "rate": "0.8", "source": "ECB"} for day in ("2024-01-11",)]
    bought = trade("B1", "BUY", "10", "2024-01-10"), trade("B2", "BUY", "10", "2024-01-11", isin=SAP)
    one = {"new_to_old": {"numerator": "1", "denominator": "1"}, "isin_out": TOYOTA}
    merged = [
        event(
            "MRGR",
            one,
            isin=isin,
            corporate_action_event_id=name,
            ex_date=f"2024-02-0{day}",
            effective_date=f"2024-02-0{day}",
        )
        for isin, name, day in ((SAP, "CA-1", 1), (APPLE, "CA-2", 2))
    ]
    records = account(tax_currency="GBP"), *bought, *merged
    told = [
        (row["record"], row["record_id"], row["reason"])
        for row in calculate_document(document(*records, exchange_rates=rates))["rejected"]
    ]
    assert ("trade", "B1", "missing_exchange_rate") in told
    assert ("trade", "B2", "awaits_exchange_rate") in told


def test_a_second_source_of_a_place_is_counted_as_an_input_that_was_used():
    report = run(positions=[stated()], second_sources=[stated(source="CUSTODIAN-B")])
    assert list(report["control_totals"]["inputs"]["second_sources"].values()) == [0, 1, 0, 0]


def test_a_key_that_is_there_twice_is_named_among_others():
    with pytest.raises(RecordError) as refused:
        read_json('{"a": 1, "b": 2, "c": 3, "b": 4}')
    assert refused.value.detail == "the text is not JSON: the key 'b' is there twice"


def test_a_payment_made_twice_names_also_the_one_without_a_reference():
    told = causes(entitlements=[entitled()], confirmations=[confirmed(), confirmed(payment_reference="B")])
    assert "more was paid than is due: a payment was made twice among one without reference, B" in told
