"""Worked examples through the deployed system: fed to the stream under fresh names, read from the database, equal to what pencil and paper gave."""

import json
import re
import uuid
from typing import Any

import pytest

from harness.isin import fresh_isin
from harness.scenarios.scenario import scenario
from harness.system import System
from tests.database import rows
from tests.facts import feed
from tests.worked_cases import WORKED, current_rows, unmet

RATES_OF_THEIR_OWN = {
    "accu_of_two_lots_is_rounded_once",
    "bput_mandatory_redeems_all",
    "bput_with_accrued_interest",
    "drip_leftover_in_cash",
    "drip_partial",
    "drip_reinvested",
    "drip_reinvested_is_bought_whatever_the_treatment",
    "drip_reinvested_lots",
    "dvca_austrian_refund_of_a_german_holder",
    "dvca_components_japan",
    "dvca_danish_refund_to_the_cent",
    "dvca_dinar_three_decimals",
    "dvca_german_refund_of_an_irish_holder",
    "dvca_rate_of_six_decimals",
    "dvca_rate_of_the_last_old_day",
    "dvca_rate_of_the_payment_date",
    "dvca_reclaim_deadline_end_of_year",
    "dvca_reclaim_deadline_from_payment",
    "dvca_residence_with_a_row",
    "dvca_residence_without_a_row",
    "dvca_second_level_tax",
    "dvca_three_residences",
    "intr_a001_eighty_five_days",
    "intr_a001_ends_in_february",
    "intr_a001_from_a_31st_to_a_31st",
    "intr_a001_keeps_a_31st_at_the_end",
    "intr_a001_starts_at_the_end_of_february",
    "intr_a002_months_of_30_days",
    "intr_a003_broken_period",
    "intr_a003_months_of_30_days_in_an_actual_year",
    "intr_a004_actual_360",
    "intr_a005_across_a_new_year",
    "intr_a005_leap_year",
    "intr_a006_broken_period_between_coupons",
    "intr_a006_eighty_seven_days_of_a_year",
    "intr_a006_ends_of_months",
    "intr_a006_half_year_in_a_leap_year",
    "intr_a006_long_first_coupon_of_a_gilt",
    "intr_a006_long_first_period",
    "intr_a006_long_first_period_of_eleven_months",
    "intr_a006_long_last_period",
    "intr_a006_long_last_quarter_of_ends_of_months",
    "intr_a006_regular_period",
    "intr_a006_short_first_period",
    "intr_a006_short_first_year",
    "intr_a006_short_last_period",
    "intr_a006_short_last_period_of_five_months",
    "intr_a006_year_with_a_leap_day",
    "intr_a007_from_a_31st_of_january",
    "intr_a007_leaves_february_alone",
    "intr_a007_makes_a_31st_a_30th",
    "intr_a008_across_the_turn_of_a_leap_year",
    "intr_a008_into_a_leap_year",
    "intr_a009_ends_in_a_leap_year",
    "intr_a009_ends_in_another_year",
    "intr_above_its_floor",
    "intr_amount_per_denomination",
    "intr_floored_above_zero",
    "intr_row_before_the_notice",
    "intr_withholding",
    "intr_yen",
    "mcal_with_accrued_interest",
    "pcal_with_accrued_interest",
    "pred_with_interest_on_the_whole_factor",
    "redm_interest_given_per_denomination",
    "redm_with_the_last_coupon_by_icma",
    "short_at_one_place_is_netted_with_another",
}
"""Their figures come from rates that they bring along, which only `calculate` takes; the rates as deployed give others, and none for interest."""

NOTHING: dict[str, Any] = {"entitlements": [], "tax_lots": []}
"""What is compared, of a system that did nothing."""


def case_of(name: str) -> dict[str, Any]:
    case: dict[str, Any] = json.loads((WORKED / f"{name}.json").read_text(encoding="utf-8"))
    return case


def is_of_calculate(case: dict[str, Any]) -> bool:
    """Whether it has opening lots, which only `calculate` takes; rates of exchange, which are one for the whole system and others in another
    case; or a payment status, which is no part of the stored result."""
    document, expect = case["document"], case["expect"]
    paid = any("payment_status" in row for row in expect.get("entitlements", ()))
    return "exchange_rates" in document or paid or ("lots" in document and "tax_lots" in expect)


CASES = sorted(
    path.stem
    for path in WORKED.glob("*.json")
    if path.stem not in RATES_OF_THEIR_OWN
    and unmet(case_of(path.stem), NOTHING)
    and not is_of_calculate(case_of(path.stem))
)
"""The others expect a claim, a rejection or a date alone: a system that did nothing would meet what is compared here."""
PARTS = {
    "accounts": "account",
    "positions": "position",
    "trades": "trade",
    "corporate_actions": "corporate_action",
    "elections": "election",
    "election_releases": "election_release",
    "drawings": "drawing",
    "advices": "advice",
    "transfers": "transfer",
}
"""As in a document of `calculate`; said again, as these suites know the system through its contracts only."""
NAMES = (
    *("safekeeping_account", "corporate_action_event_id", "trade_id", "election_id"),
    *("transfer_id", "from_safekeeping_account", "to_safekeeping_account"),
)
AT_A_TIME = 12
"""Cases: no more, so that what other scenarios feed meanwhile is not kept waiting long."""
ISIN = re.compile(r"\b[A-Z]{2}[A-Z0-9]{9}[0-9]\b")


def renamed(name: str) -> dict[str, Any]:
    """The case of that name with securities, accounts, events and trades that nobody else has."""
    case = case_of(name)
    text, document, tag = json.dumps(case), case["document"], uuid.uuid4().hex[:8].upper()
    ids = {raw[key] for part in PARTS for raw in document.get(part, ()) for key in NAMES if key in raw}
    fresh = {each: f"{each}-{tag}" for each in ids} | {each: fresh_isin() for each in ISIN.findall(text)}
    words = "|".join(sorted(map(re.escape, fresh), key=len, reverse=True))
    made: dict[str, Any] = json.loads(re.sub(rf"(?<![\w-])(?:{words})(?![\w-])", lambda found: fresh[found[0]], text))
    return made


def records_of(case: dict[str, Any]) -> list[dict[str, Any]]:
    """The facts of the case's document, as the stream takes them."""
    return [{"record_type": kind, **raw} for part, kind in PARTS.items() for raw in case["document"].get(part, ())]


def stored(system: System, case: dict[str, Any]) -> dict[str, Any]:
    """The current entitlements and open lots of the case's accounts."""
    accounts = [raw["safekeeping_account"] for raw in case["document"]["accounts"]]
    entitlements = rows(
        system,
        """SELECT result FROM entitlements WHERE status = 'CALCULATED' AND NOT is_reversal AND safekeeping_account = ANY(%s)""",
        accounts,
    )
    lots = rows(
        system,
        """SELECT lot_id, parent_lot_id, safekeeping_account, isin, acquisition_date::text, holding_period_start::text, quantity::text,
        cost_basis::text, currency, opened_by, closed_at::text FROM tax_lots WHERE safekeeping_account = ANY(%s)""",
        accounts,
    )
    results = [row["result"] | {"status": "CALCULATED"} for row in entitlements]
    found = current_rows({"entitlements": results, "tax_lots": lots, "realised": []})
    return {kind: found[kind] for kind in NOTHING}


@pytest.mark.engine
@scenario(
    "rds.worked-examples",
    service="rds",
    feature="tables written by a task",
    lane="data plane",
    aws="rds-guide:CHAP_PostgreSQL",
)
def test_worked_examples_come_out_of_the_deployed_system_as_with_pencil_and_paper(system: System) -> None:
    cases = {name: renamed(name) for name in CASES}
    for start in range(0, len(CASES), AT_A_TIME):
        feed(
            system,
            [record for name in CASES[start : start + AT_A_TIME] for record in records_of(cases[name])],
            seconds=120,
        )
    wrong = {f"{name}: {case['claim']}": unmet(case, stored(system, case)) for name, case in cases.items()}
    assert {claim: differences for claim, differences in wrong.items() if differences} == {}
