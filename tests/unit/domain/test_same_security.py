"""A split or consolidation under a new ISIN leaves the same security: regimes, dates and costs are as if the ISIN had stayed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.domain.facts import APPLE, SAP, TOYOTA, event
from tests.unit.domain.folds import buy, fold, on, open_lots, realised, sell, split

SPLIT_ON = 40
FIELDS = (
    "closed_by",
    "lot_id",
    "quantity",
    "cost_basis",
    "proceeds",
    "holding_term",
    "matched_by",
    "disallowed_loss",
    "date",
)


def told(result):
    """All that a fold says, but the ISINs."""
    lots = [(lot.lot_id, lot.holding_period_start, lot.quantity, lot.cost_basis, lot.closed_at) for lot in result.lots]
    return sorted(lots, key=str), realised(result, *FIELDS), [hold.held for hold in result.holds]


@st.composite
def dealings(draw):
    """(side, quantity, day, price) of a few dealings around the split's day."""
    sides, days = st.sampled_from(("BUY", "SELL")), st.integers(SPLIT_ON - 25, SPLIT_ON + 25)
    dealing = st.tuples(sides, st.integers(1, 6), days, st.integers(5, 15))
    return [("BUY", 12, 0, 10), *draw(st.lists(dealing, min_size=2, max_size=6))]


def records(dealt, ratio, isin_out):
    """The feed records; from the split's day on dealings name its ISIN."""
    yield split(*ratio, SPLIT_ON, **({"isin_out": isin_out} if isin_out != APPLE else {}))
    for number, (side, quantity, day, price) in enumerate(dealt):
        isin = isin_out if day >= SPLIT_ON else APPLE
        yield (buy if side == "BUY" else sell)(f"{number}{side[0]}", quantity, day, str(price), isin=isin)


@pytest.mark.parametrize("regime", ["", "UK_SHARE_MATCHING", "US_WASH_SALE"])
@given(dealt=dealings(), ratio=st.sampled_from([(2, 1), (1, 2), (1, 1)]))
def test_a_new_isin_changes_no_figure(regime, dealt, ratio):
    kept, renamed = (fold(*records(dealt, ratio, isin), regime=regime) for isin in (APPLE, SAP))
    refused = {hold.held.reason for hold in kept.holds}
    if not refused:  # a refusal names the ISIN
        assert told(renamed) == told(kept)


def test_two_changes_of_isin_are_followed_one_after_the_other_and_back():
    changes = [
        split(2, 1, 103, "CA", isin_out=SAP),
        split(3, 1, 105, "CB", isin_out=APPLE) | {"isin": SAP},
    ]
    for regime, said in (
        ("UK_SHARE_MATCHING", ("L", "THIRTY_DAYS", "600.00")),
        ("US_WASH_SALE", ("P", None, "1000.00")),
    ):
        result = fold(
            buy("P", 100, 0, "10"), sell("S", 100, 100, "4"), *changes, buy("L", 600, 110, "1"), regime=regime
        )
        assert realised(result, "lot_id", "matched_by", "cost_basis") == [said]
        assert (
            open_lots(result)
            == {"UK_SHARE_MATCHING": {"P/CA/CB": ("600", "1000.00")}, "US_WASH_SALE": {"L": ("600", "1200.00")}}[regime]
        )


ANOTHER = {"new_to_old": {"numerator": "1", "denominator": "1"}, "isin_out": SAP, "fraction_disposition": "DIST"}


@pytest.mark.parametrize("kind", ["MRGR", "SOFF"])
def test_another_company_is_another_security(kind):
    option = ANOTHER | {"cost_basis_allocation": "20"}
    of_another = event(kind, option, ex_date=on(105), corporate_action_event_id="CA")
    result = fold(
        buy("P", 200, 0),
        sell("S", 100, 100, "4"),
        of_another,
        buy("L", 100, 110, "6", isin=SAP),
        regime="UK_SHARE_MATCHING",
    )
    assert realised(result, "matched_by", "cost_basis") == [("POOL", "1000.00")]


def test_a_purchase_of_a_third_security_is_not_matched():
    renamed = split(1, 1, 105, isin_out=SAP)
    result = fold(
        buy("P", 200, 0), sell("S", 100, 100), renamed, buy("L", 100, 110, isin=TOYOTA), regime="UK_SHARE_MATCHING"
    )
    assert realised(result, "matched_by") == [("POOL",)]
