"""Terms beyond those of the examples, each in both standards where both have it."""

import json

import pytest

from domain.records.corporate_action import CAEV_CODES
from domain.records.option import OPTION_TYPES
from tests.unit.domain.facts import APPLE, TOYOTA
from tests.unit.domain.messages.examples import example, read, refusal, unread
from tests.unit.domain.messages.published import STRUCTURES

BOND_IN_FIN = (
    ("//DVCA", "//INTR"),
    (
        ":94B::PLIS//EXCH/XNGS",
        ":94B::PLIS//EXCH/XNGS\n:22F::MICO//A006\n:92A::INTR//4,25\n:92A::PRFC//0,95\n:92K::NWFC//UKWN",
    ),
    (
        ":98A::RDTE//20260316",
        ":98A::RDTE//20260316\n:98A::EFFD//20260317\n:69A::INPE//20250915/20260315\n:92A::NWFC//0,9",
    ),
)
BOND_IN_XML = (
    (">DVCA<", ">INTR<"),
    (
        "</PlcOfListg>",
        "</PlcOfListg><DayCntBsis><Cd>A006</Cd></DayCntBsis><IntrstRate><Rate>4.25</Rate></IntrstRate>"
        "<PrvsFctr><Rate>0.95</Rate></PrvsFctr><NxtFctr><NotSpcfdRate>UKWN</NotSpcfdRate></NxtFctr>",
    ),
    ("<RcrdDt>", "<FctvDt><Dt>2026-03-17</Dt></FctvDt><RcrdDt>"),
    (
        "      </DtDtls>\n    </CorpActnDtls>",
        "      </DtDtls><PrdDtls><IntrstPrd><Prd><StartDt><Dt><Dt>2025-09-15</Dt></Dt></StartDt>"
        "<EndDt><Dt><Dt>2026-03-15</Dt></Dt></EndDt></Prd></IntrstPrd></PrdDtls>"
        "<RateAndAmtDtls><NxtFctr><Rate>0.9</Rate></NxtFctr></RateAndAmtDtls></CorpActnDtls>",
    ),
)


@pytest.mark.parametrize(("name", "changes"), [("dividend.fin", BOND_IN_FIN), ("dividend.xml", BOND_IN_XML)])
def test_a_bonds_interest_is_read_for_all_its_options(name, changes):
    (event,) = read(name, *changes)
    terms = ("day_count", "interest_rate", "previous_factor", "next_factor", "effective_date")
    assert [event[term] for term in terms] == ["A006", "4.25", "0.95", "0.9", "2026-03-17"]
    assert event["interest_period"] == {"from": "2025-09-15", "to": "2026-03-15"}


DEBIT_IN_FIN = (
    ("//DVCA", "//INTR"),
    (":16R:CASHMOVE\n:22H::CRDB//CRED", ":16R:CASHMOVE\n:22H::CRDB//DEBT"),
    (":94B::PLIS//EXCH/XNGS", ":92A::INTR//N0,25"),
)
DEBIT_IN_XML = (
    (">DVCA<", ">INTR<"),
    ("<CdtDbtInd>CRDT<", "<CdtDbtInd>DBIT<"),
    ("</PlcOfListg>", "</PlcOfListg><IntrstRate><Rate>-0.25</Rate></IntrstRate>"),
)


@pytest.mark.parametrize(("name", "changes"), [("dividend.fin", DEBIT_IN_FIN), ("dividend.xml", DEBIT_IN_XML)])
def test_an_amount_per_unit_that_is_debited_and_a_rate_with_a_sign_are_below_zero(name, changes):
    (event,) = read(name, *changes)
    assert event["interest_rate"] == "-0.25"
    assert event["options"][0]["gross_rate"] == "-0.25"


KEPT_IN_FIN = (("//DVCA", "//ACCU"), (":92F::GRSS//USD0,25", ":92F::GRSS//USD0,25\n:92F::TAXC//USD0,05"))
KEPT_IN_XML = (
    (">DVCA<", ">ACCU<"),
    ("</GrssDvddRate>", '</GrssDvddRate><TaxCdtRate><Amt Ccy="USD">0.05</Amt></TaxCdtRate>'),
)


@pytest.mark.parametrize(("name", "changes"), [("dividend.fin", KEPT_IN_FIN), ("dividend.xml", KEPT_IN_XML)])
def test_the_tax_that_a_fund_paid_of_income_that_it_keeps_is_read(name, changes):
    (event,) = read(name, *changes)
    (option,) = event["options"]
    assert (event["event_type"], option["gross_rate"], option["tax_credit_rate"]) == ("ACCU", "0.25", "0.05")


CHARGED_IN_FIN = (
    ("//DVCA", "//DRIP"),
    (":98A::PAYD//20260327\n:92F::GRSS", ":19B::CHAR//USD2,5\n:98A::PAYD//20260327\n:92F::CHAR//USD0,1\n:92F::GRSS"),
)
CHARGED_IN_XML = (
    (">DVCA<", ">DRIP<"),
    ("<DtDtls><PmtDt>", '<AmtDtls><ChrgsAmt Ccy="USD">2.5</ChrgsAmt></AmtDtls><DtDtls><PmtDt>'),
    ("</GrssDvddRate>", '</GrssDvddRate><ChrgsFees><Amt Ccy="USD">0.1</Amt></ChrgsFees>'),
)


@pytest.mark.parametrize(("name", "changes"), [("dividend.fin", CHARGED_IN_FIN), ("dividend.xml", CHARGED_IN_XML)])
def test_charges_of_a_unit_and_of_the_account_are_read(name, changes):
    (event,) = read(name, *changes)
    assert (event["options"][0]["charge_rate"], event["options"][0]["charge_amount"]) == ("0.1", "2.5")


@pytest.mark.parametrize(
    ("name", "charged", "changes"),
    [
        ("dividend.fin", CHARGED_IN_FIN, ("92F::CHAR//USD0,1", "92A::CHAR//2,5")),
        ("dividend.xml", CHARGED_IN_XML, ('<Amt Ccy="USD">0.1</Amt></ChrgsFees>', "<Rate>2.5</Rate></ChrgsFees>")),
    ],
)
def test_a_charge_in_percent_is_read(name, charged, changes):
    (event,) = read(name, *charged, changes)
    (option,) = event["options"]
    assert (option["charge_percent"], option["charge_amount"]) == ("2.5", "2.5")
    assert "charge_rate" not in option


def test_a_term_of_all_options_that_is_wrong_is_named_where_it_stands():
    changed = example("dividend.fin", (":94B::PLIS//EXCH/XNGS", ":22F::MICO//A099"))
    assert refusal(changed) == ("unknown_day_count", "USECU/FIA/22F MICO")


RIGHTS = (
    ":16S:USECU\n",
    ":16S:USECU\n:16R:INTSEC\n:35B:ISIN JP3633400001\n:92D::RTUN//5,/2,\n:98A::EXPI//20260410\n:98A::POST//20260320\n:16S:INTSEC\n",
)
RIGHTS_IN_XML = (
    "    <CorpActnDtls>",
    "    <IntrmdtScty><SctyId><ISIN>JP3633400001</ISIN></SctyId><IntrmdtSctiesToUndrlygRatio><Qty1>5</Qty1><Qty2>2</Qty2>"
    "</IntrmdtSctiesToUndrlygRatio><XpryDt><Dt>2026-04-10</Dt></XpryDt><PstngDt><Dt>2026-03-20</Dt></PstngDt></IntrmdtScty>"
    "<CorpActnDtls>",
)


@pytest.mark.parametrize(("name", "change"), [("dividend.fin", RIGHTS), ("dividend.xml", RIGHTS_IN_XML)])
def test_rights_that_are_distributed_first_are_read(name, change):
    (event,) = read(name, change)
    assert event["isin_intermediate"] == TOYOTA
    assert event["intermediate_to_underlying"] == {"numerator": "5", "denominator": "2"}


def fin_movement(isin, direction, terms=""):
    return f":16R:SECMOVE\n:22H::CRDB//{direction}\n:35B:ISIN {isin}\n{terms}:98A::PAYD//20260327\n:16S:SECMOVE\n"


def xml_movement(isin, direction, terms=""):
    return (
        f"<SctiesMvmntDtls><SctyDtls><FinInstrmId><ISIN>{isin}</ISIN></FinInstrmId></SctyDtls><CdtDbtInd>{direction}</CdtDbtInd>"
        f"<DtDtls><PmtDt><Dt>2026-03-27</Dt></PmtDt></DtDtls>{terms}</SctiesMvmntDtls>"
    )


def xml_ratio(new, old):
    pair = f"<QtyToQty><Qty1>{new}</Qty1><Qty2>{old}</Qty2></QtyToQty>"
    return f"<RateDtls><NewToOd>{pair}</NewToOd></RateDtls>"


def xml_price(amount):
    price = f'<AmtPricTp>ACTU</AmtPricTp><PricVal Ccy="USD">{amount}</PricVal>'
    return f"<PricDtls><CshInLieuOfShrPric><AmtPric>{price}</AmtPric></CshInLieuOfShrPric></PricDtls>"


MOVEMENTS_IN_FIN = fin_movement(APPLE, "DEBT") + "".join(
    fin_movement(isin, direction, f":92D::NEWO//{new},/{old},\n")
    for isin, direction, new, old in [
        ("DE0007164600", "CRED", 3, 2),
        (TOYOTA, "CRED", 1, 10),
        ("US5949181045", "DEBT", 1, 4),
    ]
)
MOVEMENTS_IN_XML = xml_movement(APPLE, "DBIT") + "".join(
    xml_movement(isin, direction, xml_ratio(new, old))
    for isin, direction, new, old in [
        ("DE0007164600", "CRDT", 3, 2),
        (TOYOTA, "CRDT", 1, 10),
        ("US5949181045", "DBIT", 1, 4),
    ]
)


@pytest.mark.parametrize(
    ("name", "old", "movements"),
    [("dividend.fin", ":16R:CASHMOVE\n", MOVEMENTS_IN_FIN), ("dividend.xml", "<CshMvmntDtls>", MOVEMENTS_IN_XML)],
)
def test_further_securities_are_movements_and_the_underlying_debited_is_none(name, old, movements):
    (event,) = read(
        name,
        (">CASH<" if name.endswith("xml") else "//CASH", ">CASE<" if name.endswith("xml") else "//CASE"),
        (old, movements + old),
    )
    (option,) = event["options"]
    assert (option["isin_out"], option["new_to_old"]) == ("DE0007164600", {"numerator": "3", "denominator": "2"})
    assert option["securities_movements"] == [
        {"isin": TOYOTA, "credit_debit_indicator": "CRED", "ratio": {"numerator": "1", "denominator": "10"}},
        {"isin": "US5949181045", "credit_debit_indicator": "DEBT", "ratio": {"numerator": "1", "denominator": "4"}},
    ]


LAST_IN_FIN = (("//DVCA", "//LIQU"), (":16R:CASHMOVE\n", fin_movement(APPLE, "DEBT") + ":16R:CASHMOVE\n"))
LAST_IN_XML = ((">DVCA<", ">LIQU<"), ("<CshMvmntDtls>", xml_movement(APPLE, "DBIT") + "<CshMvmntDtls>"))


@pytest.mark.parametrize(("name", "changes"), [("dividend.fin", LAST_IN_FIN), ("dividend.xml", LAST_IN_XML)])
def test_the_underlying_debited_for_cash_alone_is_a_movement(name, changes):
    (event,) = read(name, *changes)
    assert event["event_type"] == "LIQU"
    assert event["options"][0]["securities_movements"] == [
        {"isin": APPLE, "credit_debit_indicator": "DEBT", "ratio": {"numerator": "1", "denominator": "1"}}
    ]


def test_every_event_and_option_type_of_the_published_messages_is_read():
    published = json.loads((STRUCTURES / "seev.031.001.14.json").read_text(encoding="utf-8"))
    events, options = (published[f"CorporateAction{name}Choice"][0]["codes"] for name in ("EventType84", "Option37"))
    assert (set(events) - set(CAEV_CODES), set(options) - set(OPTION_TYPES)) == (set(), set())


PRICED_IN_FIN = "".join(
    fin_movement(isin, "CRED", f":90B::CINL//ACTU/USD{price},\n:92D::NEWO//1,/{old},\n")
    for isin, price, old in [("DE0007164600", 60, 3), (TOYOTA, 20, 10)]
)
PRICED_IN_XML = "".join(
    xml_movement(isin, "CRDT", xml_ratio(1, old) + xml_price(price))
    for isin, price, old in [("DE0007164600", 60, 3), (TOYOTA, 20, 10)]
)


@pytest.mark.parametrize(
    ("name", "old", "movements"),
    [("dividend.fin", ":16R:CASHMOVE\n", PRICED_IN_FIN), ("dividend.xml", "<CshMvmntDtls>", PRICED_IN_XML)],
)
def test_each_movement_has_the_price_of_a_fraction_of_its_own_security(name, old, movements):
    in_xml = name.endswith("xml")
    (event,) = read(name, (">CASH<" if in_xml else "//CASH", ">CASE<" if in_xml else "//CASE"), (old, movements + old))
    (option,) = event["options"]
    assert option["cash_in_lieu_price"] == "60"
    assert [each.get("cash_in_lieu_price") for each in option["securities_movements"]] == ["20"]


def test_a_further_security_without_a_ratio_holds_and_with_one_of_nothing_is_refused_where_it_stands():
    movements = fin_movement("DE0007164600", "CRED", ":92D::NEWO//3,/2,\n") + fin_movement(TOYOTA, "CRED")
    changed = example("dividend.fin", (":16R:CASHMOVE\n", movements + ":16R:CASHMOVE\n"))
    assert ("CAOPTN/SECMOVE[2]/35B", f"ISIN {TOYOTA}", True) in unread(changed)
    nothing = movements.replace(fin_movement(TOYOTA, "CRED"), fin_movement(TOYOTA, "CRED", ":92D::ADEX//1,/0,\n"))
    changed = example("dividend.fin", (":16R:CASHMOVE\n", nothing + ":16R:CASHMOVE\n"))
    assert refusal(changed) == ("zero_ratio", "CAOPTN/SECMOVE[2]/92D ADEX")


@pytest.mark.parametrize(
    ("name", "multiple", "odd_lot"),
    [
        ("option-dividend.fin", ":36B::MILT//UNIT/10,", ":36B::FOLQ//UNIT/99,"),
        ("option-dividend.xml", "</MinMltplQtyToInst>", "<FrntEndOddLotQty><Unit>99</Unit></FrntEndOddLotQty>"),
    ],
)
def test_the_odd_lot_that_is_not_prorated_is_read(name, multiple, odd_lot):
    (event,) = read(name, (multiple, f"{multiple}\n{odd_lot}"))
    assert event["options"][1]["odd_lot_quantity"] == "99"


def test_prices_are_read_as_amounts_or_percentages():
    offered = (":92F::GRSS//USD0,25", ":92F::WITL//USD1,\n:90A::OFFR//PRCT/98,5\n:90B::PRPP//ACTU/USD7,25")
    assert ("CAOPTN/CASHMOVE/92F WITL", "USD1,", True) in unread(example("dividend.fin", offered))
    (event,) = read(
        "dividend.fin", (offered[0], offered[1].replace("92F::WITL//USD1,", "92A::WITL//1,5\n:92A::PROR//62,5"))
    )
    (option,) = event["options"]
    names = ("cash_price_received_percent", "subscription_price", "second_level_tax_rate", "proration_rate")
    assert [option[name] for name in names] == ["98.5", "7.25", "1.5", "62.5"]
    (event,) = read("dividend.fin", (":92F::GRSS//USD0,25", ":90B::OFFR//ACTU/USD12,"))
    assert event["options"][0]["cash_price_received"] == "12"


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("dividend.fin", (":17B::DFLT//Y", ":17B::DFLT//N\n:98A::RDDT//20260320")),
        (
            "dividend.xml",
            (
                "true</DfltOptnInd></DfltPrcgOrStgInstr>",
                "false</DfltOptnInd></DfltPrcgOrStgInstr><DtDtls><RspnDdln><Dt><Dt>2026-03-20</Dt></Dt></RspnDdln></DtDtls>",
            ),
        ),
    ],
)
def test_a_deadline_given_as_a_date_holds_to_the_end_of_its_day(name, change):
    (event,) = read(name, change)
    assert event["response_deadline"] == "2026-03-20T23:59:59Z"
    assert event["options"][0]["is_default_option"] is False


FIN_CHARGE = (
    ":16S:CASHMOVE\n",
    ":16S:CASHMOVE\n:16R:CASHMOVE\n:22H::CRDB//DEBT\n:19B::PSTA//USD12,5\n:98A::POST//20260327\n:16S:CASHMOVE\n",
)
XML_CHARGE = (
    "</CorpActnConfDtls>",
    '<CshMvmntDtls><CdtDbtInd>DBIT</CdtDbtInd><AmtDtls><PstngAmt Ccy="USD">12.5</PstngAmt></AmtDtls>'
    "<DtDtls><PstngDt><Dt>2026-03-27</Dt></PstngDt></DtDtls></CshMvmntDtls></CorpActnConfDtls>",
)


@pytest.mark.parametrize(("name", "change"), [("confirmation.fin", FIN_CHARGE), ("confirmation.xml", XML_CHARGE)])
def test_a_confirmations_cash_is_what_was_credited_less_what_was_debited(name, change):
    (confirmation,) = read(name, change)
    assert confirmation["posting_amount"] == "200"


def test_a_confirmation_in_two_currencies_is_refused():
    changed = example("confirmation.fin", (FIN_CHARGE[0], FIN_CHARGE[1].replace("USD12,5", "EUR12,5")))
    assert refusal(changed) == ("conflicting_values", "CACONF/CASHMOVE[2]/19B PSTA")


def fin_link(position, reference):
    return f":16R:LINK\n{position}:20C::{reference}\n:16S:LINK\n"


def xml_link(kind, reference, position):
    return f"<EvtsLkg><EvtId><{kind}>{reference}</{kind}></EvtId>{position}</EvtsLkg>"


LINKS_IN_FIN = (
    ":16S:GENL",
    fin_link(":22F::LINK//AFTE\n", "CORP//CA-1")
    + fin_link("", "CORP//CA-2")
    + fin_link("", "PREV//MESSAGE-1")
    + ":16S:GENL",
)
LINKS_IN_XML = (
    "<CorpActnGnlInf>",
    xml_link("LkdCorpActnId", "CA-1", "<LkgTp><Cd>AFTE</Cd></LkgTp>")
    + xml_link("LkdCorpActnId", "CA-2", "")
    + xml_link("LkdOffclCorpActnEvtId", "OFFICIAL-1", "")
    + "<CorpActnGnlInf>",
)


@pytest.mark.parametrize(("name", "change"), [("dividend.fin", LINKS_IN_FIN), ("dividend.xml", LINKS_IN_XML)])
def test_links_to_events_are_read_and_those_to_messages_are_not(name, change):
    (event,) = read(name, change)
    assert event["linked_events"] == [
        {"corporate_action_event_id": "CA-1", "processing_position": "AFTE"},
        {"corporate_action_event_id": "CA-2"},
    ]


def test_a_link_that_cannot_be_is_named_where_it_stands():
    changed = example("dividend.fin", (":16S:GENL", fin_link(":22F::LINK//UPON\n", "CORP//CA-1") + ":16S:GENL"))
    assert refusal(changed) == ("unknown_processing_position", "GENL/LINK/22F LINK")
