"""Every message that cannot be read names the field at fault, as a person finds it in the message."""

import pytest

from domain.messages.iso20022.document import MOST_DEPTH
from tests.unit.domain.messages.examples import example, refusal


@pytest.mark.parametrize(
    ("name", "old", "new", "reason", "field"),
    [
        ("dividend.fin", "{2:O564", "{2:O999", "unsupported_message", "block 2"),
        ("dividend.fin", "{2:O564", "{2:X564", "invalid_field", "block 2"),
        ("dividend.fin", "{1:F01ASOPGB2LAXXX", "{1:F01", "invalid_field", "block 1"),
        ("dividend.fin", "{4:\n", "", "missing_field", "block 4"),
        ("dividend.fin", "\n-}", "", "unfinished_message", "block 4"),
        ("dividend.fin", ":16R:GENL\n", "GENL\n:16R:GENL\n", "invalid_field", "block 4"),
        ("dividend.fin", ":16S:CADETL\n", "", "unbalanced_sequence", "CADETL"),
        ("dividend.fin", ":16S:CAOPTN\n", "", "unbalanced_sequence", "CAOPTN"),
        ("dividend.fin", ":16R:FIA\n", ":16R:fia\n", "invalid_field", "USECU/16R"),
        ("dividend.fin", ":98A::RDTE//20260316", ":98A::RDTE//2026031", "invalid_format", "CADETL/98A RDTE"),
        ("dividend.fin", ":98A::RDTE//20260316", ":98A::RDTE//20260230", "invalid_date", "CADETL/98A RDTE"),
        ("dividend.fin", ":98A::RDTE//20260316", ":98B::RDTE//ABCD", "invalid_date", "CADETL/98B RDTE"),
        ("dividend.fin", ":92F::GRSS//USD0,25", ":92F::GRSS//USD0.25", "invalid_format", "CAOPTN/CASHMOVE/92F GRSS"),
        ("dividend.fin", ":92F::GRSS//USD0,25", ":92A::GRSS//2,", "unsupported_format", "CAOPTN/CASHMOVE/92A GRSS"),
        ("dividend.fin", "APPLE INC", "APPLE*INC", "invalid_character", "USECU/35B"),
        ("dividend.fin", "APPLE INC", "A" * 79, "line_too_long", "35B"),
        ("dividend.fin", "APPLE INC", "A" * 36, "invalid_format", "USECU/35B"),
        ("dividend.fin", "ISIN US0378331005\n", "", "missing_field", "USECU/35B"),
        ("dividend.fin", "US0378331005", "US0378331006", "invalid_isin", "USECU/35B"),
        ("dividend.fin", "//DVCA", "//XMET", "unknown_event_type", "GENL/22F CAEV"),
        ("dividend.fin", "CA-2026-0001", "CA/2026", "invalid_identifier", "GENL/20C CORP"),
        ("dividend.fin", ":20C::CORP//CA-2026-0001\n", "", "missing_field", "GENL/20C CORP"),
        ("dividend.fin", ":22F::CAMV//MAND\n", "", "missing_field", "GENL/22F CAMV"),
        ("dividend.fin", ":98A::PAYD//20260327\n", "", "missing_field", "CAOPTN/CASHMOVE/98 PAYD"),
        ("dividend.fin", ":17B::DFLT//Y\n", "", "missing_field", "CAOPTN/17B DFLT"),
        ("dividend.fin", ":16R:ACCTINFO\n:97C::SAFE//GENR\n:16S:ACCTINFO\n", "", "missing_sequence", "USECU/ACCTINFO"),
        ("dividend.fin", ":16R:FIA", ":16R:ODD\n:16S:ODD\n:16R:FIA", "unknown_sequence", "USECU/ODD"),
        ("dividend.fin", ":25D::PROC", ":70E::ADTX//HELLO\n:25D::PROC", "unknown_field", "GENL/70E ADTX"),
        ("dividend.fin", ":23G:NEWM\n", ":23G:NEWM\n:20C::SEME//AGAIN\n", "out_of_order", "GENL/20C SEME"),
        (
            "option-dividend.fin", "SAP SE\n:90B::MRKT", "SAP SE\n:22F::DISF//CINL\n:36B::ENTL//UNIT/5,\n:90B::MRKT", "out_of_order", "CAOPTN[2]/SECMOVE/36B ENTL",
        ),
        ("dividend.fin", ":94B::PLIS//EXCH/XNGS", ":92A::INTR//N5,", "negative_value", "USECU/FIA/92A INTR"),
        ("dividend.fin", ":23G:NEWM\n", ":23G:NEWM\n:23G:REPL\n", "repeated_field", "GENL/23G"),
        ("dividend.fin", ":23G:NEWM", ":23G:RMDR", "unsupported_function", "GENL/23G"),
        ("dividend.fin", ":23G:NEWM", ":23G:ADDB", "unsupported_function", "GENL/23G"),
        ("dividend.fin", ":23G:NEWM", ":23G:REPE", "unsupported_function", "GENL/23G"),
        ("dividend.fin", "22H::CRDB//CRED", "22H::CRDB//GIVE", "unknown_code", "CAOPTN/CASHMOVE/22H CRDB"),
        ("option-dividend.fin", ":98E::PREP//20260305093015,000/N05\n", "", "missing_field", "GENL/98C PREP"),
        ("option-dividend.fin", "98E::PREP//20260305093015,000/N05", "98A::PREP//20260305", "no_time", "GENL/98A PREP"),
        ("option-dividend.fin", "98E::PREP//20260305", "98E::PREP//20261305", "invalid_instant", "GENL/98E PREP"),
        ("option-dividend.fin", "002\n:22F::CAOP//SECU", "001\n:22F::CAOP//SECU", "duplicate_option_number", "CAOPTN"),
        ("option-dividend.fin", "92D::ADEX//1,/81,", "92D::ADEX//1,/0,", "zero_ratio", "CAOPTN[2]/SECMOVE/92D ADEX"),
        ("option-dividend.fin", "92D::ADEX//1,/81,", "92A::ADEX//1,", "unsupported_format", "CAOPTN[2]/SECMOVE/92A ADEX"),
        ("option-dividend.fin", "90B::MRKT//ACTU/EUR", "90B::MRKT//DISC/EUR", "unsupported_format", "CAOPTN[2]/SECMOVE/90B MRKT"),
        ("option-dividend.fin", "//CINL\n", "//XXXX\n", "unknown_fraction_disposition", "CAOPTN[2]/22F DISF"),
        ("option-dividend.fin", "TAXR//26,375", "TAXR//126,375", "above_100_percent", "CAOPTN/CASHMOVE/92A TAXR"),
        ("option-dividend.fin", "GRSS//EUR2,35", "GRSS//USD2,35", "conflicting_values", "CAOPTN/CASHMOVE/92F GRSS"),
        ("option-dividend.fin", "98A::PAYD//20260612", "98A::PAYD//20260613", "conflicting_values", "CAOPTN[2]/SECMOVE/98A PAYD"),
        ("option-dividend.fin", "RDDT//20260602", "RDDT//20260601", "conflicting_values", "CAOPTN[2]/98C RDDT"),
        ("holdings.fin", "STBA//SETT", "STBA//TRAD", "unsupported_basis", "GENL/22F STBA"),
        ("holdings.fin", ":94F::SAFE//NCSD/DTCYUS33\n", "", "missing_field", "SUBSAFE/94a SAFE"),
        ("holdings.fin", ":97A::SAFE//ACC-0001\n", "", "missing_field", "GENL/97 SAFE"),
        ("holdings.fin", "AGGR//UNIT/1100,", "AGGR//AMOR/1100,", "unsupported_quantity", "SUBSAFE/FIN/93B AGGR"),
        ("holdings.fin", "AGGR//UNIT/1100,", "AGGR//UNIT/N1100,", "negative_quantity", "SUBSAFE/FIN/SUBBAL/93C LOAN"),
        ("holdings.fin", "AGGR//UNIT/12,5", "AGGR//UNIT/N12,5", "negative_quantity", "SUBSAFE/FIN[2]/93B AGGR"),
        ("holdings.fin", "US5949181045", "US0378331005", "stated_twice", "SUBSAFE/FIN[2]/35B"),
        (
            "holdings.fin",
            ":93C::PEND//UNIT/NAVL/50,",
            ":93C::PEND//UNIT/NAVL/50,\n:94F::SAFE//NCSD/CRSTGB22",
            "conflicting_values",
            "SUBSAFE/FIN/SUBBAL[2]/94F SAFE",
        ),
        ("instruction.fin", ":98C::PREP//20260601101500\n", "", "missing_field", "GENL/98 PREP"),
        ("instruction.fin", "98C::PREP//20260601101500", "98A::PREP//20260601", "no_time", "GENL/98A PREP"),
        ("instruction.fin", ":23G:NEWM", ":23G:CANC", "unsupported_function", "GENL/23G"),
        ("instruction.fin", ":36B::QINS//UNIT/150,\n", "", "missing_field", "CAINST/36B QINS"),
        ("instruction.fin", ":36B::QINS//UNIT/150,", ":36C::QINS//QALL", "unsupported_quantity", "CAINST/36C QINS"),
        ("confirmation.fin", ":23G:NEWM", ":23G:REVR", "unsupported_function", "GENL/23G"),
        ("confirmation.fin", ":19B::PSTA//USD212,5\n", "", "missing_field", "CACONF/CASHMOVE/19B PSTA"),
        ("confirmation.fin", "98A::POST//20260327", "98A::POST//20260431", "invalid_date", "CACONF/CASHMOVE/98A POST"),
        ("confirmation.fin", "97A::SAFE", "97D::SAFE", "unsupported_format", "USECU/97D SAFE"),
        ("confirmation.fin", "97A::SAFE//ACC-0001", "97C::SAFE//GENR", "unsupported_format", "USECU/97C SAFE"),
        ("instruction.fin", "97A::SAFE//ACC-0001", "97C::SAFE//GENR", "unsupported_format", "USECU/ACCTINFO/97C SAFE"),
        ("holdings.fin", "97A::SAFE", "97D::SAFE", "unsupported_format", "GENL/97D SAFE"),
        ("holdings.fin", "94F::SAFE//NCSD/", "94Z::SAFE//NCSD/", "unsupported_format", "SUBSAFE/94Z SAFE"),
        ("holdings.fin", ":16R:GENL\n", ":16S:\n:16R:GENL\n", "unbalanced_sequence", "16S"),
        ("dividend.fin", ":17B::DFLT//Y", ":17B::DFLT//J", "unknown_code", "CAOPTN/17B DFLT"),
    ],
)  # fmt: skip
def test_a_fin_message_names_its_field_at_fault(name, old, new, reason, field):
    assert refusal(example(name, (old, new))) == (reason, field)


EVENT = "CorpActnNtfctn/CorpActnGnlInf"
OPTIONS = "CorpActnNtfctn/CorpActnOptnDtls"


@pytest.mark.parametrize(
    ("name", "old", "new", "reason", "field"),
    [
        ("dividend.xml", "</Document>", "", "not_xml", ""),
        ("dividend.xml", "seev.031.001.14", "seev.045.001.04", "unsupported_message", "Document"),
        ("dividend.xml", "urn:iso:std:iso:20022:tech:xsd:", "urn:other:", "unsupported_message", "Document"),
        ("dividend.xml", "<Document", "<!DOCTYPE Document><Document", "document_type", "Document"),
        ("dividend.xml", ">2026-03-16</Dt></RcrdDt>", ">2026-02-30</Dt></RcrdDt>", "invalid_date",
         "CorpActnNtfctn/CorpActnDtls/DtDtls/RcrdDt"),
        ("dividend.xml", "<CorpActnEvtId>CA-2026-0001</CorpActnEvtId>", "", "missing_field", f"{EVENT}/CorpActnEvtId"),
        ("dividend.xml", "<CorpActnEvtId>", "<CorpActnEvtId>A</CorpActnEvtId><CorpActnEvtId>", "repeated_field",
         f"{EVENT}/CorpActnEvtId[2]"),
        ("dividend.xml", "<Cd>DVCA</Cd>", "<Prtry><Id>ODD1</Id></Prtry>", "unsupported_code", f"{EVENT}/EvtTp"),
        ("dividend.xml", "<Cd>DVCA</Cd>", "<Cd>XMET</Cd>", "unknown_event_type", f"{EVENT}/EvtTp"),
        ("dividend.xml", "US0378331005", "US0378331006", "invalid_isin", f"{EVENT}/UndrlygScty/FinInstrmId/ISIN"),
        ("dividend.xml", "NEWM", "RMDR", "unsupported_function", "CorpActnNtfctn/NtfctnGnlInf/NtfctnTp"),
        ("dividend.xml", "NEWM", "REPL", "missing_field", "AppHdr/CreDt"),
        ("dividend.xml", '"USD">0.25', '"USD">0,25', "invalid_format",
         f"{OPTIONS}/CshMvmntDtls/RateAndAmtDtls/GrssDvddRate/Amt"),
        ("dividend.xml", '<Amt Ccy="USD">0.25</Amt>', "<Rate>1</Rate>", "unsupported_format",
         f"{OPTIONS}/CshMvmntDtls/RateAndAmtDtls/GrssDvddRate"),
        ("dividend.xml", "CRDT", "GIVE", "unknown_code", f"{OPTIONS}/CshMvmntDtls/CdtDbtInd"),
        ("dividend.xml", "<PmtDt><Dt>2026-03-27</Dt></PmtDt>", "", "missing_field",
         f"{OPTIONS}/CshMvmntDtls/DtDtls/PmtDt"),
        ("option-dividend.xml", '"EUR">2.35', '"USD">2.35', "conflicting_values",
         f"{OPTIONS}/CshMvmntDtls/RateAndAmtDtls/GrssDvddRate/Amt"),
        ("option-dividend.xml", "<AmtPricTp>ACTU", "<AmtPricTp>DISC", "unsupported_format",
         f"{OPTIONS}[2]/PricDtls/CshInLieuOfShrPric"),
        ("option-dividend.xml", "<Qty2>81", "<Qty2>0", "zero_ratio",
         f"{OPTIONS}[2]/SctiesMvmntDtls/RateDtls/AddtlQtyForExstgScties"),
        ("option-dividend.xml", "T14:30:15Z", "T25:30:15Z", "invalid_instant", "AppHdr/CreDt"),
        ("instruction.xml", "T10:15:00Z", "T25:15:00Z", "invalid_instant", "AppHdr/CreDt"),
        ("option-dividend.xml", "</AppHdr>", "</AppHdr><AppHdr/>", "invalid_envelope", "BusinessMessage"),
        ("holdings.xml", "<StmtBsis><Cd>SETT", "<StmtBsis><Cd>TRAD", "unsupported_basis",
         "SctiesBalCtdyRpt/StmtGnlDtls/StmtBsis"),
        ("holdings.xml", "<Unit>1100", "<AmtsdVal>1100", "not_xml", ""),
        ("holdings.xml", "<Unit>1100</Unit>", "<AmtsdVal>1100</AmtsdVal>", "unsupported_quantity",
         "SctiesBalCtdyRpt/BalForAcct/AggtBal"),
        ("holdings.xml", "<Unit>100</Unit>", "<Unit>1101</Unit>", "negative_quantity",
         "SctiesBalCtdyRpt/BalForAcct/BalBrkdwn"),
        ("holdings.xml", "US5949181045", "US0378331005", "stated_twice",
         "SctiesBalCtdyRpt/BalForAcct[2]/FinInstrmId/ISIN"),
        ("holdings.xml", "<SfkpgAcct><Id>ACC-0001</Id></SfkpgAcct>", "", "missing_field",
         "SctiesBalCtdyRpt/SfkpgAcct/Id"),
        ("holdings.xml", "<TpAndId><SfkpgPlcTp>NCSD</SfkpgPlcTp><Id>DTCYUS33</Id></TpAndId>", "", "missing_field",
         "SctiesBalCtdyRpt/BalForAcct/SfkpgPlc"),
        ("instruction.xml", "<BizMsgIdr>INSTR-0001</BizMsgIdr>", "", "missing_field", "AppHdr/BizMsgIdr"),
        ("dividend.xml", ">2026-03-16</Dt></RcrdDt>", ">2026-03-160</Dt></RcrdDt>", "invalid_date",
         "CorpActnNtfctn/CorpActnDtls/DtDtls/RcrdDt/Dt"),
        ("dividend.xml", "<DfltOptnInd>true", "<DfltOptnInd>TRUE", "unknown_code",
         f"{OPTIONS}/DfltPrcgOrStgInstr/DfltOptnInd"),
        ("holdings.xml", "LONG", "SHORT", "unknown_code", "SctiesBalCtdyRpt/BalForAcct/AggtBal/ShrtLngInd"),
        ("dividend.xml", "<AcctDtls>", f"<AcctDtls><{'A' * 256}/>", "name_too_long", "CorpActnNtfctn/AcctDtls"),
        ("dividend.xml", "<AcctDtls>", f"<AcctDtls xmlns:a='{'u' * 256}' a:b='1'>", "name_too_long", "CorpActnNtfctn"),
        ("instruction.xml", "<CreDt>2026-06-01T10:15:00Z</CreDt>", "<CreDt>2026-06-01</CreDt>", "no_time", "AppHdr/CreDt"),
        ("instruction.xml", "<CorpActnInstr>\n      <Corp", "<CorpActnInstr><ChngInstrInd>true</ChngInstrInd>\n      <Corp",
         "unsupported_function", "CorpActnInstr/ChngInstrInd"),
        ("instruction.xml", "<SctiesQty><InstdQty><Qty><Unit>150</Unit></Qty></InstdQty></SctiesQty>", "", "missing_field",
         "CorpActnInstr/CorpActnInstr/SctiesQtyOrInstdAmt/SctiesQty/InstdQty"),
        ("confirmation.xml", "CRDT", "BOTH", "unknown_code",
         "CorpActnMvmntConf/CorpActnConfDtls/CshMvmntDtls/CdtDbtInd"),
        ("cancellation.xml", "<CxlRsnCd>WITH", "<CxlRsnCd>NONE", "unknown_code",
         "CorpActnCxlAdvc/CxlAdvcGnlInf/CxlRsnCd"),
        ("cancellation.xml", "<CreDt>2026-03-10T08:00:00Z</CreDt>", "", "missing_field", "AppHdr/CreDt"),
    ],
)  # fmt: skip
def test_an_xml_message_names_its_element_at_fault(name, old, new, reason, field):
    assert refusal(example(name, (old, new))) == (reason, field)


def test_a_statement_that_lists_nothing_is_refused():
    text = example("holdings.fin").decode()
    start, end = text.index(":16R:SUBSAFE"), text.index(":16S:SUBSAFE\n") + len(":16S:SUBSAFE\n")
    empty = (text[:start] + text[end:]).replace("ACTI//Y", "ACTI//N")
    assert refusal(empty.encode()) == ("nothing_stated", "GENL/17B ACTI")


def test_a_text_block_without_its_header_is_refused():
    text = example("dividend.fin").decode()
    assert refusal(text[text.index(":16R:") :].encode()) == ("missing_field", "block 1")


def test_a_message_in_another_character_set_is_refused():
    assert refusal(example("dividend.fin", ("APPLE INC", "PÂTÉ"))) == ("invalid_character", "")


def test_sequences_are_not_nested_without_end():
    nested = "".join(f":16R:A{level}\n" for level in range(2000))
    assert refusal(example("dividend.fin", (":16R:GENL\n", nested)))[0] == "too_deep"


def test_elements_are_not_nested_without_end():
    deep = example("dividend.xml", ("<AcctDtls>", "<A>" * 5000)).decode()
    deepest = "/".join(["CorpActnNtfctn", *["A"] * (MOST_DEPTH - len(["Document", "CorpActnNtfctn"]))])
    assert refusal(deep.encode()) == ("too_deep", deepest)


ENTITY_BOMB = """<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">{more}]><Document>&lol9;</Document>"""


def test_entities_of_the_message_itself_are_refused_before_they_grow():
    more = "".join(
        f'<!ENTITY lol{level} "{f"&lol{level - 1};" * 10}">'.replace("&lol0;", "&lol;") for level in range(1, 10)
    )
    assert refusal(ENTITY_BOMB.format(more=more).encode())[0] == "document_type"


@pytest.mark.parametrize("where", ["file:///etc/hostname", "http://127.0.0.1:1/"])
def test_external_entities_are_refused(where):
    external = f'<!DOCTYPE d [<!ENTITY x SYSTEM "{where}">]><Document>&x;</Document>'
    assert refusal(external.encode())[0] == "document_type"


def test_an_unknown_encoding_is_refused():
    assert refusal(example("dividend.xml", ('encoding="UTF-8"', 'encoding="klingon"'))) == ("not_xml", "")


def test_a_sequence_that_comes_once_is_not_taken_twice():
    again = (
        ":16S:USECU\n:16R:USECU\n:35B:ISIN US5949181045\n:16R:ACCTINFO\n:97C::SAFE//GENR\n:16S:ACCTINFO\n:16S:USECU\n"
    )
    assert refusal(example("dividend.fin", (":16S:USECU\n", again))) == ("repeated_field", "USECU[2]")
