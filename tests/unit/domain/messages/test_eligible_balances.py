"""Eligible balances that announcements state (93B ELIG, TtlElgblBal): read as statements of the record date, and reconciled with ours.

The dividend of the examples has its record date on 16 March 2026.
"""

import pytest

from domain.calculation import calculate_document
from tests.unit.domain.facts import APPLE, account, document, position
from tests.unit.domain.messages.examples import read

GENERAL = ":97C::SAFE//GENR\n"
HEADER = (
    "<BusinessMessage><AppHdr><Fr><FIId><FinInstnId><BICFI>CUSTUS33XXX</BICFI></FinInstnId></FIId></Fr>"
    "<CreDt>{}T12:00:00Z</CreDt></AppHdr><Document xmlns"
)
LINE = {
    "record_type": "statement", "safekeeping_account": "ACC-1", "isin": APPLE, "as_of_date": "2026-03-16", "aggregate": "1000",
    "corporate_action_event_id": "CA-2026-0001", "source": "CUSTUS33",
}  # fmt: skip


def in_fin(balance, day="2026-03-16", *changes):
    """Return the records of the MT564 with this in its ACCTINFO, prepared at noon of a day."""
    return read("dividend.fin", (GENERAL, balance), ("20260302120000", f"{day.replace('-', '')}120000"), *changes)


def in_xml(balance, day="2026-03-16", *changes):
    """Return the records of the seev.031 with this in its AcctDtls."""
    header = (("<Document xmlns", HEADER.format(day)), ("</Document>", "</Document></BusinessMessage>"))
    return read("dividend.xml", ("<ForAllAccts><IdCd>GENR</IdCd></ForAllAccts>", balance), *header, *changes)


def fin(quantity="1000,", number="ACC-1", place=""):
    return f":97A::SAFE//{number}\n{place}:93B::ELIG//UNIT/{quantity}\n"


def xml(quantity="1000", number="ACC-1", side="LONG"):
    signed = f"<SgndQty><ShrtLngPos>{side}</ShrtLngPos><Qty><Unit>{quantity}</Unit></Qty></SgndQty>"
    balance = f"<Bal><TtlElgblBal><Bal><QtyChc>{signed}</QtyChc></Bal></TtlElgblBal></Bal>"
    return f"<AcctsListAndBalDtls><SfkpgAcct>{number}</SfkpgAcct>{balance}</AcctsListAndBalDtls>"


def balances(records):
    """Return the statements without the order in which they were prepared."""
    return [{name: each[name] for name in each if name != "sequence"} for each in records[1:]]


@pytest.mark.parametrize("day", ["2026-03-16", "2026-03-17"])
@pytest.mark.parametrize(("reader", "balance"), [(in_fin, fin), (in_xml, xml)])
def test_a_balance_stated_on_the_record_date_or_later_is_a_statement_of_that_date(reader, balance, day):
    assert balances(reader(balance(), day)) == [LINE]


@pytest.mark.parametrize(("reader", "balance"), [(in_fin, fin), (in_xml, xml)])
def test_a_balance_stated_before_the_record_date_may_still_change_and_is_kept(reader, balance):
    records = reader(balance(), "2026-03-15")
    assert [each["record_type"] for each in records] == ["corporate_action"]
    places = {entry["field"].rpartition("/")[2] for entry in records[0]["unread"]}
    assert {"93B ELIG", "97A SAFE"} <= places or {"Unit", "ShrtLngPos", "SfkpgAcct"} <= places


def test_each_account_of_a_message_has_its_balance():
    several = f"{fin()}:16S:ACCTINFO\n:16R:ACCTINFO\n{fin('7,5', 'ACC-2')}"
    expected = [("ACC-1", "1000"), ("ACC-2", "7.5")]
    for records in (in_fin(several), in_xml(xml() + xml("7.5", "ACC-2"))):
        assert [(each["safekeeping_account"], each["aggregate"]) for each in records[1:]] == expected


def test_a_balance_of_a_place_and_a_short_one_say_so():
    assert balances(in_fin(fin(place=":94F::SAFE//NCSD/DTCYUS33XXX\n"))) == [LINE | {"safekeeping_place": "DTCYUS33"}]
    shorts = in_fin(fin("N1000,")), in_xml(xml(side="SHOR"))
    assert [records[1]["aggregate"] for records in shorts] == ["-1000", "-1000"]


@pytest.mark.parametrize(
    "balance",
    [fin(number="A/1"), ":93B::ELIG//UNIT/1000,\n", f"{GENERAL}:93B::ELIG//UNIT/1000,\n", ":97A::SAFE//ACC-1\n:93B::ELIG//AMOR/1,\n"],
)  # fmt: skip
def test_a_balance_that_no_record_can_have_is_kept_and_hides_no_announcement(balance):
    (event,) = in_fin(balance)
    assert "USECU/ACCTINFO/93B ELIG" in [entry["field"] for entry in event["unread"]]


def test_an_event_without_record_date_has_its_balance_on_the_effective_date():
    (_, balance) = in_fin(fin(), "2026-03-18", (":98A::RDTE//20260316", ":98A::EFFD//20260318"))
    assert balance["as_of_date"] == "2026-03-18"


def test_a_cancelled_event_has_no_eligible_balance():
    (event,) = in_fin(fin(), "2026-03-17", (":23G:NEWM", ":23G:CANC"))
    assert event["function"] == "CANC"


def breaks(records, *positions):
    found = calculate_document(document(account(), *positions, *records))["breaks"]
    names = ("kind", "code", "ours", "theirs", "corporate_action_event_id", "likely_cause")
    return [tuple(each.get(name) for name in names) for each in found]


SAID = "the eligible balance of the announcement"
ELSEWHERE = position("40", "2026-03-13", safekeeping_place="CRSTGB22")


@pytest.mark.parametrize(
    ("positions", "balance", "expected"),
    [
        ([position("1000")], fin(), None),
        ([position("960"), ELSEWHERE], fin(), None),
        ([position("1000"), ELSEWHERE], fin(place=":94F::SAFE//NCSD/DTCYUS33\n"), None),
        ([position("990"), position("1000", "2026-03-17")], fin(), ("QUANTITY", "990", f"{SAID} and the position differ")),
        ([position("900", pending_receipt_quantity="100")], fin(), ("TIMING", "900", "explained by pending, loaned or borrowed quantities")),
        ([], fin(), ("MISSING_OURS", None, f"{SAID} holds what no position told us")),
    ],
)  # fmt: skip
def test_an_eligible_balance_is_reconciled_with_what_we_entitle_by(positions, balance, expected):
    known = [("eligible_balance", expected[0], expected[1], "1000", "CA-2026-0001", expected[2])] if expected else []
    assert breaks(in_fin(balance, "2026-03-18"), *positions) == known


def test_an_eligible_balance_is_no_line_of_a_holdings_statement_and_replaces_none():
    line = LINE | {"corporate_action_event_id": "", "as_of_date": "2026-03-15", "aggregate": "990"}
    held = position("1000", "2026-03-15")
    alone = breaks([line], held)
    assert [each[:4] for each in alone] == [("holdings", "QUANTITY", "1000", "990")]
    assert breaks([line, *in_fin(fin())], held) == alone
