"""Every record type: each field is read under its own name and kept, has its documented default, and is refused by its name."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal

import pytest

from domain.numbers.exact import plain
from domain.records import RecordError, parse_record
from tests.unit.domain.facts import APPLE, SAP, account, event, position, trade

BREAKDOWN = [{"lot_id": "L-1", "quantity": "3"}, {"lot_id": "L-2", "quantity": "7"}]


@pytest.mark.parametrize(
    ("raw", "reason", "field", "detail"),
    [
        (trade("T", "BUY", "0", "2026-01-01"), "zero_quantity", "quantity", "quantity must be above zero"),
        (
            trade("T", "SELL", "11", "2026-01-01", quantity_breakdown=BREAKDOWN),
            "breakdown_mismatch", "quantity_breakdown", "the lots named once each must add up to the quantity, not to 10",
        ),
        (
            trade("T", "SELL", "6", "2026-01-01", quantity_breakdown=[BREAKDOWN[0], BREAKDOWN[0]]),
            "breakdown_mismatch", "quantity_breakdown", "the lots named once each must add up to the quantity, not to 6",
        ),
        (
            trade("T", "BUY", "1", "2026-01-01", trade_transaction_conditions=["CCPN", "XCPN"]),
            "contradictory_conditions", "trade_transaction_conditions", "a trade is dealt cum (CCPN) or ex (XCPN), not both",
        ),
        (
            trade("T", "BUY", "1", "2026-01-01", price_type="PRCT", quantity_type="UNIT"), "percent_of_units", "quantity_type",
            "a price in percent (PRCT) is of a face amount, and the quantity is of units: give FAMT or settlement_amount",
        ),
        (
            trade("T", "SELL", "1", "2026-01-01", settlement_amount="10", accrued_interest="10.01"), "interest_above_amount",
            "accrued_interest", "10.01 is more than the settlement_amount 10, of which it is a part",
        ),
        (trade("T", "BUY", "1", "2026-01-01", quantity_type="FAMT"), "missing_field", "price_type", "price_type is required"),
        ([], "not_an_object", "", "a record is one JSON object"),
    ],
)  # fmt: skip
def test_a_faulty_trade_is_refused_in_words(raw, reason, field, detail):
    with pytest.raises(RecordError) as refused:
        parse_record(raw)
    assert (refused.value.reason, refused.value.field, refused.value.detail) == (reason, field, detail)


def required(raw):
    """The fields without which a record is refused, each by its own name."""
    found = set()
    for name in raw.keys() - {"record_type"}:
        try:
            parse_record({key: value for key, value in raw.items() if key != name})
        except RecordError as error:
            found.add(error.field if error.reason == "missing_field" else error.reason)
    return found


OF_EVENT = {"corporate_action_event_id": "CA-7", "safekeeping_account": "ACC-9", "option_number": "003"}
FULL = {
    "account": account("ACC-9") | {
        "documentation_expiry": "2026-12-30", "relief_method": "HIFO", "payment_currency": "EUR", "lot_regime": "US_WASH_SALE",
        "short_positions": True, "tax_currency": "GBP", "account_group": "desk-1", "sequence": 4,
    },
    "position": position("1000.5") | {
        "pending_receipt_quantity": "20", "pending_delivery_quantity": "30", "on_loan_quantity": "40", "borrowed_quantity": "50",
        "sequence": 4,
    },
    "trade": trade(
        "T-1", "SELL", "10", "2026-01-02", settlement_amount="101", quantity_breakdown=BREAKDOWN, matching_status="MACH",
        effective_settlement_date="2026-01-06", trade_transaction_conditions=["CCPN", "NOMC"], sequence=4, price="11",
        settlement_date="2026-01-05", function="REPL", quantity_type="FAMT", price_type="ACTU", accrued_interest="-2.5",
    ),
    "corporate_action": event("DVOP") | {
        "corporate_action_event_id": "CA-7", "version": 3, "function": "REPL", "mandatory_voluntary": "CHOS", "source_country": "DE",
        "announcement_date": "2026-03-01", "ex_date": "2026-03-02", "record_date": "2026-03-03", "effective_date": "2026-03-04",
        "payment_date": "2026-03-05", "protect_date": "2026-03-06", "response_deadline": "2026-03-07T10:00:00Z",
        "market_deadline": "2026-03-08T11:00:00Z", "place_of_listing": "XETR", "distribution_percent": "26.5",
        "tax_treatment": "TAXABLE", "official_event_id": "US0000000012345", "processing_status": "COMP", "market_prices": {APPLE: "12.5", SAP: "99"},
        "linked_events": [{"corporate_action_event_id": "CA-2", "processing_position": "AFTE"}],
    },
    "election": {
        "record_type": "election", "election_id": "E-1", **OF_EVENT, "quantity": "400", "received_at": "2026-03-01T10:00:00Z",
        "entered_by": "ann", "allocate_basis_to_rights": True, "sequence": 4,
    },
    "election_release": {
        "record_type": "election_release", "election_id": "E-1", "election_sequence": 3, "released_by": "bob",
        "received_at": "2026-03-01T10:00:00Z", "sequence": 4,
    },
    "transfer": {
        "record_type": "transfer", "transfer_id": "X-1", "from_safekeeping_account": "ACC-9", "to_safekeeping_account": "ACC-8",
        "function": "REPL", "isin": SAP, "quantity": "10", "transfer_date": "2026-03-04", "lots": BREAKDOWN, "new_cost_basis": "99.5",
        "tax_treatment": "TAXABLE", "sequence": 4,
    },
    "drawing": {"record_type": "drawing", "drawing_id": "D-1", **OF_EVENT, "quantity": "5000", "sequence": 4},
    "exchange_rate": {
        "record_type": "exchange_rate", "base": "USD", "quote": "GBP", "date": "2026-03-04", "rate": "0.7431", "source": "BoE", "sequence": 4,
    },
    "security": {
        "record_type": "security", "isin": SAP, "currency": "EUR", "country": "DE", "place_of_listing": "XETR", "sequence": 4,
    },
    "confirmation": {
        "record_type": "confirmation", **OF_EVENT, "posting_amount": "-21.25", "posting_date": "2026-03-27", "currency": "USD",
        "posting_quantity": "-5", "isin": SAP, "withholding_tax_rate": "15", "version": 2, "sequence": 4, "payment_reference": "SEME/1", "reversed_reference": "SEME/0", "charge_amount": "2.5",
        "securities_movements": [{"isin": APPLE, "posting_quantity": "7"}],
    },
    "advice": {
        "record_type": "advice", **OF_EVENT, "reference": "SEME/1", "linked_reference": "SEME/0", "election_id": "E-1",
        "status": "REJT", "quantity": "4", "reasons": ["LACK", "LATE"], "narrative": "two lines\nof words", "sequence": 4,
    },
    "statement": {
        "record_type": "statement", "safekeeping_account": "ACC-9", "isin": SAP, "safekeeping_place": "CRSTGB22", "as_of_date": "2026-03-16",
        "aggregate": "100", "available": "60", "not_available": "40", "source": "CUSTODIAN-B", "sequence": 4,
        "basis": "TRAD", "corporate_action_event_id": "CA-9",
    },
}  # fmt: skip
UNREAD = [{"field": "GENL/20C PREV", "value": "M-1", "holds": True}]
FULL = {kind: raw | {"unread": UNREAD} for kind, raw in FULL.items()}


def as_json(value):
    """What a field of a record holds, as its JSON has it; absent fields of an object in it too."""
    match value:
        case dt.datetime():
            return value.isoformat().replace("+00:00", "Z")
        case dt.date():
            return value.isoformat()
        case Decimal():
            return plain(value)
        case Mapping():
            return {name: as_json(each) for name, each in value.items()}
        case tuple():
            return [as_json(each) for each in value]
    return {each.name: as_json(getattr(value, each.name)) for each in fields(value)} if is_dataclass(value) else value


@pytest.mark.parametrize("kind", FULL)
def test_every_field_of_a_record_is_read_under_its_own_name_and_kept(kind):
    raw = FULL[kind]
    record, normalised = parse_record(raw)
    assert normalised == raw
    assert {each.name for each in fields(record)} | {"record_type"} == set(raw)
    read = {each.name: as_json(getattr(record, each.name)) for each in fields(record)}
    assert read == {name: value for name, value in raw.items() if name != "record_type"} | {
        name: read[name] for name in ("options",) if name in read
    }


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for kind, raw in FULL.items() for name in raw if name != "record_type"]
)
def test_a_field_of_the_wrong_kind_is_refused_by_its_own_name(kind, name):
    with pytest.raises(RecordError) as refused:
        parse_record(FULL[kind] | {name: 5.5})
    assert refused.value.field == name
    assert refused.value.reason
    assert refused.value.detail


ABSENT = {
    "account": {
        "documentation_status": "none", "documentation_expiry": None, "relief_method": "FIFO", "payment_currency": "", "lot_regime": "",
        "short_positions": False, "tax_currency": "", "sequence": 0,
    },
    "position": {
        "pending_receipt_quantity": 0, "pending_delivery_quantity": 0, "on_loan_quantity": 0, "borrowed_quantity": 0, "sequence": 0,
        "source": "",
    },
    "trade": {
        "function": "NEWM", "settlement_date": None, "settlement_amount": None, "quantity_breakdown": (), "effective_settlement_date": None,
        "matching_status": "", "trade_transaction_conditions": (), "quantity_type": "", "price_type": "", "accrued_interest": Decimal(0),
        "sequence": 0,
    },
    "corporate_action": {
        "version": 1, "function": "NEWM", "mandatory_voluntary": "MAND", "source_country": "", "announcement_date": None, "ex_date": None,
        "record_date": None, "effective_date": None, "payment_date": None, "response_deadline": None, "market_deadline": None,
        "protect_date": None, "place_of_listing": "", "distribution_percent": None, "tax_treatment": "", "market_prices": {},
        "linked_events": (),
    },
    "election": {"received_at": None, "entered_by": "", "allocate_basis_to_rights": False, "sequence": 0},
    "election_release": {"election_sequence": None, "received_at": None, "sequence": 0},
    "transfer": {"function": "NEWM", "lots": (), "sequence": 0},
    "drawing": {"drawing_id": "", "option_number": "", "sequence": 0},
    "exchange_rate": {"sequence": 0},
    "security": {"currency": "", "country": "", "place_of_listing": "", "sequence": 0},
    "confirmation": {
        "posting_amount": None, "posting_date": None, "currency": "", "posting_quantity": None, "isin": "", "withholding_tax_rate": None,
        "version": None, "sequence": 0, "payment_reference": "", "reversed_reference": "", "securities_movements": (), "charge_amount": None,
    },
    "advice": {
        "reference": "", "linked_reference": "", "election_id": "", "safekeeping_account": "", "option_number": "", "quantity": None,
        "reasons": (), "narrative": "", "sequence": 0,
    },
    "statement": {
        "safekeeping_place": "", "source": "", "sequence": 0, "available": None, "not_available": None, "basis": "",
        "corporate_action_event_id": "",
    },
}  # fmt: skip
ABSENT = {kind: fields | {"unread": ()} for kind, fields in ABSENT.items()}


@pytest.mark.parametrize("kind", FULL)
def test_what_a_record_does_not_say_is_empty_or_its_default_and_only_a_default_is_kept(kind):
    said = {name: value for name, value in FULL[kind].items() if name not in ABSENT[kind]}
    record, normalised = parse_record(said)
    assert {name: getattr(record, name) for name in ABSENT[kind]} == ABSENT[kind]
    defaults = {name: value for name, value in ABSENT[kind].items() if isinstance(value, str | int) and value != ""}
    kept = {name: value for name, value in defaults.items() if not name.endswith("_quantity") and value is not False}
    assert normalised == said | kept


TERMS = {"corporate_action": ("CANC", "WITH"), "trade": ("CANC",), "transfer": ("CANC",)}
IDENTITY = {
    "corporate_action": ("corporate_action_event_id", "version"),
    "trade": ("trade_id", "safekeeping_account"),
} | {"transfer": ("transfer_id", "from_safekeeping_account", "to_safekeeping_account")}


@pytest.mark.parametrize(("kind", "function"), [(kind, each) for kind, names in TERMS.items() for each in names])
def test_what_is_taken_back_needs_its_identity_only_and_has_no_terms(kind, function):
    said = {name: FULL[kind][name] for name in ("record_type", *IDENTITY[kind])} | {"function": function}
    record, _ = parse_record(said)
    left = {each.name for each in fields(record)} - set(said) - set(ABSENT[kind])
    empty = {name: value for name in left if (value := getattr(record, name))}
    assert (record.function, empty) == (function, {})


def test_a_payment_reference_tells_confirmations_of_one_entitlement_apart_and_none_leaves_the_identity_as_it_was():
    said = {name: value for name, value in FULL["confirmation"].items() if not name.endswith("_reference")}
    assert parse_record(said)[0].identity == "CA-7/ACC-9/003"
    assert parse_record(said | {"payment_reference": "SEME/1"})[0].identity == "CA-7/ACC-9/003/SEME/1"
    for faulty in ("x" * 65, "é"):
        with pytest.raises(RecordError) as refused:
            parse_record(said | {"payment_reference": faulty})
        assert (refused.value.reason, refused.value.field) == ("invalid_reference", "payment_reference")


def test_the_event_version_of_a_custodians_row_is_the_version():
    said = {name: value for name, value in FULL["confirmation"].items() if name != "version"}
    assert parse_record(said | {"event_version": 7})[0].version == 7


EARLIER, LATER = "2026-03-07T10:00:00Z", "2026-03-07T10:00:01Z"


@pytest.mark.parametrize(
    ("changes", "reason", "field", "detail"),
    [
        (
            {"response_deadline": LATER, "market_deadline": EARLIER},
            "deadline_order", "response_deadline", "the response deadline must not be after the market's",
        ),
        (
            {"options": FULL["corporate_action"]["options"] * 2},
            "duplicate_option_number", "options", "two options have the same option_number",
        ),
    ],
)  # fmt: skip
def test_a_faulty_announcement_is_refused_in_words(changes, reason, field, detail):
    with pytest.raises(RecordError) as refused:
        parse_record(FULL["corporate_action"] | changes)
    assert (refused.value.reason, refused.value.field, refused.value.detail) == (reason, field, detail)


def test_the_two_deadlines_may_be_the_same_instant():
    record, _ = parse_record(FULL["corporate_action"] | {"response_deadline": EARLIER, "market_deadline": EARLIER})
    assert record.response_deadline == record.market_deadline == dt.datetime.fromisoformat(EARLIER)


NEEDED = {
    "account": (account(), "safekeeping_account residence beneficial_owner"),
    "position": (position("1"), "safekeeping_account isin safekeeping_place as_of_date settled_quantity"),
    "trade": (FULL["trade"], "trade_id safekeeping_account isin side trade_date quantity currency"),
    "trade by its price": (
        trade("T", "BUY", "1", "2026-01-01"),
        "trade_id safekeeping_account isin side trade_date quantity price currency",
    ),
    "trade of a face amount": (
        trade("T", "BUY", "1", "2026-01-01", quantity_type="FAMT", price_type="PRCT"),
        "trade_id safekeeping_account isin side trade_date quantity price currency price_type percent_of_units",
    ),
    "cancellation": (trade("T", "BUY", "1", "2026-01-01", function="CANC"), "trade_id safekeeping_account"),
    "event": (event(), "corporate_action_event_id event_type isin"),
}


@pytest.mark.parametrize("kind", NEEDED)
def test_a_record_needs_these_fields_and_no_other(kind):
    raw, needed = NEEDED[kind]
    assert required(raw) == set(needed.split())
