"""The whole explanation of claims, transformations and protections, each text of each branch once."""

import pytest

from domain.calculation import calculate_document
from domain.corporate_actions import EVENT_TYPES
from tests.unit.domain.facts import SAP, TOYOTA, account, document, event, position
from tests.unit.domain.test_explained_rows import lines
from tests.unit.domain.test_market_claims import dealt
from tests.unit.domain.test_pending_trades import LATE, PENDING, SPLIT, choice, elect

CLAIM = "ECSDA/CAJWG Market Standards for Corporate Actions Processing, Market Claims; T2S Corporate Actions Standards, market claims 3 to 8"
CHANGE = "T2S Corporate Actions Standards, Transformations; CAJWG likewise"
PROTECTED = "CAJWG standards and T2S Corporate Actions Standards, Buyer Protection"
ANNOUNCED = "2026-03-27 -> 2026-03-27 [as announced: no market calendar is there for it]"
SPLF = EVENT_TYPES["SPLF"].source
USD = {"currency": "USD"}
THIRDS = {"numerator": "1", "denominator": "3"}
TWO_CLASSES = {
    "isin_out": SAP, "additional_for_existing": THIRDS, "fraction_disposition": "DIST", "currency": "USD",
    "securities_movements": [{"isin": TOYOTA, "credit_debit_indicator": "CRED", "ratio": THIRDS}],
}  # fmt: skip
IN_LIEU = {"isin_out": SAP, "fraction_disposition": "CINL", "cash_in_lieu_price": "8", "currency": "USD"}


def told(part, *records):
    result = calculate_document(document(*records), explained=True)
    return [lines(row) for row in result[part]]


@pytest.mark.parametrize(
    ("side", "conditions", "settled", "said"),
    [
        ("BUY", None, "2026-03-17", "dealt cum on 2026-03-13, ex_date 2026-03-16; settled on 2026-03-17, after the key date 2026-03-16 -> MARKET_CLAIM"),
        ("BUY", "CCPN", "2026-03-17", "dealt cum on 2026-03-13, as agreed (CCPN); settled on 2026-03-17, after the key date 2026-03-16 -> MARKET_CLAIM"),
        ("SELL", "XCPN", "2026-03-16", "dealt ex on 2026-03-13, as agreed (XCPN); settled on 2026-03-16, by the key date 2026-03-16 -> REVERSE_CLAIM"),
    ],
)  # fmt: skip
def test_a_claim_on_cash_says_who_is_due_and_the_signed_figures(side, conditions, settled, said):
    agreed = {"trade_transaction_conditions": conditions} if conditions else {}
    (explained,) = told("market_claims", event(), dealt(side, "2026-03-13", settled, **agreed))
    assert explained == [
        f"claim_type: {said} [{CLAIM}]",
        "gross_amount: 100 x 0.25 (gross_rate 0.25) = 25 USD -> 25.00 [SMPG Global Market Practice Part 2 (EIG+), DVCA MAND CASH; ISO 15022 22F::CAEV//DVCA]",
        f"quantity: 100 -> 100 [{side} of T, credited]",
        f"market_claim_amount: (25.00 + 0.00) -> 25.00 [{side} of T, credited, before taxes]",
        f"payment_date: {ANNOUNCED}",
    ]


def test_a_claim_on_securities_shows_the_units_of_each_exactly():
    (explained,) = told("market_claims", event("DVSE", TWO_CLASSES), dealt("SELL", *PENDING))
    exactly = "-33.333333333333 = -100/3 exactly -> -33.333333333333"
    assert explained[0].startswith("claim_type: dealt cum on 2026-03-13, ex_date 2026-03-16; settled on 2026-03-17")
    assert explained[-4:] == [
        f"quantity: {exactly} [SELL of T, debited]",
        f"securities_movements {TOYOTA} quantity: {exactly} [as isin_out]",
        "market_claim_amount: -(0.00 + 0.00) -> 0.00 [SELL of T, debited, before taxes]",
        f"payment_date: {ANNOUNCED}",
    ]


@pytest.mark.parametrize(
    ("option", "in_lieu", "steps"),
    [
        (
            SPLIT | IN_LIEU, "4.00",
            [
                f"entitled_quantity: 33 x 3/2 (new_to_old) = 49.5, fraction 0.5 -> 49 [{SPLF}; DISF CINL]",
                "cash_in_lieu_amount: 0.5 x 8 -> 4.00 [price of one whole new security]",
                "quantity: 49, fraction 0.5 -> 49 [fractions are dealt with trade by trade]",
            ],
        ),
        (
            {"isin_out": SAP, "new_to_old": {"numerator": "1", "denominator": "7"}, "fraction_disposition": "DIST"} | USD, "0.00",
            [
                f"entitled_quantity: 33 x 1/7 (new_to_old) = 4.714285714286, fraction 0.714285714286, 4.714285714286 = 33/7 exactly -> 4.714285714286 [{SPLF}; DISF DIST]",
                "quantity: 4.714285714286 = 33/7 exactly, fraction 0.714285714286 -> 4.714285714286 [fractions are dealt with trade by trade]",
            ],
        ),
    ],
)  # fmt: skip
def test_a_transformation_says_why_the_trade_changes_and_what_it_becomes(option, in_lieu, steps):
    (explained,) = told("transformations", event("SPLF", option), dealt("BUY", *PENDING) | {"quantity": "33"})
    assert explained == [
        f"old_quantity: dealt cum on 2026-03-13, ex_date 2026-03-16; settled on 2026-03-17, after the key date 2026-03-16 -> 33 [{CHANGE}]",
        *steps,
        "settlement_amount: as trade T agreed -> 330.00 [the settlement amount stays]",
        "cash_amount: gross_amount -> 0.00 [cash beside, in the option's currency]",
        f"cash_in_lieu_amount: price of a whole security x fraction -> {in_lieu} [of all fractions]",
    ]


def test_a_transformation_with_cash_beside_names_it():
    merged = SPLIT | {"isin_out": SAP, "cash_price_received": "0.5", "currency": "USD", "option_type": "CASE"}
    (explained,) = told("transformations", event("MRGR", merged), dealt("SELL", *PENDING))
    assert "cash_amount: gross_amount -> 50.00 [cash beside, in the option's currency]" in explained


def test_a_protection_says_what_was_elected_and_what_was_not():
    first, rest = told(
        "buyer_protections", account(), position("50"), choice(), dealt("BUY", *LATE), elect("002", "120")
    )
    bought = "of 100 bought on 2026-03-13, by 2026-03-20, and settled on 2026-03-24, after it"
    assert first == [f"quantity: 70 {bought} -> 70 [{PROTECTED}; option 002 elected]"]
    assert rest == [f"quantity: 30 {bought} -> 30 [{PROTECTED}; nothing elected]"]
