"""Explanations of lots, realised rows, claims, reversals and dates: some word for word, and of every row of the worked examples its figures."""

import json
import re
from fractions import Fraction

import pytest

from domain.calculation import calculate_document
from domain.corporate_actions import LotTreatment
from domain.lots import law
from domain.lots.disposal import Use
from domain.lots.short_explanation import BELOW_ZERO
from tests.unit.domain.facts import APPLE, account, document, event, position, trade
from tests.unit.domain.test_random_life import LIVES, document_after
from tests.unit.domain.test_worked_examples import CASES

KEYS = {"tax_lots": "lot_id", "realised": "lot_id", "market_claims": "trade_id"}
DAY = r"\d{4}-\d\d-\d\d"
NUMBER = r"-?\d+(?:\.\d+)?"
FIGURES = {
    "tax_lots": ("quantity", "quantity_ratio", "cost_basis", "acquisition_date", "holding_period_start", "closed_at"),
    "realised": ("quantity", "proceeds", "cost_basis", "gain_loss", "holding_term", "date", "disallowed_loss"),
    "market_claims": (
        *("claim_type", "quantity", "quantity_ratio", "securities_movements", "market_claim_amount", "payment_date"),
    ),
    "transformations": (
        *("old_quantity", "quantity", "quantity_ratio", "fraction_quantity", "securities_movements"),
        *("settlement_amount", "cash_amount", "cash_in_lieu_amount"),
    ),
    "buyer_protections": ("quantity",),
    "corporate_actions": ("ex_date", "payment_date"),
    "reversals": (
        *("eligible_quantity", "debited_quantity", "entitled_quantity", "quantity_ratio", "gross_amount"),
        *("withholding_tax_amount", "second_level_tax_amount", "net_amount", "tax_reclaim_amount", "components"),
        *("cash_in_lieu_amount", "subscription_amount", "charge_amount", "entitled_amount", "payment_amount"),
        *("securities_movements", "tax_credit_amount"),
    ),
    "entitlements": (
        *("eligible_quantity", "fraction_quantity", "entitled_quantity", "quantity_ratio", "gross_amount"),
        *("accrued_interest_amount", "withholding_tax_rate", "withholding_tax_amount", "components"),
        *("second_level_tax_rate", "second_level_tax_amount", "tax_reclaim_amount", "reclaim_deadline", "net_amount"),
        *("cash_in_lieu_amount", "subscription_amount", "charge_amount", "securities_movements", "entitled_amount"),
        *("payment_amount", "payment_date", "tax_credit_amount"),
    ),
}
"""What the explanation of a row has to show. Of reversals and entitlements a zero needs none."""
CODES = ("claim_type", "holding_term")
NO_ZEROS = ("entitlements", "reversals")

EXPLAINED = {
    ("lots_us_wash_sale", "realised", "B1"): """
        quantity: 100 of lot B1, of 100 given up by S1 on 2026-03-02 -> 100 [relief_method FIFO: the oldest first (Treas. Reg. §1.1012-1(c)(1))]
        proceeds: 4000.00 -> 4000.00 [by units; the last part takes the rounding]
        cost_basis: 5000.00 -> 5000.00 [IRC §1011, §1012: the lot's own basis; what is rounded stays with the rest]
        gain_loss: 4000.00 - 5000.00 -> -1000.00 [IRC §1001(a)]
        holding_term: held since 2025-01-10, given up on 2026-03-02 -> LONG [LONG from the day after the start of the holding period plus one year on: IRC §1222; Rev. Rul. 66-7]
        disallowed_loss: 600.00 for 60 units of lot B2 -> 600.00 [IRC §1091(a), (d); Treas. Reg. §1.1091-1, §1.1091-2: shares acquired within 30 days take over the loss]""",
    ("lots_us_wash_sale", "tax_lots", "B2"): """
        acquisition_date: that day -> 2026-03-20 [BUY B2 of 2026-03-20: IRC §1012: what was paid for it]
        quantity: 60 -> 60 [BUY B2 of 2026-03-20: IRC §1012: what was paid for it]
        cost_basis: 60 x 42 -> 2520.00 [BUY B2 of 2026-03-20: IRC §1012: what was paid for it]
        holding_period_start: 2026-03-20 less 416 days that the shares sold were held -> 2025-01-28 [IRC §1223(3): the holding period of the shares sold is included]
        cost_basis: 2520.00 + 600.00, the loss of 60 units -> 3120.00 [BUY B2 of 2026-03-20: IRC §1091(a), (d); Treas. Reg. §1.1091-1, §1.1091-2: shares acquired within 30 days take over the loss]""",
    ("lots_uk_thirty_days", "realised", "B1"): """
        quantity: 250 of lot B1, of 400 given up by S1 on 2026-03-02 -> 250 [TCGA 1992 s.104: what neither s.105 nor s.106A matches is of the pool]
        proceeds: 2000.00 x 250 / 400 = 1250 -> 1250.00 [by units; the last part takes the rounding]
        cost_basis: 4000.00 x 250 / 1000 = 1000, of all 1000 units that are pooled -> 1000.00 [TCGA 1992 s.104, s.110A: a holding is one asset, at its average cost]
        gain_loss: 1250.00 - 1000.00 -> 250.00 [TCGA 1992 s.38]
        holding_term: held since 2025-01-10, given up on 2026-03-02 -> LONG [no bearing on UK tax; LONG from the day after the start of the holding period plus one year on]""",
    ("lots_uk_thirty_days", "realised", "B2"): """
        quantity: 150 of lot B2, of 400 given up by S1 on 2026-03-02 -> 150 [TCGA 1992 s.106A(5): shares acquired in the 30 days after the disposal, the earliest first]
        proceeds: 2000.00 x 150 / 400 = 750 -> 750.00 [by units; the last part takes the rounding]
        cost_basis: 675.00, of all 150 units of that day -> 675.00 [TCGA 1992 s.106A(5): shares acquired in the 30 days after the disposal, the earliest first]
        gain_loss: 750.00 - 675.00 -> 75.00 [TCGA 1992 s.38]
        holding_term: held since 2026-03-20, given up on 2026-03-02 -> SHORT [no bearing on UK tax; LONG from the day after the start of the holding period plus one year on]""",
    ("transfer_of_an_average_holding", "tax_lots", "B1/T1"): """
        acquisition_date: of lot B1 -> 2024-01-10 [T1, 2025-06-02: transfer: no gain or loss; basis and dates go with the lot (Treas. Reg. §1.6045A-1(b))]
        quantity: 60 of lot B1 of ACC-1 -> 60 [T1, 2025-06-02: transfer: no gain or loss; basis and dates go with the lot (Treas. Reg. §1.6045A-1(b))]
        cost_basis: 2000.00 x 60 / 150 -> 800.00 [T1, 2025-06-02: transfer: no gain or loss; basis and dates go with the lot (Treas. Reg. §1.6045A-1(b))]""",
    ("soff_derived_allocation_is_not_rounded", "tax_lots", "B1/CA-1"): """
        acquisition_date: of lot B1 -> 2024-01-10 [CA-1, 2026-03-16: IRC §307(a), §358(b), §1223: basis spreads over old and new shares, which are held as long]
        quantity: 10000 x 0.25 -> 2500 [CA-1, 2026-03-16: IRC §307(a), §358(b), §1223: basis spreads over old and new shares, which are held as long]
        cost_basis: 1000000.00 of lot B1 x 3/31 = 96774.19 (by market value: 0.25 x 30 / (0.25 x 30 + 1 x 70)) -> 96774.19 [CA-1, 2026-03-16: IRC §307(a), §358(b), §1223: basis spreads over old and new shares, which are held as long]""",
    ("mrgr_boot_and_fraction", "realised", "B1"): """
        quantity: cash of CA-1 for lot B1, whose units stay -> 0 [IRC §356(a), (c), §358(a): gain is recognised up to the cash, no loss is]
        proceeds: cash 1010.00 -> 1010.00 [IRC §356(a), (c), §358(a): gain is recognised up to the cash, no loss is]
        cost_basis: 1010.00 - 1010.00, the gain (1010.00 + 2020 - 1010 = 2020) from 0 to the cash -> 0.00 [IRC §356(a), (c), §358(a): gain is recognised up to the cash, no loss is]
        gain_loss: 1010.00 - 0.00 -> 1010.00 [IRC §1001(a)]
        holding_term: held since 2024-01-10, given up on 2026-03-16 -> LONG [LONG from the day after the start of the holding period plus one year on: IRC §1222; Rev. Rul. 66-7]""",
    ("capd_uk_small_by_its_amount", "tax_lots", "B1"): """
        acquisition_date: that day -> 2005-01-10 [BUY B1 of 2005-01-10: TCGA 1992 s.38(1)(a): the consideration given for it]
        quantity: 20000 -> 20000 [BUY B1 of 2005-01-10: TCGA 1992 s.38(1)(a): the consideration given for it]
        cost_basis: 20000 x 3 -> 60000.00 [BUY B1 of 2005-01-10: TCGA 1992 s.38(1)(a): the consideration given for it]
        cost_basis: 57000.00 x 20000 / 20000, of all 20000 units left in the pool, after 3000.00 for cash (cash 3000.00, at most 60000); the last lot takes the rounding -> 57000.00 [CA-1, 2012-03-01: TCGA 1992 s.122(2), (4); HMRC CG57835: cash of at most 5 % of the value or GBP 3,000 is deducted from the cost]""",
    ("claim_on_the_seller", "market_claims", "T1"): """
        claim_type: dealt cum on 2026-03-13, ex_date 2026-03-16; settled on 2026-03-18, after the key date 2026-03-17 -> MARKET_CLAIM [ECSDA/CAJWG Market Standards for Corporate Actions Processing, Market Claims; T2S Corporate Actions Standards, market claims 3 to 8]
        gross_amount: 100 x 0.25 (gross_rate 0.25) = 25 USD -> 25.00 [SMPG Global Market Practice Part 2 (EIG+), DVCA MAND CASH; ISO 15022 22F::CAEV//DVCA]
        quantity: -100 -> -100 [SELL of T1, debited]
        market_claim_amount: -(25.00 + 0.00) -> -25.00 [SELL of T1, debited, before taxes]
        payment_date: 2026-03-27 -> 2026-03-27 [as announced: no market calendar is there for it]""",
    ("ex_date_across_24_december_in_frankfurt", "corporate_actions", "CA-1"): """
        ex_date: trades of 2025-12-23 are the last to settle by record_date 2025-12-29 (cycle 2); 2025-12-24 (no trading), 2025-12-25 (holiday), 2025-12-26 (holiday), 2025-12-27 (weekend), 2025-12-28 (weekend) -> 2025-12-29 [the first trading day of XETR whose trades settle after the record date]
        payment_date: 2025-12-31 -> 2025-12-31 [a settlement day of XETR]""",
    ("ex_date_large_distribution", "corporate_actions", "CA-1"): """
        ex_date: 25 % is at least 25 %, announced to be paid on 2026-04-02; 2026-04-03 (holiday), 2026-04-04 (weekend), 2026-04-05 (weekend) -> 2026-04-06 [the first trading day of XNYS after the payment of a large distribution (FINRA Rule 11140(b))]
        payment_date: 2026-04-02 -> 2026-04-02 [a settlement day of XNYS]""",
    ("payment_on_a_settlement_holiday_rolls", "corporate_actions", "CA-1"): """
        ex_date: 2026-09-21 -> 2026-09-21 [as announced: never checked against a calendar]
        payment_date: 2026-10-12; 2026-10-12 (no settlement) -> 2026-10-13 [rolled to the next settlement day of XNYS]""",
}


def worked(path):
    return json.loads(path.read_text(encoding="utf-8"))["document"]


def lines(row):
    return [f"{step['name']}: {step['arithmetic']} -> {step['result']} [{step['rule']}]" for step in row["explanation"]]


@pytest.mark.parametrize(("case", "part", "identity"), EXPLAINED)
def test_every_step_is_written_out_with_the_law_of_the_accounts_regime(case, part, identity):
    (path,) = (path for path in CASES if path.stem == case)
    rows = calculate_document(worked(path), explained=True)[part]
    row = next(row for row in rows if row[KEYS.get(part, "corporate_action_event_id")] == identity)
    assert lines(row) == [line.strip() for line in EXPLAINED[case, part, identity].strip().splitlines()]


def test_every_treatment_of_lots_and_every_use_of_cash_names_its_law():
    reorganised = {LotTreatment.KEEP, LotTreatment.REORGANISE}
    assert set(law.TREATMENTS) | reorganised == set(LotTreatment)
    assert set(law.USES) == set(Use)


def ended(function):
    return {"record_type": "corporate_action", "corporate_action_event_id": "CA-1", "version": 2, "function": function}


def test_a_reversal_says_what_ended_the_event_or_that_the_result_was_paid_and_replaced():
    withdrawn = calculate_document(document(account(), position("100"), event(), ended("WITH")), explained=True)
    paid = {"record_type": "confirmation", "posting_amount": "25.00", "version": 1} | {
        "corporate_action_event_id": "CA-1", "safekeeping_account": "ACC-1", "option_number": "001",
    }  # fmt: skip
    replaced = event(version=2, function="REPL", option={"gross_rate": "0.5", "currency": "USD"})
    other = calculate_document(document(account(), position("100"), event(), replaced, paid), explained=True)
    for result, why in (
        (withdrawn, "version 2, WITH, ends the event"),
        (other, "it was confirmed as paid, and version 2, REPL, replaces it"),
    ):
        (row,) = result["reversals"]
        said = f"gross_amount: -1 x 25.00 -> -25.00 [version 1 is taken back in full: {why} (ISO 15022 MT566 REVR, ISO 20022 seev.037)]"
        assert said in lines(row)


def figures(value, *, taken_back):
    """Every number and day in a value of a row, and in its parts; of what is taken back no rates, which stay."""
    if isinstance(value, dict):
        told = [part for name, part in value.items() if not (taken_back and name == "rate")]
        return [figure for part in told for figure in figures(part, taken_back=taken_back)]
    if isinstance(value, list):
        return [figure for part in value for figure in figures(part, taken_back=taken_back)]
    return [value] if isinstance(value, str) and re.fullmatch(f"{NUMBER}|{DAY}", value) else []


def unexplained(part, row):
    text = " ".join(" ".join(step.values()) for step in row["explanation"])
    said = {
        *re.findall(rf"(?<![\d.]){NUMBER}(?![\d.]*\d)", text),
        *re.findall(DAY, text),
        *re.findall(r"[A-Z_]+", text),
    }
    for name in FIGURES[part]:
        for figure in [row[name]] if name in CODES else figures(row[name], taken_back=part == "reversals"):
            is_zero = re.fullmatch(r"-?0(\.0*)?", figure)
            if figure not in said and not (is_zero and part in NO_ZEROS):
                yield f"{part} {name} {figure}"


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_every_row_has_an_explanation_in_which_each_of_its_figures_stands(path):
    result = calculate_document(worked(path), explained=True)
    assert [wrong for part in FIGURES for row in result[part] for wrong in unexplained(part, row)] == []
    assert [(part, row) for part in FIGURES for row in result[part] if not row["explanation"]] == []


@pytest.mark.parametrize(("seed", "methods"), LIVES[2::3])
def test_every_row_of_a_random_life_has_an_explanation_in_which_each_of_its_figures_stands(seed, methods):
    result = calculate_document(document_after(seed, methods), explained=True)
    assert len(result["tax_lots"]) > 10
    assert [wrong for part in FIGURES for row in result[part] for wrong in unexplained(part, row)] == []


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_an_explanation_changes_nothing_and_is_there_only_if_asked_for(path):
    explained = calculate_document(worked(path), explained=True)
    for row in (row for part in FIGURES for row in explained[part]):
        assert isinstance(row.pop("explanation"), list)
    assert explained == calculate_document(worked(path))


WORDS = r"""(?x) ,\ of\ all\ .* | ,\ (for\ [\d.]+\ )?of\ [\d.]+\ given\ up\ .*
    | (?<=\d)\ for\ [\d.]+\ units | (?<=\w)\ \(.* | ,\ the\ (gain|loss)\ .* | \ of\ lot\ [^\s),]+
    | \ [A-Z]{3}(?=\ [x/])|\ [A-Z]{3}\ for\ 1\ [A-Z]{3} | settlement_amount\  | \ of\ the\ rights | \ subscribed | \ accepted | \ for\ cash | cash\ (?=\d)"""
"""What says of an operand whose it is, or of the result why."""


def value_of(arithmetic):
    """The value of numbers with x, /, + and -, read exactly; None of anything else."""
    if not re.fullmatch(r"[-\d. x/+()]+", arithmetic):
        return None
    exact = re.sub(r"\d+(\.\d+)?", lambda number: f"Fraction('{number[0]}')", arithmetic).replace(" x ", " * ")
    return eval(exact, {"Fraction": Fraction})


def checked(row):
    """(step, value of its arithmetic) where it is made of numbers: as it stands, or up to its own `= value`."""
    for step in row["explanation"]:
        owed = BELOW_ZERO in step["arithmetic"]
        said = step["arithmetic"].replace(BELOW_ZERO, "")
        arithmetic, _, exact = re.sub(WORDS, "", said).partition(" = ")
        value = value_of(arithmetic) if re.fullmatch(NUMBER, step["result"]) else None
        if value is not None:
            yield step, -value if owed else value, f"-{exact}" if owed else exact


@pytest.mark.parametrize(("seed", "methods"), LIVES[2::3])
def test_arithmetic_of_a_random_life_gives_its_figure_but_for_the_rounding_that_the_last_of_many_lots_takes(
    seed, methods
):
    result = calculate_document(document_after(seed, methods), explained=True)
    for row in (row for part in ("tax_lots", "realised") for row in result[part]):
        for step, value, _ in checked(row):
            assert abs(value - Fraction(step["result"])) < Fraction(1, 10), step


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_arithmetic_that_is_reckoned_again_gives_its_figure_to_the_unit_in_which_it_is_rounded(path):
    result = calculate_document(worked(path), explained=True)
    for row in (row for part in ("tax_lots", "realised", "market_claims", "reversals") for row in result[part]):
        for step, value, exact in checked(row):
            unit = Fraction(1, 10 ** len(step["result"].partition(".")[2]))
            assert abs(value - Fraction(step["result"])) < 2 * unit, step
            assert not re.fullmatch(NUMBER, exact) or abs(value - Fraction(exact)) < Fraction(1, 100), step


def test_most_figures_of_lots_and_realised_rows_can_be_reckoned_again():
    rows = [
        row
        for path in CASES
        for part in ("tax_lots", "realised")
        for row in calculate_document(worked(path), explained=True)[part]
    ]
    amounts = [step for row in rows for step in row["explanation"] if re.fullmatch(NUMBER, step["result"])]
    assert sum(1 for row in rows for _ in checked(row)) > 0.9 * len(amounts)


def test_a_purchase_whose_part_replaces_a_loss_says_so_of_both_lots():
    sold = [
        trade("B1", "BUY", "100", "2025-01-10", "50"),
        trade("S1", "SELL", "40", "2026-03-02", "40"),
        trade("B2", "BUY", "100", "2026-03-20", "42"),
    ]
    result = calculate_document(document(account(lot_regime="US_WASH_SALE"), *sold), explained=True)
    rest, replacing = (row for row in result["tax_lots"] if row["isin"] == APPLE and row["lot_id"].startswith("B2"))
    rule = "BUY B2 of 2026-03-20: IRC §1091(a), (d); Treas. Reg. §1.1091-1, §1.1091-2: shares acquired within 30 days take over the loss"
    assert f"quantity: 100 - 40 -> 60 [{rule}]" in lines(rest)
    assert f"cost_basis: 4200.00 x 40 / 100 -> 1680.00 [{rule}]" in lines(replacing)
    assert f"cost_basis: 1680.00 + 400.00, the loss of 40 units -> 2080.00 [{rule}]" in lines(replacing)
