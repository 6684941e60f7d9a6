"""What `make fuzz` says rests on these: its oracles hold of every example, and each of them sees the defect that it is for."""

from decimal import Decimal
from random import Random

import pytest

from domain.records import parse_record
from tests.fuzz import reading
from tests.fuzz.corpus import SEEDS, dictionary
from tests.fuzz.mutating import change
from tests.fuzz.oracles import Broken, altered, check_message, check_refusal
from tests.unit.domain.facts import position
from tests.unit.domain.messages.examples import example


@pytest.mark.parametrize("parser", SEEDS)
def test_every_oracle_holds_of_every_seed_and_some_are_accepted(parser):
    read = getattr(reading, parser)
    assert any([read(seed) for seed in SEEDS[parser]()])


@pytest.mark.parametrize("parser", SEEDS)
def test_every_oracle_holds_of_changed_seeds(parser):
    chance, seeds = Random(parser), list(SEEDS[parser]())
    for _ in range(5 if parser == "document" else 100):
        getattr(reading, parser)(change(chance.choice(seeds), chance, chance.choice(seeds)))


def test_a_change_is_the_same_for_the_same_chance_and_mostly_another_text():
    seeds = list(SEEDS["line"]())
    made = [[change(seed, Random(number), seeds[0]) for number, seed in enumerate(seeds)] for _ in range(2)]
    assert made[0] == made[1]
    assert sum(one != seed for one, seed in zip(made[0], seeds, strict=True)) > len(seeds) * 0.7
    assert dictionary(seeds).isascii()


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({"quantity": "10"}, {"quantity": "11"}),
        ({"quantity": "10"}, {}),
        ({"quantity": "10"}, {"quantity": "10", "price": "1"}),
        ({"memo": Decimal("0.1")}, {"memo": 0.1}),
        ({"memo": Decimal("0.1")}, {"memo": "0.10000000000000000555"}),
        ({"memo": 1}, {"memo": True}),
        ({"memo": ["a", None]}, {"memo": ["a"]}),
        ({"codes": ["NOMC"]}, {"codes": ["CCPN"]}),
        ({"country": "\ufb01"}, {"country": "FI"}),
        ({"period": {"from": "2026-01-01", "to": "2026-07-01", "x": 1}}, {"period": {"from": "2026-01-01", "to": "2026-07-01"}}),
        ({"received_at": "2026-01-01T10:00:00.1234567Z"}, {"received_at": "2026-01-01T10:00:00.123450Z"}),
    ],
)  # fmt: skip
def test_a_record_that_says_something_else_than_was_sent_is_seen(sent, kept):
    assert list(altered(sent, kept))


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({"quantity": " 010.50"}, {"quantity": "10.5"}),
        ({"side": "buy", "gone": None}, {"side": "BUY", "sequence": 0}),
        ({"codes": "nomc"}, {"codes": ["NOMC"]}),
        ({"period": "2026-01-01/2026-07-01"}, {"period": {"from": "2026-01-01", "to": "2026-07-01"}}),
        ({"received_at": "2026-01-01T10:00:00+02:00"}, {"received_at": "2026-01-01T08:00:00Z"}),
        ({"memo": [Decimal("1.50")]}, {"memo": ["1.50"]}),
    ],
)
def test_another_form_of_the_same_is_no_difference(sent, kept):
    assert list(altered(sent, kept)) == []


@pytest.mark.parametrize("name", ["dividend.fin", "dividend.xml"])
@pytest.mark.parametrize(
    ("field", "value"), [("record_date", "2026-03-17"), ("isin", "DE0007164600"), ("gross_rate", "0.26")]
)
def test_a_figure_date_or_word_that_does_not_stand_in_the_message_is_seen(name, field, value):
    with pytest.raises(Broken, match=f"grounded: {field}"):
        check_message(example(name), [{field: value}])


@pytest.mark.parametrize(
    ("reason", "field", "detail"),
    [("Not a code", "", "x"), ("code", "f" * 501, "x"), ("code", "", ""), ("unprocessable", "", "KeyError: 'x'")],
)
def test_a_refusal_that_is_long_wordless_or_nobodys_is_seen(reason, field, detail):
    with pytest.raises(Broken, match="refusal"):
        check_refusal(reason, field, detail)


def test_a_reader_that_keeps_a_binary_fraction_or_forgets_is_seen(monkeypatch):
    def forgetful(raw):
        record, normalised = parse_record(raw)
        return record, {name: value for name, value in normalised.items() if name != "source"}

    monkeypatch.setattr("tests.fuzz.oracles.parse_record", forgetful)
    with pytest.raises(Broken, match="kept"):
        reading.check_record(position("10"))
