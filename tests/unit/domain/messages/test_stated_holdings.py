"""Statements of holdings beyond those of the examples: sub-accounts, parts of a balance, places, short balances."""

import pytest

from domain.messages import read_message
from tests.unit.domain.messages.examples import example, facts, read
from tests.unit.domain.messages.published import faults


def test_a_sub_accounts_holding_is_that_accounts():
    fin = read("holdings.fin", (":16R:SUBSAFE\n", ":16R:SUBSAFE\n:97A::SAFE//SUB-1\n"))
    part = "<SubAcctDtls><SfkpgAcct><Id>SUB-1</Id></SfkpgAcct><ActvtyInd>true</ActvtyInd>"
    text = example("holdings.xml").decode().replace("BalForAcct>", "BalForSubAcct>")
    text = text.replace("<BalForSubAcct>", f"{part}<BalForSubAcct>").replace(
        "</BalForSubAcct>", "</BalForSubAcct></SubAcctDtls>"
    )
    assert faults(text) == []
    assert facts(text.encode()) == [{name: record[name] for name in record if name != "unread"} for record in fin]
    assert {record["safekeeping_account"] for record in fin} == {"SUB-1"}


def test_what_is_available_tells_what_is_not_as_both_are_the_aggregate():
    for kept, left_out in (
        ("AVAI//UNIT/950", ":93B::NAVL//UNIT/150,\n"),
        ("NAVL//UNIT/150", ":93B::AVAI//UNIT/950,\n"),
    ):
        statement = read("holdings.fin", (left_out, ""))[1]
        assert (statement["available"], statement["not_available"]) == ("950", "150"), kept


def test_a_holding_at_two_places_is_two_positions_in_xml():
    text = example("holdings.xml").decode()
    place = (
        "<SfkpgPlc><SfkpgPlcFrmt><TpAndId><SfkpgPlcTp>NCSD</SfkpgPlcTp><Id>{}</Id></TpAndId></SfkpgPlcFrmt></SfkpgPlc>"
    )
    balance = "<AggtBal><ShrtLngInd>LONG</ShrtLngInd><Qty><Qty><Qty><Unit>{}</Unit></Qty></Qty></Qty></AggtBal>"
    split = "".join(
        f"<BalAtSfkpgPlc>{place.format(bic)}{balance.format(units)}</BalAtSfkpgPlc>"
        for bic, units in (("DTCYUS33XXX", "10"), ("CRSTGB22", "2.5"))
    )
    start, end = text.index("<BalBrkdwn>", text.index("US5949181045")), text.rindex("</BalForAcct>")
    text = text[:start] + split + text[end:]
    assert faults(text) == []
    *_, first, second = read_message(text.encode())
    assert [(each["safekeeping_place"], each["settled_quantity"]) for each in (first, second)] == [
        ("DTCYUS33", "10"),
        ("CRSTGB22", "2.5"),
    ]


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("holdings.fin", ("AGGR//UNIT/12,5", "AGGR//UNIT/N12,5")),
        (
            "holdings.xml",
            (
                "<ShrtLngInd>LONG</ShrtLngInd><Qty><Qty><Qty><Unit>12.5",
                "<ShrtLngInd>SHOR</ShrtLngInd><Qty><Qty><Qty><Unit>12.5",
            ),
        ),
    ],
)
def test_a_short_balance_is_a_settled_quantity_below_zero(name, change):
    assert read(name, change)[-1]["settled_quantity"] == "-12.5"
