"""Purchases by an option, rights that lapse in part, and basis that a notice gives to rights: what the effect alone decides."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest

from domain.calculation import calculate_document
from domain.corporate_actions import LotTreatment, Outturn
from domain.lots import LotEffect
from tests.unit.domain.facts import APPLE, TOYOTA, account, document, event, trade
from tests.unit.domain.folds import FIRST, buy, fold, on, open_lots, opening, realised, sell
from tests.unit.domain.test_explained_rows import lines


def bought_by_option(day, *, in_proportion):
    """50 units of APPLE for 250, by option 002."""
    purchase, at = LotTreatment.PURCHASE, FIRST + timedelta(days=day)
    out = Outturn(isin_out=APPLE, ratio=Fraction(1), price=Fraction(5), lots=purchase, in_proportion=in_proportion)
    effect = LotEffect("CA-1", at, APPLE, "002", "USD", purchase, out, Fraction(1), account="ACC-1")
    return [replace(effect, bought=Fraction(50))]


@pytest.mark.parametrize(
    ("in_proportion", "cost", "rule", "acquired"),
    [
        (False, "250.00", "THIRTY_DAYS", on(20)),  # more than its proportion (OVER, BUYA), or reinvested: a purchase, s.106A
        (True, "500.00", "POOL", on(0)),  # its proportion: of the reorganisation, s.127, s.128
    ],
)  # fmt: skip
def test_only_shares_subscribed_for_in_proportion_are_no_purchase_to_match_with(in_proportion, cost, rule, acquired):
    effects = bought_by_option(20, in_proportion=in_proportion)
    result = fold(buy("B1", 100, 0), sell("S", 50, 5, "12"), regime="UK_SHARE_MATCHING", effects=effects)
    assert realised(result, "cost_basis", "matched_by") == [(cost, rule)]
    (lot,) = (lot for lot in result.lots if lot.opened_by == "CA-1")
    assert lot.acquisition_date.isoformat() == acquired


def lapse_of(share):
    out = Outturn(lots=LotTreatment.LAPSE)
    return [LotEffect("LA", FIRST + timedelta(days=20), TOYOTA, "003", "", LotTreatment.LAPSE, out, share)]


SHARES = opening("P", 100, "800.00", 0)
GIVEN = opening("P/RI", 100, "200.00", 1, isin=TOYOTA, parent_lot_id="P")
BOUGHT = opening("R1", 100, "200.00", 1, isin=TOYOTA)


@pytest.mark.parametrize(
    ("share", "rights", "shares"), [(Fraction(1, 5), ("80", "160.00"), "840.00"), (Fraction(1), None, "1000.00")]
)
def test_basis_of_rights_that_lapse_returns_to_the_shares_in_the_part_that_lapses(share, rights, shares):
    result = fold(lots=[SHARES, GIVEN], effects=lapse_of(share))
    assert open_lots(result) == {"P": ("100", shares)} | ({"P/RI": rights} if rights else {})
    assert not result.realised


def test_rights_that_were_bought_lapse_as_a_loss_of_the_part_that_lapses():
    result = fold(lots=[SHARES, BOUGHT], effects=lapse_of(Fraction(1, 5)))
    assert open_lots(result) == {"P": ("100", "800.00"), "R1": ("80", "160.00")}
    assert realised(result, "lot_id", "quantity", "proceeds", "cost_basis", "date") == [
        ("R1", "20", "0.00", "40.00", on(20))
    ]


def test_rights_of_shares_that_are_gone_lapse_as_a_loss():
    gone = opening("P", 0, "0.00", 0, closed_at=on(5))
    result = fold(lots=[gone, GIVEN], effects=lapse_of(Fraction(1)))
    assert realised(result, "lot_id", "proceeds", "cost_basis") == [("P/RI", "0.00", "200.00")]


def test_rights_take_the_part_of_the_basis_that_the_notice_gives_them_and_say_so():
    ratio = {"numerator": "1", "denominator": "2"}
    option = {"isin_out": TOYOTA, "additional_for_existing": ratio, "cost_basis_allocation": "12.5"}
    records = [account(), trade("B1", "BUY", "100", "2024-01-10"), event("RHDI", option)]
    lots = calculate_document(document(*records), explained=True)["tax_lots"]
    assert [(lot["lot_id"], lot["quantity"], lot["cost_basis"]) for lot in lots] == [
        ("B1/CA-1", "50", "125.00"), ("B1", "100", "875.00"),
    ]  # fmt: skip
    rule = "CA-1, 2026-03-16: IRC §307(a)-(b): rights take basis by market value if the notice, the holder or 15 % of the shares' value says so"
    assert lines(lots[0])[2] == (
        f"cost_basis: 1000.00 of lot B1 x 0.125 = 125 (cost_basis_allocation 12.5 %) -> 125.00 [{rule}]"
    )


def test_an_opening_lot_that_is_closed_shows_its_day():
    closed = opening("P", 0, "0.00", 0, closed_at=on(5))
    (lot,) = calculate_document(document(account()) | {"lots": [closed]}, explained=True)["tax_lots"]
    assert lines(lot)[-1] == f"closed_at: given -> {on(5)} [opening lot, as given]"
