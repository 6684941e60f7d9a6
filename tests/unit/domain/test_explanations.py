"""The whole explanation of worked examples, word for word: a person recomputes the figure from these lines and nothing else.

A line is `name: arithmetic -> result [rule]`; SOURCE stands for the event type's own source.
"""

import json

import pytest

from domain.calculation import calculate_document
from domain.corporate_actions import EVENT_TYPES
from tests.unit.domain.test_worked_examples import CASES

DOCUMENTS = {path.stem: path for path in CASES}
HELD = "settled at each place's own greatest as_of_date up to"
RELIEF = "rate US-GB, treaty 15 % (RELIEF_AT_SOURCE, documents valid at payment; worked example)"
NO_CALENDAR = "as announced: no market calendar is there for it"
ELECTED = "elections released by 2026-03-10 17:00:00+00:00"

EXPLAINED = {
    ("dvca_second_level_tax", "001"): f"""
        eligible_quantity: 10001 (DTCYUS33, 2026-03-16, CUSTODIAN-A, sequence 0) -> 10001 [{HELD} 2026-03-16]
        gross_amount: 10001 x 0.1 (gross_rate 0.10) = 1000.1 USD -> 1000.10 [SOURCE]
        withholding_tax_amount: 1000.10 x 15 % = 150.015 -> 150.02 [{RELIEF}]
        second_level_tax_amount: 1000.10 x 5 % -> 50.01 [of another jurisdiction]
        net_amount: 1000.10 - 150.02 - 50.01 -> 800.07 [gross = net + taxes]
        payment_date: 2026-03-27 -> 2026-03-27 [{NO_CALENDAR}]""",
    ("redm_with_the_last_coupon_by_icma", "001"): f"""
        eligible_quantity: 1000000 (CRSTGB22, 2026-08-15, CUSTODIAN-A, sequence 0) -> 1000000 [{HELD} 2026-10-15]
        accrued_interest_amount: 1000000 x 5 % x 61/368 of a year (A006, ACT/ACT ICMA: 2026-08-15 to 2026-10-15, by the regular period 2026-08-15 to 2027-02-15) = 8288.04347826087 USD -> 8288.04 [interest accrued until then is of this event]
        gross_amount: 1000000 x 1 (100 % of the face amount) + 1000000 x 61/7360 (interest) = 1008288.04347826087 USD -> 1008288.04 [SOURCE]
        withholding_tax_amount: 8288.04 x 0 % = 0 -> 0.00 [rate GB-GB, statutory 0 % (NONE, documents valid at payment; worked example)]
        net_amount: 1008288.04 - 0.00 - 0.00 -> 1008288.04 [gross = net + taxes]
        payment_date: 2026-10-15 -> 2026-10-15 [{NO_CALENDAR}]""",
    ("dvca_components_germany", "001"): f"""
        eligible_quantity: 1667 (DTCYUS33, 2026-05-14, CUSTODIAN-A, sequence 0) -> 1667 [{HELD} 2026-05-14]
        gross_amount: 1667 x 0.06 (gross_rate 0.06) = 100.02 EUR -> 100.02 [SOURCE]
        withholding_tax_amount: 100.02 x 26.375 % = 26.380275 -> 26.38 [rate DE, statutory 26.375 % (STANDARD_REFUND, documents valid at payment; worked example)]
        components: 25.01 income_tax (25 %) + 1.37 solidarity_surcharge (1.375 %) -> 26.38 [of the withholding tax; the last one takes the rounding]
        tax_reclaim_amount: 26.38 - 100.02 x 15 % -> 11.38 [treaty rate, STANDARD_REFUND]
        reclaim_deadline: 4 years from the end of the year of payment on 2026-05-15 -> 2030-12-31 [rate DE, statutory 26.375 % (STANDARD_REFUND, documents valid at payment; worked example)]
        net_amount: 100.02 - 26.38 - 0.00 -> 73.64 [gross = net + taxes]
        payment_date: 2026-05-15 -> 2026-05-15 [{NO_CALENDAR}]""",
    ("dvca_exchange_unit_is_event_currency", "001"): f"""
        eligible_quantity: 1000 (DTCYUS33, 2026-03-16, CUSTODIAN-A, sequence 0) -> 1000 [{HELD} 2026-03-16]
        gross_amount: 1000 x 0.25 (gross_rate 0.25) = 250 USD -> 250.00 [SOURCE]
        withholding_tax_amount: 250.00 x 15 % = 37.5 -> 37.50 [{RELIEF}]
        net_amount: 250.00 - 37.50 - 0.00 -> 212.50 [gross = net + taxes]
        payment_amount: 212.50 USD at 1 USD = 0.9234 EUR -> 196.22 [92B EXCH, 2026-03-26, ECB]
        payment_date: 2026-03-27 -> 2026-03-27 [{NO_CALENDAR}]""",
    ("dvca_exchange_of_the_net_amount", "001"): f"""
        eligible_quantity: 1237 (DTCYUS33, 2026-03-16, CUSTODIAN-A, sequence 0) -> 1237 [{HELD} 2026-03-16]
        gross_amount: 1237 x 0.2475 (gross_rate 0.2475) = 306.1575 USD -> 306.16 [SOURCE]
        withholding_tax_amount: 306.16 x 15 % = 45.924 -> 45.92 [{RELIEF}]
        net_amount: 306.16 - 45.92 - 0.00 -> 260.24 [gross = net + taxes]
        payment_amount: 260.24 USD at 1 USD = 0.9234 EUR -> 240.31 [92B EXCH, no date, no source]
        payment_date: 2026-03-27 -> 2026-03-27 [{NO_CALENDAR}]""",
    ("drip_reinvests_the_net", "002"): f"""
        eligible_quantity: 1000 (DTCYUS33, 2026-03-16, CUSTODIAN-A, sequence 0) -> 1000 [{HELD} 2026-03-16]
        instructed_quantity: option 002 SECU of CA-1 version 1 -> 1000 [elections]
        gross_amount: 1000 x 0.3 (gross_rate 0.30) = 300 USD -> 300.00 [SOURCE]
        withholding_tax_amount: 300.00 x 15 % = 45 -> 45.00 [{RELIEF}]
        net_amount: 300.00 - 45.00 - 0.00 -> 255.00 [gross = net + taxes]
        entitled_quantity: 255.00 / 12.5 = 20.4, fraction 0.4 -> 20 [SOURCE; DISF CINL]
        cash_in_lieu_amount: 0.4 x 12.50 -> 5.00 [price of one whole new security]
        entitled_amount: 0.00 + 5.00 - 0.00 -> 5.00 [the cash that moves: what is paid of the net amount, + cash in lieu - subscription]
        payment_date: 2026-03-27 -> 2026-03-27 [{NO_CALENDAR}]""",
    ("draw_by_lot", "001"): f"""
        eligible_quantity: 100000 (DTCYUS33, 2026-07-01, CUSTODIAN-A, sequence 0) -> 100000 [{HELD} 2026-07-15]
        accepted_quantity: drawn_quantity 20000 of 100000 -> 20000 [SOURCE]
        gross_amount: 20000 x 1 (100 % of the face amount) = 20000 USD -> 20000.00 [SOURCE]
        payment_date: 2026-07-15 -> 2026-07-15 [{NO_CALENDAR}]""",
    ("pcal_in_multiples", "001"): f"""
        eligible_quantity: 105000 (DTCYUS33, 2026-07-01, CUSTODIAN-A, sequence 0) -> 105000 [{HELD} 2026-07-15]
        accepted_quantity: 105000 x 0.33 = 34650, in multiples of 5000, 4650 left over -> 30000 [SOURCE]
        gross_amount: 30000 x 1 (100 % of the face amount) = 30000 USD -> 30000.00 [SOURCE]
        payment_date: 2026-07-15 -> 2026-07-15 [{NO_CALENDAR}]""",
    ("mrgr_prorated_stock_with_cash_for_the_rest", "001"): f"""
        eligible_quantity: 1000 (DTCYUS33, 2026-03-16, CUSTODIAN-A, sequence 0) -> 1000 [{HELD} 2026-03-16]
        instructed_quantity: option 001 SECU of CA-1 version 1 -> 1000 [elections]
        accepted_quantity: 1000 x 0.6 = 600 -> 600 [SOURCE]
        gross_amount: 400 x 20 (not filled) = 8000 USD -> 8000.00 [SOURCE]
        entitled_quantity: 600 x 1/2 (new_to_old) = 300, fraction 0 -> 300 [SOURCE; DISF RDDN]
        payment_date: 2026-03-16 -> 2026-03-16 [{NO_CALENDAR}]""",
    ("rhts_oversubscription_prorated", "004"): f"""
        eligible_quantity: 1000 (DTCYUS33, 2026-03-16, CUSTODIAN-A, sequence 0) -> 1000 [{HELD} 2026-03-16]
        instructed_quantity: option 004 OVER of CA-1 version 1 -> 100 [{ELECTED}]
        accepted_quantity: 100 x 0.4 = 40 -> 40 [SOURCE]
        entitled_quantity: 40 x 1/1 (new_to_old) = 40, fraction 0 -> 40 [SOURCE; DISF RDDN]
        subscription_amount: 40 x 30 -> 1200.00 [PRPP, paid by the holder]
        entitled_amount: 0.00 + 0.00 - 1200.00 -> -1200.00 [the cash that moves: what is paid of the net amount, + cash in lieu - subscription]
        payment_date: 2026-03-27 -> 2026-03-27 [{NO_CALENDAR}]""",
    ("intr_withholding", "001"): f"""
        eligible_quantity: 50000 (DTCYUS33, 2026-07-01, CUSTODIAN-A, sequence 0) -> 50000 [{HELD} 2026-07-14]
        gross_amount: 50000 x 0.025 (5 % x 181/362 of a year (A006, ACT/ACT ICMA: 2026-01-15 to 2026-07-15)) = 1250 USD -> 1250.00 [SOURCE]
        withholding_tax_amount: 1250.00 x 10 % = 125 -> 125.00 [rate IT, statutory 10 % (STANDARD_REFUND, documents valid at payment; worked example)]
        tax_reclaim_amount: 125.00 - 1250.00 x 5 % -> 62.50 [treaty rate, STANDARD_REFUND]
        net_amount: 1250.00 - 125.00 - 0.00 -> 1125.00 [gross = net + taxes]
        payment_date: 2026-07-15 -> 2026-07-15 [{NO_CALENDAR}]""",
    ("intr_amount_per_denomination", "001"): f"""
        eligible_quantity: 37000 (DTCYUS33, 2026-07-01, CUSTODIAN-A, sequence 0) -> 37000 [{HELD} 2026-07-14]
        gross_amount: 37000 x 0.02188 (gross_rate 21.88 per 1000) = 809.56 USD -> 809.56 [SOURCE]
        withholding_tax_amount: 809.56 x 0 % = 0 -> 0.00 [rate INT, statutory 0 % (NONE, documents valid at payment; worked example)]
        net_amount: 809.56 - 0.00 - 0.00 -> 809.56 [gross = net + taxes]
        payment_date: 2026-07-15 -> 2026-07-15 [{NO_CALENDAR}]""",
    ("tend_cash_accepted_in_whole_shares", "001"): f"""
        eligible_quantity: 1001 (DTCYUS33, 2026-03-16, CUSTODIAN-A, sequence 0) -> 1001 [{HELD} 2026-03-16]
        instructed_quantity: option 001 CASH of CA-1 version 1 -> 1001 [{ELECTED}]
        accepted_quantity: 1001 x 0.375 = 375.375, in multiples of 1, 0.375 left over -> 375 [SOURCE]
        gross_amount: 375 x 25 (cash_price_received 25.00) = 9375 USD -> 9375.00 [SOURCE]
        payment_date: 2026-03-16 -> 2026-03-16 [{NO_CALENDAR}]""",
    ("soff_fraction_sold", "001"): f"""
        eligible_quantity: 101 (DTCYUS33, 2026-03-16, CUSTODIAN-A, sequence 0) -> 101 [{HELD} 2026-03-16]
        entitled_quantity: 101 x 1/4 (additional_for_existing) = 25.25, fraction 0.25 -> 25 [SOURCE; DISF CINL]
        cash_in_lieu_amount: 0.25 x 30.00 -> 7.50 [price of one whole new security]
        entitled_amount: 0.00 + 7.50 - 0.00 -> 7.50 [the cash that moves: what is paid of the net amount, + cash in lieu - subscription]
        payment_date: 2026-03-27 -> 2026-03-27 [{NO_CALENDAR}]""",
    ("splr_buyu_at_one_half", "001"): f"""
        eligible_quantity: 1005 (DTCYUS33, 2026-03-16, CUSTODIAN-A, sequence 0) -> 1005 [{HELD} 2026-03-16]
        entitled_quantity: 1005 x 1/10 (new_to_old) = 100.5, fraction 0.5 -> 101 [SOURCE; DISF BUYU]
        cash_in_lieu_amount: -0.5 x 42.50 -> -21.25 [price of one whole new security]
        entitled_amount: 0.00 + -21.25 - 0.00 -> -21.25 [the cash that moves: what is paid of the net amount, + cash in lieu - subscription]
        payment_date: 2026-03-27 -> 2026-03-27 [{NO_CALENDAR}]""",
    ("mcal_with_interest_floored_at_zero", "001"): f"""
        eligible_quantity: 1000000 (DTCYUS33, 2026-07-01, CUSTODIAN-A, sequence 0) -> 1000000 [{HELD} 2026-07-15]
        accrued_interest_amount: 1000000 x 0 % (interest_floor, as interest_rate -0.30 % is below it) x 92/360 of a year (A004, ACT/360: 2026-04-14 to 2026-07-15) = 0 USD -> 0.00 [interest accrued until then is of this event]
        gross_amount: 1000000 x 1 (100 % of the face amount) + 1000000 x 0 (interest) = 1000000 USD -> 1000000.00 [SOURCE]
        payment_date: 2026-07-15 -> 2026-07-15 [{NO_CALENDAR}]""",
    ("intr_negative_is_paid_by_the_holder", "001"): f"""
        eligible_quantity: 1000000 (DTCYUS33, 2026-07-01, CUSTODIAN-A, sequence 0) -> 1000000 [{HELD} 2026-07-14]
        gross_amount: 1000000 x -23/30000 (-0.30 % x 92/360 of a year (A004, ACT/360: 2026-04-14 to 2026-07-15)) = -766.666666666667 USD -> -766.67 [SOURCE]
        payment_date: 2026-07-15 -> 2026-07-15 [{NO_CALENDAR}]""",
    ("intr_floored_at_zero", "001"): f"""
        eligible_quantity: 1000000 (DTCYUS33, 2026-07-01, CUSTODIAN-A, sequence 0) -> 1000000 [{HELD} 2026-07-14]
        gross_amount: 1000000 x 0 (0 % (interest_floor, as interest_rate -0.30 % is below it) x 92/360 of a year (A004, ACT/360: 2026-04-14 to 2026-07-15)) = 0 USD -> 0.00 [SOURCE]
        payment_date: 2026-07-15 -> 2026-07-15 [{NO_CALENDAR}]""",
    ("wrth_uk_is_a_loss_of_its_day", "001"): f"""
        eligible_quantity: 1000 (DTCYUS33, 2026-04-15, CUSTODIAN-A, sequence 0) -> 1000 [{HELD} 2026-04-15]
        debited_quantity: 1000 for nothing -> 1000 [SOURCE]""",
    ("splr_summed_over_places", "001"): f"""
        eligible_quantity: 15 (CEDELULL, 2026-03-01, CUSTODIAN-A, sequence 0) + 5 (DTCYUS33, 2026-03-16, CUSTODIAN-A, sequence 0) -> 20 [{HELD} 2026-03-16]
        entitled_quantity: 20 x 1/10 (new_to_old) = 2, fraction 0 -> 2 [SOURCE; DISF CINL]
        payment_date: 2026-03-27 -> 2026-03-27 [{NO_CALENDAR}]""",
}


@pytest.mark.parametrize(("case", "option"), EXPLAINED)
def test_every_step_is_written_out_with_its_rule(case, option):
    document = json.loads(DOCUMENTS[case].read_text(encoding="utf-8"))["document"]
    (row,) = (
        each
        for each in calculate_document(document, explained=True)["entitlements"]
        if (each["option_number"], each["status"]) == (option, "CALCULATED")
    )
    source = EVENT_TYPES[row["event_type"]].source
    steps = [
        f"{step['name']}: {step['arithmetic']} -> {step['result']} [{step['rule'].replace(source, 'SOURCE')}]"
        for step in row["explanation"]
    ]
    assert steps == [line.strip() for line in EXPLAINED[case, option].strip().splitlines()]
