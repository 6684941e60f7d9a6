"""Whatever an account dealt: nothing is lost, order of arrival does not matter, and a reckoning in another way gives the same."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.domain import lot_references as reference
from tests.unit.domain.folds import buy, fold, sell, split

RULES = [(method, "") for method in ("FIFO", "LIFO", "HIFO", "SPECIFIC", "AVERAGE")]
RULES += [("FIFO", "UK_SHARE_MATCHING"), *((method, "US_WASH_SALE") for method in ("FIFO", "LIFO", "HIFO", "AVERAGE"))]

dealing = st.tuples(st.sampled_from(["buy", "buy", "sell"]), st.integers(0, 60), st.integers(1, 9), st.integers(1, 12))
dealings = st.lists(dealing, min_size=1, max_size=14).map(
    lambda rows: [
        reference.Dealing(kind, f"{kind[0].upper()}{number:02}", day, units, price)
        for number, (kind, day, units, price) in enumerate(rows)
    ]
)
splits = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 3), st.integers(1, 3)), max_size=3)


def records(dealt):
    make = {"buy": buy, "sell": sell}
    return [make[each.kind](each.id, each.units, each.day, Decimal(each.price) / 100) for each in dealt]


def events(given_splits):
    return [split(new, old, day, f"CA-{n}") for n, (day, new, old) in enumerate(given_splits)]


def total(amounts):
    return sum((Fraction(each) for each in amounts), Fraction(0)) * 100


@pytest.mark.parametrize(("method", "regime"), RULES)
@settings(max_examples=25, deadline=None)
@given(dealt=dealings, scaled=splits)
def test_quantity_and_basis_are_conserved(method, regime, dealt, scaled):
    result = fold(*records(dealt), *events(scaled), method=method, regime=regime)
    paid = sum(each.units * each.price for each in dealt if each.kind == "buy")
    disallowed = total(row.disallowed_loss or 0 for row in result.realised)
    kept, gone = total(lot.cost_basis for lot in result.lots), total(row.cost_basis for row in result.realised)
    assert kept + gone == paid + disallowed
    assert min([lot.cost_basis for lot in result.lots] + [row.cost_basis for row in result.realised], default=0) >= 0
    refused = {hold.trade for hold in result.holds}
    sold = {each.id: each for each in dealt if each.kind == "sell" and each.id not in refused}
    assert total(row.proceeds for row in result.realised) == sum(each.units * each.price for each in sold.values())
    plain = fold(*(each for each in records(dealt) if each["trade_id"] not in refused), *events(scaled), shorts=True)
    if regime != "UK_SHARE_MATCHING":
        assert refused == {hold.trade for hold in fold(*records(dealt), *events(scaled)).holds}
    assert sum(lot.quantity for lot in result.lots) == sum(lot.quantity for lot in plain.lots)


@pytest.mark.parametrize(("method", "regime"), RULES)
@settings(max_examples=15, deadline=None)
@given(dealt=dealings, day=st.integers(0, 60))
def test_what_is_open_on_any_day_is_what_was_bought_less_what_was_sold(method, regime, dealt, day):
    known = [each for each in dealt if each.day <= day]
    result = fold(*records(known), method=method, regime=regime)
    kept = reference.accepted(known)
    if regime == "UK_SHARE_MATCHING":
        kept = [each for each in known if each.id not in reference.uk(known)[2]]
    held = sum(each.units if each.kind == "buy" else -each.units for each in kept)
    assert sum(lot.quantity for lot in result.lots) == held
    sold = {each.id: each.units for each in kept if each.kind == "sell"}
    realised = {}
    for row in result.realised:
        realised[row.closed_by] = realised.get(row.closed_by, 0) + row.quantity
    assert realised == sold


@pytest.mark.parametrize(("method", "regime"), RULES)
@settings(max_examples=15, deadline=None)
@given(dealt=dealings, scaled=splits, random=st.randoms())
def test_any_order_of_arrival_gives_the_same_lots_and_realised_rows(method, regime, dealt, scaled, random):
    facts = [*records(dealt), *events(scaled)]
    expected = fold(*facts, method=method, regime=regime)
    random.shuffle(facts)
    assert fold(*facts, method=method, regime=regime) == expected


@settings(max_examples=80, deadline=None)
@given(dealings)
def test_average_agrees_with_one_heap_of_shares(dealt):
    result = fold(*records(dealt), method="AVERAGE")
    basis, heap = reference.average(dealt)
    got = {sale: total(row.cost_basis for row in result.realised if row.closed_by == sale) for sale in basis}
    assert (got, total(lot.cost_basis for lot in result.lots)) == (basis, heap.cost)


@settings(max_examples=150, deadline=None)
@given(dealings)
def test_uk_matching_agrees_with_three_passes_over_the_dealings(dealt):
    result = fold(*records(dealt), regime="UK_SHARE_MATCHING")
    expected, pool, refused = reference.uk(dealt)
    assert {hold.trade for hold in result.holds} == refused
    got = {}
    for row in result.realised:
        was = got.setdefault((row.closed_by, row.matched_by), [0, 0])
        got[row.closed_by, row.matched_by] = [was[0] + row.quantity, was[1] + total([row.cost_basis])]
    assert got == expected
    assert (sum(lot.quantity for lot in result.lots), total(lot.cost_basis for lot in result.lots)) == (
        pool.units,
        pool.cost,
    )


@pytest.mark.parametrize("method", ["FIFO", "LIFO", "HIFO"])
@settings(max_examples=80, deadline=None)
@given(dealt=dealings)
def test_wash_sales_agree_with_a_reckoning_share_by_share(method, dealt):
    result = fold(*records(dealt), method=method, regime="US_WASH_SALE")
    expected, shares = reference.us(dealt, method)
    got = {
        (row.closed_by, row.lot_id): [row.quantity, total([row.cost_basis]), total([row.disallowed_loss])]
        for row in result.realised
    }
    assert got == expected
    left = {lot.lot_id: (lot.quantity, total([lot.cost_basis])) for lot in result.lots if lot.quantity}
    counted = {}
    for share in shares:
        units, cost = counted.get(share.lot, (0, 0))
        counted[share.lot] = (units + 1, cost + share.cost)
    assert left == counted
