"""What holds of every report, whatever the facts are."""

from collections import Counter
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from domain.reconciliation import report_bytes
from domain.reconciliation.tolerance import amounts_agree, quantities_agree
from tests.unit.domain.facts import APPLE, SAP
from tests.unit.domain.reconciliation.sides import (
    DAY,
    calculated,
    confirmed,
    entitled,
    facts,
    held,
    report_of,
    stated,
    traded,
)  # fmt: skip

UNRELATED = "US5949181045"
isins, days = st.sampled_from([APPLE, SAP]), st.integers(9, 31).map("2026-03-{:02}".format)
small = st.integers(0, 4).map(str)
places, sources = st.sampled_from(["P1", "P2"]), st.sampled_from(["C-A", "C-B"])
events, options = st.sampled_from(["CA-1", "CA-2", "CA-3"]), st.sampled_from(["001", "002"])
positions = st.builds(stated, small, days, isin=isins, safekeeping_place=places, source=sources,
                      pending_receipt_quantity=small, on_loan_quantity=small, borrowed_quantity=small)  # fmt: skip
entitlements = st.builds(entitled, small, st.none() | days, events, isin=isins, option_number=options, version=st.integers(1, 2),
                         entitled_quantity=small, isin_out=st.none() | isins, payment_date=st.none() | days,
                         payment_status=st.sampled_from(["EXPECTED", "CONFIRMED"]))  # fmt: skip
confirmations = st.builds(confirmed, corporate_action_event_id=events, option_number=options, posting_date=st.none() | days,
                          posting_amount=st.none() | st.sampled_from(["21.25", "21.26", "20", "0.001"]), isin=st.none() | isins,
                          currency=st.sampled_from([None, "USD", "EUR"]), posting_quantity=st.none() | small,
                          withholding_tax_rate=st.sampled_from([None, "15", "30"]), version=st.none() | st.integers(1, 2))  # fmt: skip
lines = st.builds(held, small, days, isin=isins, safekeeping_place=st.none() | places, available=small,
                  corporate_action_event_id=st.none() | events)  # fmt: skip
trades = st.builds(traded, small, days, st.uuids().map(str), days, isins)
calculations = st.builds(calculated, events, days, isins)


def _lists(each, **options):
    return st.lists(each, max_size=4, **options)


def _identity(each):
    return each.identity


parts = st.fixed_dictionaries({
    "positions": _lists(positions, unique_by=_identity),
    "second_sources": _lists(positions, unique_by=lambda each: (each.identity, each.source)),
    "entitlements": _lists(entitlements, unique_by=lambda each: each.key),
    "confirmations": _lists(confirmations, unique_by=_identity),
    "statements": _lists(lines, unique_by=_identity),
    "trades": _lists(trades),
    "calculated_events": _lists(calculations, unique_by=lambda each: each.key),
    "lots": st.none() | st.dictionaries(isins, st.fractions(0, 9, max_denominator=4)),
    "securities": st.none() | st.frozensets(isins),
    "confirmations_expected": st.booleans(),
})  # fmt: skip
LISTS = ("positions", "second_sources", "entitlements", "confirmations", "statements", "trades", "calculated_events")


@given(parts, st.data())
def test_replay_in_any_order_gives_identical_bytes(state, data):
    shuffled = {name: data.draw(st.permutations(state[name])) for name in LISTS}
    if state["lots"] is not None:
        shuffled["lots"] = dict(reversed(state["lots"].items()))
    assert report_bytes(report_of(**state | shuffled)) == report_bytes(report_of(**state))


@given(parts)
def test_every_input_is_in_exactly_one_bucket(state):
    report = report_of(**state)
    buckets = report["control_totals"]["inputs"]
    known = facts(**state).as_of(DAY)
    for kind, counts in buckets.items():
        given_ = getattr(known, kind)
        assert sum(counts.values()) == report["inputs"][kind]["count"] == len(given_ or ())
    assert any(counts["broken"] for counts in buckets.values()) == bool(report["breaks"])


@given(parts)
def test_ours_plus_the_difference_is_theirs(state):
    report = report_of(**state)
    for each in report["breaks"]:
        if each["difference"] is not None and each["unit"] != "days":
            ours, theirs = (Fraction(each[side] or 0) for side in ("ours", "theirs"))
            assert ours + Fraction(each["difference"]) == theirs
    for totals in (report["control_totals"], *report["control_totals"]["by_kind"].values()):
        assert totals["compared"] == totals["matched"] + totals["breaks"]
        for values in totals["values"].values():
            assert Fraction(values["ours"]) + Fraction(values["difference"]) == Fraction(values["theirs"])


@given(parts)
def test_the_kinds_add_up_to_the_whole(state):
    totals = report_of(**state)["control_totals"]
    for name in ("compared", "matched", "breaks"):
        assert sum(each[name] for each in totals["by_kind"].values()) == totals[name]
    units = Counter()
    for each in totals["by_kind"].values():
        units.update({unit: Fraction(values["theirs"]) for unit, values in each["values"].items()})
    assert {unit: Fraction(each["theirs"]) for unit, each in totals["values"].items()} == dict(units)


@given(parts)
def test_no_two_breaks_have_the_same_id(state):
    ids = Counter(each["break_id"] for each in report_of(**state)["breaks"])
    assert all(count == 1 for count in ids.values())


@given(parts)
def test_a_breaks_id_is_stable_when_unrelated_facts_are_added(state):
    """Another security, stated as of the account's newest position: a newer one would tell what had settled by then."""
    newest = max((each.as_of_date for each in state["positions"] if each.as_of_date <= DAY), default=DAY)
    unrelated = {
        "positions": stated("9", newest.isoformat(), isin=UNRELATED, safekeeping_place="P9", source="C-Z"),
        "entitlements": entitled("9", "2026-03-10", "CA-9", isin=UNRELATED, event_type="CAPD"),
        "confirmations": confirmed(corporate_action_event_id="CA-9", posting_date="2026-03-09"),
        "statements": held("9", "2026-03-10", isin=UNRELATED, safekeeping_place="P9"),
    }
    more = state | {name: [*state[name], added] for name, added in unrelated.items()}
    before, after = ({each["break_id"]: each for each in report_of(**each)["breaks"]} for each in (state, more))
    assert before.keys() <= after.keys()


@given(st.decimals(-1000, 1000, places=5), st.sampled_from([("JPY", 1), ("USD", "0.01"), ("BHD", "0.001")]), st.integers(-300, 300))  # fmt: skip
def test_amounts_agree_up_to_one_minor_unit_and_quantities_not_at_all(ours, money, steps):
    (currency, unit), ours = money, Fraction(ours)
    theirs = ours + Fraction(unit) * steps / 100
    assert amounts_agree(ours, theirs, currency) == (abs(steps) <= 100)
    assert quantities_agree(ours, theirs) == (steps == 0)


@given(parts)
def test_what_is_known_on_a_day_is_told_again_from_itself_alone(state):
    known = facts(**state).as_of(DAY)
    assert known.as_of(DAY) == known
