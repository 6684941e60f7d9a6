"""The schemas by which AppConfig checks a rules document, against the reader of the document."""

import copy
import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft4Validator

from domain.records import RecordError
from domain.rules import MarketCalendars, WithholdingRates

SCHEMAS = Path(__file__).resolve().parents[3] / "terraform" / "modules" / "rules" / "schemas"
RATE = {
    "rate_id": "DE-GB", "source_country": "DE", "residence": "GB", "beneficial_owner": "*", "income_type": "dividend_listed_equity",
    "valid_from": "2009-01-01", "valid_to": None, "statutory_rate": "26.375", "treaty_rate": "15", "tax_relief_method": "STANDARD_REFUND",
    "second_level_tax_rate": None, "components": [{"name": "income_tax", "rate": "25"}, {"name": "surcharge", "rate": "1.375"}],
    "reclaim_deadline": {"years": 4, "from": "END_OF_PAYMENT_YEAR"}, "source": "table", "as_of": "2026-01-01",
}  # fmt: skip
CALENDAR = {
    "country": "US", "country_default": True, "timezone": "America/New_York", "weekend": [5, 6], "valid_from": "2024-01-01",
    "valid_to": "2027-12-31", "holidays": ["2024-01-01"], "trading_holidays": [], "settlement_holidays": ["2026-10-12"], "early_closes": [],
    "settlement_cycles": [{"valid_from": "2017-09-05", "valid_to": None, "days": 2}],
    "large_distribution": {"threshold_percent": "25", "ex_date": "NEXT_DAY_AFTER_PAYMENT"}, "source": "closing days",
}  # fmt: skip
HEAD = {"schema_version": 1, "version": "1", "as_of": "2026-01-01"}
DOCUMENTS = {
    "withholding_rates": (WithholdingRates, HEAD | {"rates": [RATE]}),
    "market_calendars": (MarketCalendars, HEAD | {"calendars": {"XNYS": CALENDAR}}),
}
ODD = (
    *("+15", "015", "-0", " 15", "UK", "gb", " GB ", {"x_": 1}, {"unknown": 1}, ["2026-02-03", "2026-02-03"]),
    *(None, "", " ", 0, 3, 101, -1, True, [], {}, [None], ["2026-02-03"], ["2026-02-30"], [7], [0, 1, 2, 3, 4, 5, 6], "x", "15", "100.5", "+5"),
    *("1e1", "-1", "2026-02-03", "2026-02-30", "0001-01-01", "9999-12-31", "GB", "GBR", "*", "NONE", "PAYMENT_DATE", [{"name": "a", "rate": "1"}]),
)  # fmt: skip
BEYOND_SHAPE = re.compile(
    "02-30' is not a date|add up|a week has a business day|begins after 0001|on which nothing settles|before it begins|a market code has"
)


def objects(value):
    """Every object of a document."""
    if isinstance(value, dict):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from objects(part)


def altered(document):
    """The document with any field of any object absent, or saying any odd value."""
    for number, original in enumerate(objects(document)):
        for name in original:
            for value in ("absent", "misspelt", *ODD):
                copied = copy.deepcopy(document)
                target = list(objects(copied))[number]
                target[name] = value
                if value == "misspelt":
                    target[f"{name}s"] = original[name]
                if value in ("absent", "misspelt"):
                    del target[name]
                yield copied


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_appconfig_takes_the_reader_takes_but_for_what_no_shape_shows_and_no_more(name):
    reader, document = DOCUMENTS[name]
    validator = Draft4Validator(json.loads((SCHEMAS / f"{name}.json").read_text("utf-8")))
    taken = {True: 0, False: 0}
    for each in (document, *altered(document)):
        fault, is_valid = refusal(reader, each), validator.is_valid(each)
        taken[is_valid] += 1
        assert is_valid == (not fault or bool(BEYOND_SHAPE.search(fault))), fault or each
    assert min(taken.values()) > 50


def refusal(reader, document):
    try:
        reader.from_document(document)
    except RecordError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_field_of_a_rules_document_is_described(name):
    schema = json.loads((SCHEMAS / f"{name}.json").read_text("utf-8"))
    parts = [part for each in objects(schema) if "properties" in each for part in (each, *each["properties"].values())]
    assert [part for part in parts if "description" not in part] == []
