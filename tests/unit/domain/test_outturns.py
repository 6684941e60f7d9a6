"""What one unit of an option yields, for every event type and way of giving its terms; and in which words it is said that a term is missing."""

from dataclasses import fields, replace
from decimal import Decimal
from fractions import Fraction as F

import pytest

from domain.corporate_actions import EVENT_TYPES, Debit, LotTreatment, Outturn, outturn_of
from domain.corporate_actions.event_type import Further
from domain.held import Held
from domain.records import parse_record
from tests.unit.domain.facts import APPLE, SAP, TOYOTA, event

USD = {"currency": "USD"}
TWO_FOR_THREE = {"numerator": "2", "denominator": "3"}
A_FIFTH = {"numerator": "1", "denominator": "5"}
NEWO, ADEX, RTUN = (
    {name: TWO_FOR_THREE} for name in ("new_to_old", "additional_for_existing", "intermediate_to_underlying")
)
GRSS, OFFR, PERCENT = (
    {name: amount} | USD
    for name, amount in (("gross_rate", "0.50"), ("cash_price_received", "12"), ("cash_price_received_percent", "98"))
)
FRACTION = {"fraction_disposition": "CINL", "cash_in_lieu_price": "7"} | USD
CREDIT = {"securities_movements": [{"isin": TOYOTA, "ratio": A_FIFTH}]}
DEBIT = {"securities_movements": [{"isin": APPLE, "ratio": A_FIFTH, "credit_debit_indicator": "DEBT"}]}
ONE_FOR_ONE = {"numerator": "1", "denominator": "1"}
GONE = {"securities_movements": [{"isin": APPLE, "ratio": ONE_FOR_ONE, "credit_debit_indicator": "DEBT"}]}
FACTORS = {"previous_factor": "0.8", "next_factor": "0.6"}
PERIOD = {"interest_rate": "6", "interest_period": "2026-01-01/2026-07-01", "day_count": "A001"} | USD


def outturn(event_type, terms, **changes):
    """Of the first option of an event."""
    announced, _ = parse_record(event(event_type, {"option_type": "SECU"} | terms, **changes))
    return outturn_of(announced, announced.options[0])


def told(of):
    """The fields that say something."""
    nothing = Outturn()
    return {
        each.name: getattr(of, each.name)
        for each in fields(of)
        if getattr(of, each.name) != getattr(nothing, each.name)
    }


PAID = {"cash": F(1, 2), "cash_rule": "gross_rate 0.50"}
OFFERED = {"cash": F(12), "cash_rule": "cash_price_received 12"}
AT_98 = {"cash": F(98, 100), "cash_rule": "98 % of the face amount"}
BY_RATIO = {"ratio": F(2, 3), "isin_out": APPLE}
ALL, ACCEPTED = {"debit": Debit.ALL}, {"debit": Debit.ACCEPTED}
LOTS = {treatment.name: {"lots": treatment} for treatment in LotTreatment}
BY_CINL = {"disposition": "CINL", "in_lieu_price": Decimal(7)}

CASES = [
    ("DVCA", GRSS, {**PAID, "taxed": True}),
    ("DVCA", {**GRSS, "denomination": "1000"}, {"cash": F(1, 2000), "cash_rule": "gross_rate 0.50 per 1000", "taxed": True}),
    ("DVCA", GRSS | {"gross_rate": "0"}, {"cash_rule": "gross_rate 0", "taxed": True}),
    ("DVCA", {"option_type": "NOAC"}, {}),
    ("DVCA", {"option_type": "LAPS"}, {}),
    ("CAPD", OFFR, {**OFFERED, **LOTS["RETURN_CAPITAL"]}),
    (
        "CAPD", {**OFFR, **CREDIT},
        {**OFFERED, **LOTS["RETURN_CAPITAL"], "ratio": F(1, 5), "isin_out": TOYOTA},
    ),
    ("CAPD", {**ADEX, "isin_out": TOYOTA}, {**BY_RATIO, **LOTS["RETURN_CAPITAL"], "isin_out": TOYOTA}),
    ("ACCU", GRSS, {**PAID, **LOTS["ACCUMULATE"]}),
    (
        "ACCU", {**GRSS, "tax_credit_rate": "0.50", "denomination": "1000"},
        {"cash": F(1, 2000), "cash_rule": "gross_rate 0.50 per 1000", "tax_credit": F(1, 2000), **LOTS["ACCUMULATE"]},
    ),
    ("SPLF", NEWO, {**BY_RATIO, **ALL, **LOTS["REORGANISE"]}),
    ("SPLR", {**NEWO, **FRACTION, "isin_out": SAP}, {**BY_RATIO, **ALL, **LOTS["REORGANISE"], **BY_CINL, "isin_out": SAP}),
    ("SPLF", {"option_type": "CASH", **GRSS}, PAID),
    ("BONU", ADEX, {**BY_RATIO, **LOTS["REORGANISE"]}),
    ("DVSE", {**ADEX, **GRSS}, {**BY_RATIO, **LOTS["REORGANISE"], **PAID}),
    ("SOFF", CREDIT, {"ratio": F(1, 5), "isin_out": TOYOTA, **LOTS["REORGANISE"]}),
    ("SOFF", {**ADEX, **CREDIT}, {**BY_RATIO, **LOTS["REORGANISE"], "further": (Further(TOYOTA, F(1, 5)),)}),
    ("SOFF", {**ADEX, **DEBIT}, {**BY_RATIO, **LOTS["REORGANISE"], **ALL}),
    ("SOFF", {**ADEX, **CREDIT, "isin_out": TOYOTA}, {**BY_RATIO, **LOTS["REORGANISE"], "isin_out": TOYOTA}),
    ("MRGR", OFFR, {**OFFERED, **ALL, **LOTS["DISPOSE"]}),
    ("MRGR", NEWO, {**BY_RATIO, **ALL, **LOTS["REORGANISE"]}),
    ("MRGR", {**ADEX, **OFFR}, {**BY_RATIO, **ALL, **LOTS["REORGANISE"], **OFFERED}),
    (
        "MRGR", {**NEWO, "proration_rate": "40", "cash_for_unfilled": "9"} | USD,
        {**BY_RATIO, **ALL, **LOTS["REORGANISE"], "accepted": F(2, 5), "unfilled_cash": F(9)},
    ),
    ("MRGR", {**NEWO, "proration_rate": "100"}, {**BY_RATIO, **ALL, **LOTS["REORGANISE"]}),
    ("TEND", OFFR, {**OFFERED, **ACCEPTED, **LOTS["DISPOSE"]}),
    ("BIDS", OFFR, {**OFFERED, **ACCEPTED, **LOTS["DISPOSE"]}),
    ("EXOF", {**NEWO, "isin_out": SAP}, {**BY_RATIO, **ALL, **LOTS["REORGANISE"], "isin_out": SAP}),
    ("EXOF", OFFR, {**OFFERED, **ALL, **LOTS["DISPOSE"]}),
    ("CONV", {**NEWO, **FRACTION, "isin_out": SAP}, {**BY_RATIO, **ALL, **LOTS["REORGANISE"], **BY_CINL, "isin_out": SAP}),
    ("CHAN", {"isin_out": SAP}, {"ratio": F(1), "isin_out": SAP, **ALL, **LOTS["REORGANISE"]}),
    ("CHAN", {**NEWO, "isin_out": SAP}, {**BY_RATIO, "isin_out": SAP, **ALL, **LOTS["REORGANISE"]}),
    ("LIQU", OFFR, {**OFFERED, **LOTS["RETURN_CAPITAL"]}),
    ("LIQU", {**OFFR, **GONE}, {**OFFERED, **ALL, **LOTS["DISPOSE"]}),
    ("LIQU", {**OFFR, **CREDIT}, {**OFFERED, **LOTS["RETURN_CAPITAL"], "ratio": F(1, 5), "isin_out": TOYOTA}),
    ("LIQU", {**OFFR, **NEWO, "isin_out": SAP}, {**OFFERED, **BY_RATIO, **ALL, **LOTS["REORGANISE"], "isin_out": SAP}),
    ("LIQU", {**ADEX, **GONE, "isin_out": SAP}, {**BY_RATIO, **ALL, **LOTS["REORGANISE"], "isin_out": SAP}),
    ("WRTH", {}, {**ALL, **LOTS["WRITE_OFF"]}),
    ("WRTH", {"option_type": "LAPS"}, {**ALL, **LOTS["WRITE_OFF"]}),
    ("WRTH", {"option_type": "NOAC"}, {}),
    ("BPUT", PERCENT, {**AT_98, **ALL, **LOTS["DISPOSE"]}),
    (
        "TEND", {**OFFR, "proration_rate": "40", "fraction_disposition": "RDUP"},
        {**OFFERED, **ACCEPTED, **LOTS["DISPOSE"], "accepted": F(2, 5), "multiple": F(1), "disposition": "RDUP"},
    ),
    (
        "TEND", {**NEWO, "proration_rate": "40", "minimum_exercisable_multiple": "10"},
        {**BY_RATIO, **ACCEPTED, **LOTS["REORGANISE"], "accepted": F(2, 5), "multiple": F(10)},
    ),
    ("TEND", {**OFFR, "minimum_exercisable_multiple": "10"}, {**OFFERED, **ACCEPTED, **LOTS["DISPOSE"], "multiple": F(10)}),
    ("INTR", GRSS, {**PAID, "taxed": True}),
    ("INTR", GRSS | {"gross_rate": "-0.50"}, {"cash": F(-1, 2), "cash_rule": "gross_rate -0.50", "taxed": True}),
    ("INTR", {**PERIOD, "interest_floor": "6"}, {"cash": F(3, 100), "cash_rule": "6 % x 180/360 of a year (A001, 30/360: 2026-01-01 to 2026-07-01)", "taxed": True}),
    (
        "INTR", {**PERIOD, "interest_floor": "7"},
        {"cash": F(7, 200), "taxed": True,
         "cash_rule": "7 % (interest_floor, as interest_rate 6 % is below it) x 180/360 of a year (A001, 30/360: 2026-01-01 to 2026-07-01)"},
    ),
    ("INTR", PERIOD, {"cash": F(3, 100), "cash_rule": "6 % x 180/360 of a year (A001, 30/360: 2026-01-01 to 2026-07-01)", "taxed": True}),
    (
        "INTR", {**PERIOD, "previous_factor": "0.8"},
        {"cash": F(24, 1000), "cash_rule": "6 % x 180/360 of a year (A001, 30/360: 2026-01-01 to 2026-07-01) x factor 0.8", "taxed": True},
    ),
    ("REDM", PERCENT, {**AT_98, **ALL, **LOTS["DISPOSE"]}),
    (
        "MCAL", {**PERCENT, "previous_factor": "0.5"},
        {"cash": F(49, 100), "cash_rule": "98 % of the face amount x factor 0.5", **ALL, **LOTS["DISPOSE"]},
    ),
    ("PCAL", {**PERCENT, "redeemed_percent": "30", "called_percent": "20"}, {**AT_98, **ACCEPTED, **LOTS["DISPOSE"], "accepted": F(3, 10)}),
    (
        "PCAL", {**PERCENT, "called_percent": "20", "minimum_exercisable_multiple": "5"},
        {**AT_98, **ACCEPTED, **LOTS["DISPOSE"], "accepted": F(1, 5), "multiple": F(5)},
    ),
    (
        "PCAL", {**PERCENT, "called_percent": "20", "minimum_exercisable_multiple": "5", "drawn_quantity": "15"},
        {**AT_98, **ACCEPTED, **LOTS["DISPOSE"], "most": Decimal(15), "multiple": F(5)},
    ),
    (
        "DRAW", {**PERCENT, "drawn_quantities": [{"safekeeping_account": "ACC-1", "quantity": "7"}]},
        {**AT_98, **ACCEPTED, **LOTS["DISPOSE"], "drawn": {"ACC-1": Decimal(7)}},
    ),
    ("DRAW", PERCENT, {**AT_98, **ACCEPTED, **LOTS["DISPOSE"], "awaits_drawing": True}),
    (
        "TEND", {**OFFR, "proration_rate": "40", "odd_lot_quantity": "99"},
        {**OFFERED, **ACCEPTED, **LOTS["DISPOSE"], "accepted": F(2, 5), "multiple": F(1), "odd_lot": Decimal(99)},
    ),
    ("DRAW", {**PERCENT, "drawn_quantity": "7", "called_percent": "20"}, {**AT_98, **ACCEPTED, **LOTS["DISPOSE"], "most": Decimal(7)}),
    ("PRED", {**FACTORS, **USD}, {"cash": F(1, 5), "cash_rule": "factor 0.8 - 0.6 at par", **LOTS["PAY_DOWN"], "paid_down": F(1, 4)}),
    (
        "PRED", {**PERCENT, "redeemed_percent": "25"},
        {"cash": F(49, 200), "cash_rule": "25 % of the face amount at 98 % of the face amount", **LOTS["PAY_DOWN"], "paid_down": F(1, 4)},
    ),
    ("PRED", {**FACTORS, "next_factor": "0.8"}, {"cash_rule": "factor 0.8 - 0.8 at par", **LOTS["PAY_DOWN"]}),
    ("DVOP", {"option_type": "CASH", **GRSS}, {**PAID, "taxed": True}),
    (
        "DVOP", {**GRSS, "subscription_price": "10"},
        {"ratio": F(1, 20), "isin_out": APPLE, "cash_rule": "gross_rate 0.50", "basis_price": F(10), "disposition": "CINL",
         "in_lieu_price": Decimal(10), **LOTS["PURCHASE"]},
    ),
    (
        "DRIP", {**GRSS, **FRACTION, "fraction_disposition": "RDDN", "isin_out": SAP},
        {**PAID, "isin_out": SAP, "basis_price": F(7), "disposition": "RDDN", "in_lieu_price": Decimal(7), "reinvests": True,
         "taxed": True, **LOTS["PURCHASE"]},
    ),
    ("DVOP", {**ADEX, "subscription_price": "10", **USD}, {**BY_RATIO, "basis_price": F(10), "disposition": "CINL", "in_lieu_price": Decimal(10), **LOTS["PURCHASE"]}),
    ("DVOP", {**ADEX, **FRACTION}, {**BY_RATIO, **BY_CINL, "basis_price": F(7), **LOTS["PURCHASE"]}),
    ("DVOP", ADEX, {**BY_RATIO, "disposition": "CINL", **LOTS["PURCHASE"]}),
    (
        "DVOP", {**ADEX, **GRSS, "option_type": "CASE"},
        {**BY_RATIO, **PAID, "taxed": True, "disposition": "CINL", **LOTS["PURCHASE"]},
    ),
    ("DVOP", {**ADEX, **GRSS}, {**BY_RATIO, "disposition": "CINL", **LOTS["PURCHASE"]}),
    ("RHDI", {**RTUN, **FRACTION, "isin_intermediate": SAP}, {**BY_RATIO, "isin_out": SAP, **BY_CINL, **LOTS["DISTRIBUTE_RIGHTS"]}),
    ("RHDI", {**ADEX, "isin_out": TOYOTA, "isin_intermediate": SAP}, {**BY_RATIO, "isin_out": TOYOTA, **LOTS["DISTRIBUTE_RIGHTS"]}),
    ("RHDI", CREDIT, {"ratio": F(1, 5), "isin_out": TOYOTA, **LOTS["DISTRIBUTE_RIGHTS"]}),
    ("EXRI", {"option_type": "LAPS"}, {**ALL, **LOTS["LAPSE"]}),
    ("RHTS", {"option_type": "LAPS"}, LOTS["LAPSE"]),
    ("RHTS", {"option_type": "LAPS", "isin_intermediate": SAP}, {**ALL, **LOTS["LAPSE"]}),
    ("RHTS", {"option_type": "LAPS", **RTUN}, {**ALL, **LOTS["LAPSE"]}),
    ("EXRI", {"option_type": "SLLE", **OFFR}, {**OFFERED, **ALL, **LOTS["DISPOSE"]}),
    ("EXRI", {"option_type": "CASH", **GRSS}, {**PAID, **ALL, **LOTS["DISPOSE"]}),
    (
        "EXRI", {"option_type": "BUYA", "subscription_price": "3", "isin_intermediate": SAP, **USD},
        {"ratio": F(1), "isin_out": SAP, "price": F(3), **LOTS["PURCHASE"]},
    ),
    ("EXRI", {"option_type": "BUYA", "subscription_price": "3", **USD}, {"ratio": F(1), "isin_out": APPLE, "price": F(3), **LOTS["PURCHASE"]}),
    (
        "EXRI", {"option_type": "OVER", "subscription_price": "3", "proration_rate": "40", "isin_out": SAP, "fraction_disposition": "RDUP", **USD},
        {"ratio": F(1), "isin_out": SAP, "price": F(3), "accepted": F(2, 5), "disposition": "RDUP", **LOTS["PURCHASE"]},
    ),
    ("EXRI", {"option_type": "OVER", "subscription_price": "3", **NEWO, **USD}, {**BY_RATIO, "price": F(3), **LOTS["PURCHASE"]}),
    ("EXRI", {"option_type": "EXER", "subscription_price": "3", **NEWO, **USD}, {**BY_RATIO, **ALL, "price": F(3), **LOTS["EXERCISE"]}),
    ("RHTS", {"option_type": "EXER", "subscription_price": "3", **NEWO, **USD}, {**BY_RATIO, "price": F(3), **LOTS["EXERCISE"]}),
]  # fmt: skip


@pytest.mark.parametrize(("event_type", "terms", "expected"), CASES)
def test_an_option_yields_what_its_terms_say(event_type, terms, expected):
    assert told(outturn(event_type, terms)) == expected


VOLUNTARY = [
    ("EXOF", {**NEWO, "isin_out": SAP, "proration_rate": "40"}, {**BY_RATIO, "isin_out": SAP, **LOTS["REORGANISE"]}),
    ("CONV", {**NEWO, "isin_out": SAP, "proration_rate": "40"}, {**BY_RATIO, "isin_out": SAP, **LOTS["REORGANISE"]}),
    ("BPUT", {**PERCENT, "proration_rate": "40"}, {**AT_98, **LOTS["DISPOSE"]}),
    (
        "BPUT", {**PERCENT, "proration_rate": "40", "previous_factor": "0.5"},
        {"cash": F(49, 100), "cash_rule": "98 % of the face amount x factor 0.5", **LOTS["DISPOSE"]},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("event_type", "terms", "expected"), VOLUNTARY)
def test_what_a_voluntary_offer_takes_is_accepted_in_part(event_type, terms, expected):
    of = outturn(event_type, terms, mandatory_voluntary="VOLU")
    assert told(of) == {**expected, **ACCEPTED, "accepted": F(2, 5), "multiple": F(1)}


@pytest.mark.parametrize("kind", ["CTEN", "CONY", "MPUT", "OTHR"])
def test_an_option_type_without_a_rule_is_held(kind):
    with pytest.raises(Held) as held:
        outturn("TEND", {"option_type": kind, **OFFR})
    assert (held.value.reason, held.value.field) == ("option_type_not_supported", "options.option_type")


@pytest.mark.parametrize(
    ("event_type", "terms", "reason"),
    [
        ("LIQU", {**OFFR, **NEWO}, "missing_terms"),
        ("LIQU", {**OFFR, **DEBIT}, "missing_terms"),
        (
            "LIQU",
            {**OFFR, "securities_movements": [{"isin": SAP, "ratio": ONE_FOR_ONE, "credit_debit_indicator": "DEBT"}]},
            "missing_terms",
        ),
        ("WRTH", OFFR, "not_worthless"),
        ("WRTH", NEWO, "not_worthless"),
        ("CHAN", {"isin_out": APPLE}, "missing_terms"),
        ("CHAN", {"isin_out": SAP, **ADEX}, "missing_terms"),
        *(
            ("CAPD", {**GRSS, **terms}, "missing_terms")
            for terms in (ADEX, {**NEWO, "isin_out": SAP}, {**CREDIT, **NEWO})
        ),
        ("ACCU", {**GRSS, "tax_credit_rate": "0.51"}, "tax_above_income"),
        *(
            (kind, {**GRSS, **ADEX, "charge_rate": "0.01"}, "charges_not_supported")
            for kind in ("DVCA", "DVSE", "DVOP")
        ),
        ("TEND", {**OFFR, "charge_amount": "5"}, "charges_not_supported"),
        ("TEND", {**OFFR, "charge_percent": "5"}, "charges_not_supported"),
        ("DVOP", {"option_type": "CASH", **GRSS, "residue_units": "WHOLE"}, "residue_not_supported"),
        ("SOFF", {**ADEX, **FRACTION, "residue_units": "WHOLE"}, "residue_not_supported"),
        ("DRIP", {**GRSS, "subscription_price": "3", "residue_units": "WHOLE"}, "residue_not_supported"),
        ("ACCU", {**GRSS, **CREDIT}, "paid_in_kind"),
        ("DVCA", GRSS | {"gross_rate": "-0.50"}, "negative_rate"),
        ("REDM", GRSS | {"gross_rate": "-0.50"}, "negative_rate"),
    ],
)
def test_what_no_rule_covers_is_held_by_its_reason(event_type, terms, reason):
    with pytest.raises(Held) as held:
        outturn(event_type, terms)
    assert held.value.reason == reason


def test_every_event_type_has_its_cases():
    assert {event_type for event_type, *_ in CASES} == set(EVENT_TYPES)


def test_a_choice_between_cash_and_securities_is_worth_its_cash_where_no_price_is_given():
    announced, _ = parse_record(
        event(
            "DVOP",
            options=[
                {"option_number": "001", "option_type": "SECU", **ADEX},
                {"option_number": "002", "option_type": "CASH", **GRSS},
            ],
        )
    )
    assert outturn_of(announced, announced.options[0]).basis_price == F(3, 4)


def test_a_liquidation_that_carries_the_basis_over_takes_the_security():
    with pytest.raises(Held, match="its own security taken, where tax_treatment is ROLLOVER"):
        outturn("LIQU", {**OFFR, **CREDIT}, tax_treatment="ROLLOVER")


def test_a_rolled_over_dividend_in_securities_keeps_the_basis():
    assert outturn("DVOP", ADEX, tax_treatment="ROLLOVER").lots is LotTreatment.REORGANISE
    with pytest.raises(Held, match="leaves no whole units"):
        outturn("DVOP", ADEX | {"residue_units": "WHOLE"}, tax_treatment="ROLLOVER")


MISSING = [
    ("DVCA", USD, "gross_rate", "gross_rate and currency"),
    ("CAPD", USD, "gross_rate", "gross_rate or cash_price_received or cash_price_received_percent and currency"),
    ("SPLF", {}, "new_to_old", "new_to_old (NEWO)"),
    ("SPLF", GRSS, "new_to_old", "new_to_old (NEWO)"),
    ("BONU", {}, "additional_for_existing", "additional_for_existing (ADEX)"),
    ("MRGR", {}, "new_to_old", "new_to_old (NEWO), cash_price_received (OFFR) or both"),
    ("MRGR", {**NEWO, "proration_rate": "40"}, "cash_for_unfilled", "cash_for_unfilled for what its proration leaves"),
    ("TEND", {}, "cash_price_received", "cash_price_received (OFFR) or new_to_old (NEWO)"),
    ("CONV", {}, "new_to_old", "new_to_old (NEWO), cash_price_received (OFFR) or both"),
    ("CHAN", {}, "isin_out", "isin_out, the ISIN after the change, instead of the old one"),
    ("LIQU", {}, "gross_rate", "gross_rate or cash_price_received or cash_price_received_percent and currency"),
    ("INTR", {}, "interest_rate", "gross_rate, or interest_rate, interest_period and day_count"),
    *(
        ("INTR", {**PERIOD, name: None}, "interest_rate", "gross_rate, or interest_rate, interest_period and day_count")
        for name in ("interest_rate", "interest_period", "day_count")
    ),
    ("INTR", {**PERIOD, "day_count": "A006"}, "coupons_per_year", "coupons_per_year for day_count A006"),
    ("REDM", {}, "cash_price_received_percent", "cash_price_received_percent or cash_price_received and currency"),
    ("PCAL", {}, "cash_price_received_percent", "cash_price_received_percent or cash_price_received and currency"),
    ("PCAL", PERCENT, "redeemed_percent", "redeemed_percent, called_percent or drawn_quantity"),
    ("PRED", {}, "next_factor", "previous_factor and next_factor"),
    ("PRED", {"previous_factor": "0.8"}, "next_factor", "previous_factor and next_factor"),
    ("PRED", {"previous_factor": "0.6", "next_factor": "0.8"}, "next_factor", "a next_factor that is not above previous_factor"),
    ("PRED", {"previous_factor": "0", "next_factor": "0"}, "next_factor", "a next_factor that is not above previous_factor"),
    ("DVOP", {**GRSS}, "additional_for_existing", "a ratio, or gross_rate and subscription_price"),
    ("DVOP", {"subscription_price": "10", **USD}, "additional_for_existing", "a ratio, or gross_rate and subscription_price"),
    ("DVOP", {"option_type": "CASH"}, "gross_rate", "gross_rate and currency"),
    ("RHDI", RTUN, "intermediate_to_underlying", "intermediate_to_underlying (RTUN) and isin_out"),
    ("RHDI", {"isin_out": SAP}, "intermediate_to_underlying", "intermediate_to_underlying (RTUN) and isin_out"),
    ("EXRI", {"option_type": "SLLE"}, "cash_price_received", "cash_price_received or gross_rate and currency"),
    ("EXRI", {"option_type": "EXER", "subscription_price": "3", **USD}, "new_to_old", "new_to_old (NEWO)"),
    *(
        ("EXRI", {"option_type": kind, **NEWO}, "subscription_price", "subscription_price (PRPP)")
        for kind in ("EXER", "BUYA", "OVER")
    ),
]  # fmt: skip


@pytest.mark.parametrize(("event_type", "terms", "field", "what"), MISSING)
def test_what_the_notice_lacks_is_named(event_type, terms, field, what):
    with pytest.raises(Held) as held:
        outturn(event_type, terms)
    assert (held.value.field, held.value.detail) == (f"options.{field}", f"option 001 of a {event_type} needs {what}")
    assert str(held.value) == f"{held.value.field}: {held.value.detail}"


@pytest.mark.parametrize(
    "terms", [{"cash_price_received_percent": "98"}, {"cash_price_received_percent": "98", "called_percent": "5"}]
)
def test_cash_without_a_currency_is_held(terms):
    with pytest.raises(Held) as held:
        outturn("PCAL" if "called_percent" in terms else "REDM", terms)
    assert (held.value.field, held.value.detail) == (
        "options.currency", "option 001 pays or takes cash: its currency is needed")  # fmt: skip


def test_two_ratios_are_one_too_many():
    with pytest.raises(Held) as held:
        outturn("SPLF", {**NEWO, **ADEX})
    assert (held.value.field, held.value.detail) == (
        "new_to_old", "option 001 has both new_to_old and additional_for_existing")  # fmt: skip


@pytest.mark.parametrize(
    ("disposition", "counted"), [("", 30), ("RDDN", 30), ("CINL", 30), ("BUYU", 30), ("RDUP", 35), ("STAN", 35)]
)
def test_whole_multiples_are_rounded_once_and_what_is_debited_follows(disposition, counted):
    half = Outturn(accepted=F(1, 2), multiple=F(5), disposition=disposition)
    for debit, debited in ((Debit.NOTHING, 0), (Debit.ACCEPTED, counted), (Debit.ALL, 65)):
        accepted = replace(half, debit=debit).accept(F(65))
        assert (accepted.accepted, accepted.counted, accepted.debited) == (F(65, 2), counted, debited)


def test_what_was_drawn_is_accepted_as_it_is():
    accepted = Outturn(most=Decimal(7), debit=Debit.ACCEPTED).accept(F(100))
    assert (accepted.accepted, accepted.counted, accepted.debited) == (7, 7, 7)
