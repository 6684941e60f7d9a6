"""The other forms that the structures allow for a date, a rate or a price: read alike, or as not yet known."""

import pytest

from domain.messages import read_message
from tests.unit.domain.messages.examples import example


@pytest.mark.parametrize(
    "day",
    [
        "<Dt><Dt>2026-03-18</Dt></Dt>",
        "<Dt><DtTm>2026-03-18T09:00:00Z</DtTm></Dt>",
        "<Dt>2026-03-18</Dt>",
        "<DtTm>2026-03-18T09:00:00Z</DtTm>",
        "2026-03-18",
        "2026-03-18T09:00:00Z",
    ],
)
def test_a_day_is_read_from_each_form_of_a_date(day):
    (event,) = read_message(
        example("dividend.xml", ("<RcrdDt><Dt>2026-03-16</Dt></RcrdDt>", f"<RcrdDt>{day}</RcrdDt>"))
    )
    assert event["record_date"] == "2026-03-18"


@pytest.mark.parametrize(
    ("name", "known", "unknown", "term"),
    [
        ("dividend.fin", ":92F::GRSS//USD0,25", ":92K::GRSS//UKWN", "gross_rate"),
        ("option-dividend.fin", ":92A::TAXR//26,375", ":92K::TAXR//UKWN", "withholding_tax_rate"),
        ("option-dividend.fin", ":90B::CINL//ACTU/EUR190,", ":90E::CINL//UKWN", "cash_in_lieu_price"),
        ("option-dividend.fin", ":92D::ADEX//1,/81,", ":92K::ADEX//UKWN", "additional_for_existing"),
    ],
)  # fmt: skip
def test_a_term_that_is_not_known_yet_is_left_out(name, known, unknown, term):
    option = 1 if name.startswith("option") and term != "withholding_tax_rate" else 0
    assert term in read_message(example(name))[0]["options"][option]
    (event,) = read_message(example(name, (known, unknown)))
    assert term not in event["options"][option]


def test_a_market_price_or_a_date_that_is_not_known_yet_is_left_out():
    (event,) = read_message(example("option-dividend.fin", (":90B::MRKT//ACTU/EUR191,5", ":90E::MRKT//UKWN")))
    assert "market_prices" not in event
    assert "announcement_date" not in event
    (later,) = read_message(example("dividend.fin", (":98A::RDTE//20260316", ":98B::RDTE//UKWN")))
    assert "record_date" not in later


def test_an_interest_period_that_is_not_known_yet_is_left_out():
    (event,) = read_message(example("dividend.fin", (":98A::RDTE//20260316", ":98A::RDTE//20260316\n:69J::INPE//UKWN")))
    assert "interest_period" not in event
