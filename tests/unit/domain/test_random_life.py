"""Random lives of accounts, trades, events of every type, corrections and elections: after each fact the product agrees with a naive reference.

The lives below are 2,440 steps together. One life of any length, of all methods and regimes: `LIFE_STEPS=2000 pytest -s -k long_life` (and
`LIFE_SEED`); at its end it says how many of its steps touched which of the new rules, and what became of its transfers. What a
failing life prints is a document of the fewest facts that still differ: for `python -m servicing_engine calculate`, and for
`python -m tests.unit.domain.life`, which says what the reference has instead.
"""

import json
import os
from collections import Counter
from fractions import Fraction
from functools import cache

import pytest

from domain.calculation import calculate_document
from tests.unit.domain.life.comparison import differences, exact, minimal, of_the_product
from tests.unit.domain.life.facts import Facts
from tests.unit.domain.life.living import KINDS, Life, document_of, facts_of
from tests.unit.domain.life.rating import CURRENCY
from tests.unit.domain.life.touching import FATES, RULES, fates

RELIEF = ("FIFO", "LIFO", "HIFO", "SPECIFIC", "AVERAGE")
METHODS = {name[0]: (name, "", {}) for name in RELIEF}
METHODS |= {"UK": ("FIFO", "UK_SHARE_MATCHING", {})}
METHODS |= {f"US-{method[0]}": (method, "US_WASH_SALE", {}) for method in ("FIFO", "LIFO", "HIFO")}
SHORT, TAXED = {"short_positions": True}, {"tax_currency": CURRENCY}
METHODS |= {f"SH-{name[0]}": (name, "", SHORT) for name in RELIEF}
METHODS |= {f"EU-{name[0]}": (name, "", TAXED) for name in RELIEF} | {
    f"SE-{name[0]}": (name, "", SHORT | TAXED) for name in RELIEF
}
LIVES = [
    *((seed, ("F", "A")) for seed in range(5, 7)),
    *((seed, ("L", "S")) for seed in range(8, 10)),
    *((seed, ("H", "UK")) for seed in range(11, 13)),
    *((seed, ("SH-S", "EU-F")) for seed in (21, 22, 23, 31)),
    *((seed, ("SH-A", "SE-H")) for seed in (24, 25, 26, 30)),
    *((seed, ("A", "S")) for seed in (41, 44)),
    *((seed, ("F", "US-F", "US-L")) for seed in range(17, 19)),
    *((seed, ("H", "UK", "US-H")) for seed in range(19, 21)),
]
EVERYBODY = ("F", "A", "S", "UK", "US-F", "US-H", "SH-F", "SH-A", "SE-L")
"""At most one account of a life has a tax currency: neither reference nor draws follow transfers between two."""
STEPS = 120
LONG = int(os.environ.get("LIFE_STEPS", "0")) or 2440 - STEPS * len(LIVES)


def life_of(seed, methods):
    return Life(seed, {f"ACC-{each}": METHODS[each] for each in methods})


def live(life, steps, agree):
    """So many facts, one after the other; counts their kinds."""
    done = Counter()
    for _ in range(steps):
        done[life.step()] += 1
        if agree:
            assert_agreement(life.document(), f"after {sum(done.values())} steps")
            life.forget()
    return done


def assert_agreement(document, when):
    if differences(document):
        least = minimal(document)
        told = "\n".join(
            f"{key}\n  product:   {ours}\n  reference: {theirs}" for key, ours, theirs in differences(least)
        )
        pytest.fail(f"{when} they differ:\n{told}\n\nthe fewest facts:\n{json.dumps(least)}", pytrace=False)


@cache
def document_after(seed, methods):
    life = life_of(seed, methods)
    live(life, STEPS, agree=False)
    return document_of(life.facts)


@pytest.mark.parametrize(("seed", "methods"), LIVES)
def test_after_each_fact_of_a_life_the_product_agrees_with_the_reference(seed, methods):
    assert sum(live(life_of(seed, methods), STEPS, agree=True).values()) == STEPS


@pytest.mark.parametrize("seed", [100, 101, 103])
def test_a_life_of_uk_accounts_alone_agrees(seed):
    life = Life(seed, {f"ACC-{number}": METHODS["UK"] for number in range(3)})
    for _ in range(12):
        live(life, 5, agree=False)
        assert_agreement(life.document(), f"with {len(life.facts)} facts")


def test_one_long_life_agrees_after_each_fact():
    seed = int(os.environ.get("LIFE_SEED", "77"))
    life = life_of(seed, EVERYBODY)
    done = live(life, LONG, agree=True)
    print(f"seed {seed}: {sum(done.values())} steps, no divergence: {dict(done)}; touched: {dict(life.touched)}")
    assert sum(done.values()) == LONG


def test_one_step_in_a_hundred_of_a_long_life_touches_each_of_the_new_rules():
    life = life_of(78, EVERYBODY)
    live(life, 400, agree=False)
    assert {rule: life.touched[rule] for rule in RULES if life.touched[rule] < 400 / 100} == {}


def test_the_lives_hold_transfers_of_each_kind_and_fate():
    held = Counter(fate for each in LIVES for fate in fates(document_after(*each)))
    assert {fate: held[fate] for fate in FATES if held[fate] < 3} == {}


def test_the_lives_hold_every_event_type_relief_method_and_regime():
    said = [of_the_product(document_after(*each)) for each in LIVES]
    entitled = Counter(key[1].split("-")[1] for each in said for key in each if key[0] == "entitlement")
    assert {kind: entitled[kind] for kind in KINDS if entitled[kind] < 5} == {}
    by_event = Counter(
        key[2].split("-")[1] for each in said for key in each if key[0] == "realised" and key[2].startswith("CA-")
    )
    made = Counter(key[2].split("CA-")[-1][:4] for each in said for key in each if key[0] == "lot" and "CA-" in key[2])
    quiet = {kind for kind in KINDS if by_event[kind] + made[kind] < 2}
    assert quiet - {"CAPD"} == {"ACCU", "DVCA", "INTR"}, "CAPD lowers basis, and makes a row only beyond it"
    sold = Counter(
        key[1] for each in said for key in each if key[0] == "regime" or (key[0] == "realised" and key[2][:3] == "ACC")
    )
    assert {each: sold[f"ACC-{each}"] for _, accounts in LIVES for each in accounts if sold[f"ACC-{each}"] < 5} == {}
    unmatched = [key for each in said for key in each if key[0] == "regime" and key[4:] == ("",)]
    assert unmatched, "UK fractions or capital distributions that are no small ones"
    assert {"after_deadline", "not_released", "insufficient_lots"} <= {
        value for each in said for key, value in each.items() if key[0] == "rejected"
    }


def test_the_lives_hold_shorts_of_each_kind_and_what_waits_for_a_rate():
    said = [of_the_product(document_after(*each)) for each in LIVES]
    told = Counter()
    for key, value in (item for each in said for item in each.items()):
        told["owed by an event"] += key[0] == "entitlement" and value["eligible"] < 0
        told["open short"] += key[0] == "lot" and value[1] < 0
        if key[0] == "realised" and any(row[2] < 0 for row in value):
            told["closed by an event" if key[2].startswith("CA-") else "closed by a purchase"] += 1
        told["event waits"] += key[0] == "waits"
        if key[0] in ("held", "rejected"):
            told[value] += 1
    wanted = ("owed by an event", "open short", "closed by an event", "closed by a purchase", "election_of_a_short",
              "event waits", "missing_exchange_rate", "awaits_exchange_rate", "currency_mismatch")  # fmt: skip
    assert {each: told[each] for each in wanted if told[each] < 5} == {}


def test_the_lives_hold_payments_in_kind_whole_residues_and_charges_in_percent():
    told = Counter()
    for document in (document_after(*each) for each in LIVES):
        events = Facts(document).events
        for row in calculate_document(document)["entitlements"]:
            options = events[row["corporate_action_event_id"]]["options"]
            (option,) = (each for each in options if each["option_number"] == row["option_number"])
            ends = Fraction(row["debited_quantity"]) != 0
            told[f"LIQU in kind, {'last' if ends else 'not last'}"] += row["event_type"] == "LIQU" and bool(
                row["isin_out"]
            )
            told["whole residue"] += "residue_units" in option and Fraction(row["cash_in_lieu_amount"]) != 0
            told["charge in percent"] += "charge_percent" in option and Fraction(row["charge_amount"]) != 0
    assert min(told.values()) > 1, told


def standing(document, kind):
    """Events of a type that stand and entitle somebody."""
    entitling = {row["corporate_action_event_id"] for row in calculate_document(document)["entitlements"]}
    return sorted(each for each in entitling if each.startswith(f"CA-{kind}-"))


@pytest.mark.parametrize("function", ["CANC", "WITH"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_cancelled_event_leaves_everything_as_without_it_and_reverses_what_it_gave(kind, function):
    found = (
        (document, each) for life in LIVES for document in [document_after(*life)] for each in standing(document, kind)
    )
    document, event_id = next(found)
    facts = facts_of(document)
    of_event = [
        each
        for each in facts
        if each["record_type"] == "corporate_action" and each["corporate_action_event_id"] == event_id
    ]
    version = max(each["version"] for each in of_event)
    ended = {
        "record_type": "corporate_action",
        "corporate_action_event_id": event_id,
        "version": version + 1,
        "function": function,
    }
    before = calculate_document(document)
    after = calculate_document(document_of([*facts, ended]))
    naming = [
        each for each in facts if event_id in f"{each.get('corporate_action_event_id')} {each.get('election_id')}"
    ]
    without = calculate_document(document_of([each for each in facts if each not in naming]))
    for part in (
        "entitlements",
        "tax_lots",
        "realised",
        "rejected",
        "market_claims",
        "transformations",
        "buyer_protections",
    ):
        assert after[part] == without[part], part
    gave = [row for row in before["entitlements"] if row["corporate_action_event_id"] == event_id]
    taken = [
        row for row in after["reversals"] if (row["corporate_action_event_id"], row["version"]) == (event_id, version)
    ]
    assert [exact(row, "entitled_quantity") for row in taken] == [-exact(row, "entitled_quantity") for row in gave]
    assert [row["entitled_amount"].lstrip("-") for row in taken] == [row["entitled_amount"].lstrip("-") for row in gave]
