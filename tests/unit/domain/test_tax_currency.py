"""Lots in the taxpayer's currency: what a rate must say, which one is taken, and what no figure depends on."""

import json
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.calculation import calculate_document
from domain.records import RecordError, parse_record
from tests.unit.domain.facts import APPLE, SAP, TOYOTA, account, document, event, trade
from tests.unit.domain.test_transfers import transfer

FIRST = date(2024, 1, 8)
DAYS = range(50)
REGIMES = ["", "UK_SHARE_MATCHING", "US_WASH_SALE"]


def on(day):
    return (FIRST + timedelta(days=day)).isoformat()


def rate(worth="0.8", day=0, base="USD", quote="GBP", **more):
    pair = {"base": base, "quote": quote, "date": on(day), "rate": worth, "source": "ECB"}
    return {"record_type": "exchange_rate", **pair} | more


@pytest.mark.parametrize(
    ("changes", "reason", "field"),
    [
        ({"rate": "0"}, "zero_rate", "rate"),
        ({"rate": "-1"}, "negative_value", "rate"),
        ({"quote": "USD"}, "same_currency", "quote"),
        ({"base": "XYZ"}, "invalid_currency", "base"),
        ({"source": None}, "missing_field", "source"),
        ({"date": None}, "missing_field", "date"),
    ],
)
def test_a_rate_that_does_not_say_its_worth_is_refused_by_its_field(changes, reason, field):
    with pytest.raises(RecordError) as refused:
        parse_record(rate(**changes))
    assert (refused.value.reason, refused.value.field) == (reason, field)


def test_of_two_rates_of_a_pair_and_day_the_higher_sequence_stands_and_a_second_source_conflicts():
    facts = [account(tax_currency="GBP"), trade("B1", "BUY", "100", on(0), "10")]
    corrected = calculate_document(document(*facts, rate("0.79", sequence=1), rate()))
    assert [row["cost_basis"] for row in corrected["tax_lots"]] == ["790.00"]
    conflicting = calculate_document(document(*facts, rate(), rate("0.79", source="HMRC")))
    assert [(row["record"], row["reason"]) for row in conflicting["rejected"]] == [
        ("exchange_rate", "conflicting_content")
    ]


def test_a_rate_is_known_from_its_own_day():
    facts = [account(tax_currency="GBP"), trade("B1", "BUY", "100", on(0), "10"), rate(day=0), rate("0.7", day=1)]
    result = calculate_document(document(*facts, as_of=on(0)))
    assert [(row["cost_basis"], row["currency"]) for row in result["tax_lots"]] == [("800.00", "GBP")]


def steps_of(row):
    return [tuple(step[name] for name in ("name", "rule", "arithmetic", "result")) for step in row["explanation"]]


@pytest.mark.parametrize(
    ("regime", "source"),
    [
        ("", "IRC §985(a), §988; EStG § 20 Abs. 4 Satz 1"),
        ("UK_SHARE_MATCHING", "HMRC CG78310; Bentley v Pike (1981) 53 TC 590"),
    ],
)
def test_lots_and_realised_rows_say_rate_day_and_source_of_what_was_exchanged(regime, source):
    traded = [trade("B1", "BUY", "100", on(0), "10"), trade("S1", "SELL", "40", on(9), "12")]
    rates = [rate("1.25", base="GBP", quote="USD"), rate("0.75", day=9, source="Bank of England")]
    facts = [account(tax_currency="GBP", lot_regime=regime), *traded, *rates]
    result = calculate_document(document(*facts), explained=True)
    bought, sold = steps_of(result["tax_lots"][0]), steps_of(result["realised"][0])
    law = f"each amount at the rate of its own day: {source}"
    assert ("exchange_rate", f"ECB, {on(0)}: {law}", "1.25 USD for 1 GBP", "1.25") in bought
    assert ("100 x 10 USD / 1.25", "800.00") in [step[2:] for step in bought]
    assert ("exchange_rate", f"Bank of England, {on(9)}: {law}", "0.75 GBP for 1 USD", "0.75") in sold
    assert ("40 x 12 USD x 0.75", "360.00") in [step[2:] for step in sold]


def test_a_purchase_by_an_event_and_a_taxable_exchange_say_the_price_that_was_exchanged():
    terms = {
        "option_type": "SECU",
        "isin_out": TOYOTA,
        "currency": "USD",
        "new_to_old": {"numerator": "1", "denominator": "2"},
    }
    merged = event("MRGR", terms, ex_date=on(9), tax_treatment="TAXABLE", market_prices={TOYOTA: "30"})
    facts = [account(tax_currency="GBP"), trade("B1", "BUY", "100", on(0), "10"), merged, rate(), rate("0.75", day=9)]
    result = calculate_document(document(*facts), explained=True)
    (new,) = (row for row in result["tax_lots"] if row["isin"] == TOYOTA)
    assert ("100 x 0.5 x 30 USD x 0.75", "1125.00") in [step[2:] for step in steps_of(new)]


def cash_event(code, day, number, isin=APPLE, **terms):
    own = {
        "corporate_action_event_id": f"CA-{number}",
        "ex_date": on(day),
        "record_date": on(day),
        "payment_date": on(day),
    }
    return event(code, {"currency": "EUR", **terms}, isin=isin, market_prices={APPLE: "11", SAP: "7"}, **own)


RATIO = {"numerator": "1", "denominator": "3"}
EVENTS = [
    lambda day, number: cash_event("CAPD", day, number, option_type="CASH", gross_rate="0.5"),
    lambda day, number: cash_event(
        "SPLR", day, number, new_to_old=RATIO, fraction_disposition="CINL", cash_in_lieu_price="31.7"
    ),
    lambda day, number: cash_event("SOFF", day, number, isin_out=SAP, additional_for_existing=RATIO),
    lambda day, number: cash_event(
        "MRGR", day, number, option_type="CASE", isin_out=SAP, new_to_old=RATIO, cash_price_received="2", fraction_disposition="DIST"
    ),
]  # fmt: skip


def facts_in_euro(random):
    """Trades of two securities and two accounts, events and a transfer, all in euro."""
    facts = []
    for number in range(random.randrange(3, 10)):
        side = "BUY" if number < 2 else random.choice(["BUY", "SELL"])
        owner, isin = random.choice(["ACC-1", "ACC-1", "ACC-2"]), random.choice([APPLE, APPLE, SAP])
        terms = (
            str(random.randrange(1, 60)),
            on(random.choice(DAYS[: 20 if number < 2 else None])),
            str(random.randrange(5, 15)),
        )
        facts.append(trade(f"T{number}", side, *terms, currency="EUR", safekeeping_account=owner, isin=isin))
    for number in range(random.choice([0, 0, 1, 1, 2])):
        facts.append(random.choice(EVENTS)(random.choice(DAYS), number))
    if random.random() < 0.3:
        facts.append(transfer("5", transfer_date=on(random.choice(DAYS))))
    return facts


DRAWN = st.integers(0, 10**6).map(lambda seed: facts_in_euro(Random(seed)))


def figures(facts, regime="", worth=None, days=DAYS, **changes):
    """Lots and realised rows, without their currency; with a tax currency if rates are given: `worth` of each of these days."""
    tax = {"tax_currency": "USD"} if worth else {}
    accounts = [account(number, lot_regime=regime, **tax) for number in ("ACC-1", "ACC-2")]
    rates = [rate(worth(day), day, "EUR", "USD") | changes for day in days] if worth else []
    result = calculate_document(document(*accounts, *facts, *rates))
    for row in (*result["tax_lots"], *result["realised"]):
        del row["currency"]
    return result


def wobbling(day):
    return str(Decimal(900 + 37 * day % 211).scaleb(-3))


@given(DRAWN, st.sampled_from(REGIMES))
def test_with_a_rate_of_one_every_figure_is_what_it_is_without_a_tax_currency(facts, regime):
    plain, taxed = figures(facts, regime), figures(facts, regime, lambda _: "1")
    assert [taxed[part] for part in ("tax_lots", "realised", "rejected")] == [
        plain[part] for part in ("tax_lots", "realised", "rejected")
    ]


@given(DRAWN, st.sampled_from(REGIMES))
def test_a_quote_and_its_inverse_give_the_same_figures(facts, regime):
    direct = figures(facts, regime, lambda day: "0.8" if day % 2 else "1.6")
    inverse = figures(facts, regime, lambda day: "1.25" if day % 2 else "0.625", base="USD", quote="EUR")
    assert inverse == direct


@given(DRAWN, st.sampled_from(REGIMES))
def test_rates_a_thousand_times_as_high_make_every_amount_a_thousand_times_as_high_but_for_rounding(facts, regime):
    small = figures(facts, regime, wobbling)
    large = figures(facts, regime, lambda day: str(Decimal(wobbling(day)).scaleb(3)))
    for part, names in (("tax_lots", ["cost_basis"]), ("realised", ["proceeds", "cost_basis"])):
        assert len(small[part]) == len(large[part])
        for before, after in zip(small[part], large[part], strict=True):
            for name in names:
                assert abs(Fraction(before[name]) - Fraction(after[name]) / 1000) < Fraction(1, 10), (before, after)


@given(DRAWN, st.sampled_from(["", "US_WASH_SALE"]))
def test_at_a_rate_of_a_hundred_basis_and_proceeds_of_whole_units_are_a_hundredfold_exactly(facts, regime):
    facts = [fact for fact in facts if fact.get("event_type") in (None, "CAPD")]
    one, hundred = (figures(facts, regime, lambda _, worth=worth: worth) for worth in ("1", "100"))
    for part, names in (("tax_lots", ["cost_basis"]), ("realised", ["proceeds", "cost_basis"])):
        assert [[Decimal(row[name]) for name in names] for row in hundred[part]] == [
            [100 * Decimal(row[name]) for name in names] for row in one[part]
        ]


def day_of(fact):
    return fact.get("trade_date") or fact.get("ex_date") or fact["transfer_date"]


@settings(max_examples=200)
@given(DRAWN, st.sampled_from(REGIMES), st.data())
def test_what_is_realised_without_a_rate_is_realised_so_with_it_and_the_rest_is_held_by_name(facts, regime, data):
    whole = figures(facts, regime, wobbling)
    lacking = data.draw(st.sampled_from(sorted({day_of(fact) for fact in facts})))
    part = figures(facts, regime, wobbling, [day for day in DAYS if on(day) != lacking])
    told = [Counter(json.dumps(row, sort_keys=True) for row in result["realised"]) for result in (part, whole)]
    assert told[0] <= told[1]
    reasons = {row["reason"] for row in part["rejected"]}
    assert told[0] == told[1] or reasons & {"missing_exchange_rate", "awaits_exchange_rate"}
    assert "awaits_exchange_rate" not in reasons or "missing_exchange_rate" in reasons
