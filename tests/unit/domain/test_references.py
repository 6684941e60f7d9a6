"""What `calculate` says of a record that names another one which is not there: every reference of every record type, and nothing in silence.

The engine says the same (tests/agreement), and holds the record until the other one comes.
"""

from typing import get_args

import pytest

from domain.calculation import calculate_document
from domain.lots.lot import OpeningLot
from domain.records import Record
from domain.records.declared import declared
from tests.unit.domain.facts import APPLE, SAP, account, document, event, position, trade

CASH = {"cash_price_received_percent": "100", "currency": "USD"}
ONE = {"numerator": "1", "denominator": "1"}
DRAW, CHOICE = event("DRAW", CASH), event(mandatory_voluntary="CHOS")
HELD = (account(), position("100"))
PAID = (*HELD, event())
BOUGHT = trade("B", "BUY", "100", "2025-01-02")
BOTH = (account(), account("ACC-2"), BOUGHT)
SPECIFIC = account(relief_method="SPECIFIC")
OF = {"corporate_action_event_id": "CA-1", "safekeeping_account": "ACC-1", "option_number": "001"}
NOBODY, NO_EVENT = {"safekeeping_account": "ACC-9"}, {"corporate_action_event_id": "CA-9"}
LOT_OF_NOBODY = [{"lot_id": "X", "quantity": "5"}]


def elect(**changes):
    return {"record_type": "election", **OF, "election_id": "E", "quantity": "10", "entered_by": "ann"} | changes


def drawn(**changes):
    return {"record_type": "drawing", **OF, "quantity": "10"} | changes


def confirm(**changes):
    return {"record_type": "confirmation", **OF} | changes


def release(**changes):
    return {"record_type": "election_release", "election_id": "E", "released_by": "bob"} | changes


def state(**changes):
    line = {"safekeeping_account": "ACC-1", "isin": APPLE, "as_of_date": "2026-03-16", "aggregate": "100"}
    return {"record_type": "statement"} | line | changes


def move(**changes):
    ends = {"from_safekeeping_account": "ACC-1", "to_safekeeping_account": "ACC-2"}
    terms = {"transfer_id": "M", "isin": APPLE, "quantity": "5", "transfer_date": "2026-02-02"}
    return {"record_type": "transfer"} | ends | terms | changes


def tell(**changes):
    return {"record_type": "advice", "corporate_action_event_id": "CA-1", "status": "PEND"} | changes


def lot(**changes):
    terms = {"lot_id": "L", "acquisition_date": "2025-01-02", "quantity": "9", "cost_basis": "90", "currency": "USD"}
    return {"safekeeping_account": "ACC-1", "isin": APPLE} | terms | changes


NAMED = [
    ("position.safekeeping_account", [position("5", **NOBODY)], "position safekeeping_account unknown_account"),
    ("position.isin", [*HELD, {"isin": SAP}], "break UNKNOWN_SECURITY"),
    ("position.source", [*HELD, position("7", source="B")], "position source second_source"),
    ("trade.safekeeping_account", [BOUGHT], "trade safekeeping_account unknown_account"),
    ("trade.isin", [account(), BOUGHT], ""),
    ("trade.currency", [account(tax_currency="EUR"), BOUGHT], "trade currency missing_exchange_rate"),
    ("trade.quantity_breakdown.lot_id",
     [SPECIFIC, BOUGHT, trade("S", "SELL", "5", "2026-02-02", quantity_breakdown=LOT_OF_NOBODY)],
     "trade quantity insufficient_lots"),
    ("transfer.from_safekeeping_account", [account("ACC-2"), move()],
     "transfer from_safekeeping_account unknown_account, transfer quantity insufficient_lots"),
    ("transfer.to_safekeeping_account", [account(), BOUGHT, move()], "transfer to_safekeeping_account unknown_account"),
    ("transfer.isin", [*BOTH, move()], ""),
    ("transfer.lots.lot_id", [*BOTH, move(lots=LOT_OF_NOBODY)], "transfer quantity insufficient_lots"),
    ("lot.safekeeping_account", [lot()], "lot safekeeping_account unknown_account"),
    ("lot.isin", [account(), lot()], ""),
    ("lot.parent_lot_id", [account(), lot(parent_lot_id="X")], ""),
    ("corporate_action.isin", [account(), event()], ""),
    ("corporate_action.options.isin_out", [*HELD, event("BONU", {"additional_for_existing": ONE, "isin_out": SAP})], ""),
    ("corporate_action.options.isin_intermediate",
     [*HELD, event("RHDI", {"intermediate_to_underlying": ONE, "isin_intermediate": SAP})], ""),
    ("corporate_action.options.securities_movements.isin",
     [*HELD, event("BONU", {"additional_for_existing": ONE, "securities_movements": [{"isin": SAP, "ratio": ONE}]})], ""),
    ("corporate_action.linked_events.corporate_action_event_id",
     [*HELD, event(linked_events=[NO_EVENT | {"processing_position": "AFTE"}])], ""),
    ("corporate_action.options.drawn_quantities.safekeeping_account",
     [*HELD, event("DRAW", CASH | {"drawn_quantities": [NOBODY | {"quantity": "5"}]})], ""),
    ("election.safekeeping_account", [*PAID, elect(**NOBODY)],
     "election safekeeping_account unknown_account, election entered_by not_released"),
    ("election.safekeeping_account", [account(), CHOICE, elect(entered_by=None)], "election quantity no_holding"),
    ("election.corporate_action_event_id", [*PAID, elect(**NO_EVENT)], "election corporate_action_event_id unknown_event"),
    ("election.option_number", [*HELD, CHOICE, elect(option_number="009", entered_by=None)],
     "corporate_action option_number unknown_option"),
    ("election_release.election_id", [*PAID, release()], "election_release election_id unknown_election"),
    ("election_release.election_sequence", [*HELD, CHOICE, elect(), release(election_sequence=3)], "election entered_by not_released"),
    ("drawing.safekeeping_account", [*PAID, drawn(**NOBODY)],
     "drawing safekeeping_account unknown_account, corporate_action event_type not_drawn"),
    ("drawing.safekeeping_account", [account(), DRAW, drawn()], "corporate_action quantity drawn_above_holding"),
    ("drawing.corporate_action_event_id", [*PAID, drawn(**NO_EVENT)], "drawing corporate_action_event_id unknown_event"),
    ("drawing.option_number", [*HELD, DRAW, drawn(option_number="009")], "corporate_action option_number unknown_option"),
    ("confirmation.safekeeping_account", [*PAID, confirm(**NOBODY)],
     "confirmation safekeeping_account unknown_account, break MISSING_OURS"),
    ("confirmation.corporate_action_event_id", [*PAID, confirm(**NO_EVENT)],
     "confirmation corporate_action_event_id unknown_event, break MISSING_OURS"),
    ("confirmation.option_number", [*PAID, confirm(option_number="009")], "break MISSING_OURS"),
    ("confirmation.version", [*PAID, confirm(version=9)], "break VERSION_MISMATCH"),
    ("confirmation.isin", [*PAID, confirm(isin=SAP, posting_quantity="1")], "break UNKNOWN_SECURITY"),
    ("confirmation.securities_movements.isin",
     [*PAID, confirm(securities_movements=[{"isin": SAP, "posting_quantity": "1"}])], "break UNKNOWN_SECURITY"),
    ("advice.safekeeping_account", [*PAID, tell(**NOBODY)], "advice safekeeping_account unknown_account"),
    ("advice.corporate_action_event_id", [*PAID, tell(**NO_EVENT)], "advice corporate_action_event_id unknown_event"),
    ("advice.election_id", [*PAID, tell(election_id="X")], "advice election_id unknown_election"),
    ("advice.option_number", [*HELD, CHOICE, elect(entered_by=None), tell(election_id="E", option_number="009")], ""),
    ("statement.safekeeping_account", [state(**NOBODY)], "statement safekeeping_account unknown_account, break MISSING_OURS"),
    ("statement.isin", [*HELD, state(isin=SAP)], "break MISSING_OURS"),
    ("statement.corporate_action_event_id", [*HELD, state(aggregate="90", **NO_EVENT)],
     "statement corporate_action_event_id unknown_event, break QUANTITY"),
]  # fmt: skip
"""(Field, records of which the last one names what is not there, what is said: rejected rows by record, field and code, and breaks).

Where nothing is said nothing is missed: reference data of securities is optional; a link orders two events that are there; of a lot given
at the opening the parent is history; a drawing lists holders of other servicers too; an advice is shown
as it is said.
"""
OWN = {
    *(
        "account.safekeeping_account",
        "corporate_action.corporate_action_event_id",
        "corporate_action.options.option_number",
    ),
    *("election.election_id", "lot.lot_id", "security.isin"),
}
"""Fields that name the record itself."""


def naming(record, path):
    """Fields that name a record, with dots between levels."""
    for name, field in declared(record).items():
        if field.record:
            yield from naming(field.record, f"{path}{name}.")
        elif name.endswith(
            ("_account", "isin", "event_id", "election_id", "lot_id", "option_number")
        ) or name.startswith("isin_"):
            yield f"{path}{name}"


def test_every_field_that_names_a_record_has_a_row():
    fields = {name for record in get_args(Record) for name in naming(record, f"{record.record_type}.")}
    fields |= set(naming(OpeningLot, "lot."))
    assert fields - {"corporate_action.official_event_id"} == {field for field, *_ in NAMED} & fields | OWN


@pytest.mark.parametrize(("field", "records", "said"), NAMED, ids=[f"{field} {said}" for field, _, said in NAMED])
def test_what_names_a_record_that_is_not_there_is_told_by_record_field_and_code(field, records, said):
    lots, securities = ([record for record in records if min(record) == name] for name in ("acquisition_date", "isin"))
    facts = [record for record in records if "record_type" in record]
    result = calculate_document(document(*facts, lots=lots, securities=securities))
    told = {" ".join(row[name] for name in ("record", "field", "reason")) for row in result["rejected"]}
    told |= {f"break {row['code']}" for row in result["breaks"]} & {*said.split(", ")}
    assert told == set(filter(None, said.split(", ")))
