"""The engine on PostgreSQL gives what `calculate` gives, for every event type, whatever the order of arrival."""

import json
import random
from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.calculation import PARTS, calculate_document
from domain.rules import MarketCalendars, Rules, WithholdingRates
from tests.unit.engine.feeding import feed, rows

WORKED = Path(__file__).parents[1] / "domain" / "worked"
LATER = datetime(2030, 1, 1, tzinfo=UTC)
CASES = (
    *(
        "bonu_rounded_down",
        "capd_beyond_basis",
        "draw_by_lot",
        "drip_reinvested",
        "drip_reinvested_lots",
        "dvca_components_germany",
    ),
    *("dvop_stock_lots", "dvse_cash_in_lieu_with_its_own_basis", "intr_a006_long_first_period", "mcal_above_par"),
    *("mrgr_boot_lot_by_lot", "mrgr_two_classes", "pcal_in_multiples", "pred_lots", "redm_at_par"),
    *("rhdi_then_exri_with_basis", "rhts_exercised_sold_and_lapsed", "soff_fraction_sold", "splf_new_to_old"),
    *("splr_thirds_are_exact", "tend_two_offers", "lots_uk_thirty_days", "lots_us_wash_sale", "lots_average_pool"),
    *("life_cycle_replaced_split", "payment_on_31_december_in_frankfurt", "dvca_residence_without_a_row"),
)


@pytest.mark.parametrize("events_last", [False, True], ids=["in any order", "events last"])
@pytest.mark.parametrize("name", CASES)
def test_the_engine_gives_what_calculate_gives(connect, name, events_last):
    document = json.loads((WORKED / f"{name}.json").read_text(encoding="utf-8"))["document"]
    records = [{"record_type": kind, **raw} for part, kind in PARTS.items() for raw in document.get(part, ())]
    random.Random(name).shuffle(records)
    if events_last:
        records.sort(key=lambda record: record["record_type"] == "corporate_action")
    connection = connect()
    for index, record in enumerate(records):
        feed(connection, record, prefix=f"r{index}", rules=_rules(document), now=LATER)
    expected = calculate_document(document)
    decided = rows(connection, "SELECT result FROM entitlements WHERE status = 'CALCULATED' AND NOT is_reversal")
    own = ("revision", "status", "payment_status", "calculated_at", "calculation_key", "explanation", "rules_version")
    wanted = [{key: value for key, value in row.items() if key not in own} for row in expected["entitlements"]]
    assert _sorted({k: v for k, v in row.items() if k != "rules_version"} for (row,) in decided) == _sorted(wanted)
    lots = rows(connection, "SELECT lot_id, isin, trim_scale(quantity)::text, cost_basis::text FROM tax_lots")
    wanted_lots = [(lot["lot_id"], lot["isin"], lot["quantity"], lot["cost_basis"]) for lot in expected["tax_lots"]]
    assert sorted(lots) == sorted(wanted_lots)


def _sorted(each):
    return sorted(json.dumps(row, sort_keys=True) for row in each)


def _rules(document):
    parts = document.get("rules", {})
    rates = WithholdingRates.from_document(parts["withholding_rates"]) if parts.get("withholding_rates") else None
    calendars = MarketCalendars.from_document(parts["market_calendars"]) if parts.get("market_calendars") else None
    return Rules(rates, calendars)
