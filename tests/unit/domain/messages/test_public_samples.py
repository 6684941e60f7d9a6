"""Public sample messages, re-made with our own values: each is read whole, or refused at the right field.

What is expected of each was written from the standard before our reader saw it (public/README.md). `public/NOT_YET` names those that the
reader does not satisfy yet. A sample that stands there and is satisfied fails, so that the list only shrinks.
"""

import pytest

from tests.unit.domain.messages.public_figures import FIRST_TRY, README, origin_of, with_table
from tests.unit.domain.messages.public_samples import (
    NOT_YET,
    SAMPLES,
    account_faults,
    expected_reading,
    faults,
    record_faults,
)

TO_BE_READ = sorted(name for name in SAMPLES if SAMPLES[name]["must"] == "read")


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_a_public_sample_is_read_whole_or_refused_at_the_right_field(name):
    found = faults(name)
    if name in NOT_YET:
        assert found, f"{name} is satisfied: take it out of public/NOT_YET"
    else:
        assert found == []


def test_every_sample_has_an_expectation_and_every_expectation_a_sample():
    files = {path.name for path in SAMPLES.folder.iterdir() if path.suffix in (".fin", ".xml", ".txt")}
    assert set(SAMPLES) == files


def test_only_samples_stand_in_the_lists_of_those_not_satisfied_yet_and_of_those_right_at_first():
    assert set(SAMPLES) >= NOT_YET | FIRST_TRY


def test_the_page_shows_the_figures_of_today():
    text = README.read_text(encoding="utf-8")
    assert with_table(text) == text, "run `python -m tests.unit.domain.messages.public_figures`"


@pytest.mark.parametrize(("must", "least"), [("read", 0.9), ("refuse", 0.95)])
def test_of_the_samples_as_published_as_many_are_read_whole_or_refused_at_the_right_field_as_was_asked(must, least):
    public = {name for name in SAMPLES if origin_of(name) != "after the standard" and SAMPLES[name]["must"] == must}
    assert len(public - NOT_YET) >= least * len(public)


def test_each_place_that_an_expectation_names_is_in_its_message():
    named = {(name, place) for name in SAMPLES for place in SAMPLES.places_named(name)}
    assert [each for each in named if not SAMPLES.has_place(*each)] == []


@pytest.mark.parametrize("name", TO_BE_READ)
def test_an_expectation_is_satisfied_by_the_reading_that_it_describes(name):
    reading = expected_reading(name)
    assert [*record_faults(reading, SAMPLES[name]), *account_faults(reading, SAMPLES[name], SAMPLES.data(name))] == []


@pytest.mark.parametrize("name", TO_BE_READ)
def test_a_value_that_differs_is_a_fault(name):
    for index, record in enumerate(expected_reading(name).records):
        for value in set(record.values()):
            reading = expected_reading(name)
            reading.records[index] = {field: "another" if each == value else each for field, each in record.items()}
            assert list(record_faults(reading, SAMPLES[name])), f"{index}: {value}"


@pytest.mark.parametrize("name", TO_BE_READ)
def test_a_field_passed_over_is_a_fault(name):
    for place in SAMPLES.places_named(name):
        reading = expected_reading(name)
        reading.unread.discard(place)
        assert list(account_faults(reading, SAMPLES[name], SAMPLES.data(name))), place


@pytest.mark.parametrize("name", [name for name in TO_BE_READ if SAMPLES[name].get("holds")])
def test_a_field_that_may_change_a_figure_and_holds_nothing_is_a_fault(name):
    reading = expected_reading(name)
    reading.held.clear()
    assert list(account_faults(reading, SAMPLES[name], SAMPLES.data(name)))
