"""The scenarios of bounds and declared errors, with answers planted: they pass where each answer is right, and fail where it is not."""

from collections.abc import Mapping
from operator import itemgetter
from typing import Any
from unittest.mock import Mock

import pytest

from harness.coverage.bounds import beyond, bounds_of, request
from harness.coverage.judged import declared_errors
from harness.coverage.used import each_used
from tests.conformance import test_bounds, test_declared_errors
from tests.conformance.live import Live
from tests.conformance.makers import Cleanup
from tests.conformance.requests import absent, accepted, answered
from tests.unit.coverage.planted import PlantedClients

ROWS = [row.values for row in test_bounds._rows()]
ABSENT = [row.values for row in test_declared_errors._absent()]
WRONG = [row.values for row in test_declared_errors._wrong()]


@pytest.fixture(scope="module")
def planted() -> Any:
    return PlantedClients()


def named(row: Any) -> str:
    return ".".join(row[:2])


@pytest.mark.parametrize("row", ROWS, ids=named)
def test_bounds_pass_where_each_is_kept_and_fail_where_none_is(planted: Any, row: Any) -> None:
    service, operation, facts = row
    bounds = bounds_of(service, operation)
    known = [accepted([fact for fact in facts if fact.covers(bound)]) for bound in bounds]
    right = iter(
        [max(codes, key=itemgetter(1, 0)) for codes in known if codes]
    )  # an answer of the whole, not of an entry
    given = absent(planted, service, "absent")
    planted.answer = right.__next__
    test_bounds.test_a_request_beyond_a_bound_is_refused(planted, *row, given)
    assert list(right) == [], "asked once for each bound"
    planted.answer = lambda: ("WrongError", 400)
    with pytest.raises(AssertionError):
        test_bounds.test_a_request_beyond_a_bound_is_refused(planted, *row, given)


class Nothing(Live):
    """No resource is made: placeholders stay as they are."""

    def named_in(self, members: Mapping[str, Any]) -> dict[str, str]:
        return {}


@pytest.mark.parametrize("row", ABSENT + WRONG, ids=named)
def test_a_declared_error_is_demanded_by_code_and_status(planted: Any, row: Any) -> None:
    def ask() -> None:
        if row in WRONG:
            test_declared_errors.test_a_request_that_is_wrong_in_itself_is_answered_by_the_error_for_it(
                planted, Nothing(planted, Cleanup()), *row
            )
        else:
            test_declared_errors.test_a_request_about_nothing_is_answered_that_there_is_nothing(planted, *row)

    facts = row[-1]
    for fact in facts:
        planted.answer = lambda planted=(fact.error, fact.status): planted
        ask()
    for answer in (("WrongError", facts[0].status), (facts[0].error, 418), ("", 200)):
        planted.answer = lambda planted=answer: planted
        with pytest.raises(AssertionError):
            ask()


@pytest.mark.parametrize("row", ABSENT + WRONG, ids=named)
def test_errors_of_which_any_will_do_are_told_as_such_and_declared_or_linked_to_their_page(row: Any) -> None:
    service, operation, *_, facts = row
    assert {fact.either for fact in facts} == {len(facts) > 1}
    declared = declared_errors(service, operation)
    assert [fact.error for fact in facts if fact.either and not fact.source and fact.error not in declared] == []


def test_a_batch_is_refused_also_by_its_first_entry_that_failed(planted: Any) -> None:
    failed = {"Failed": [{"Id": "a", "Code": "MissingParameter"}], "ResponseMetadata": {"HTTPStatusCode": 200}}
    client = Mock(_make_api_call=Mock(return_value=failed))
    clients = Mock(client=Mock(return_value=client))
    assert answered(clients, "sqs", "SendMessageBatch", {}) == ("MissingParameter", 200)


@pytest.mark.parametrize(("service", "operation"), [*each_used()])
def test_a_request_beyond_a_bound_differs_from_the_one_within_all(planted: Any, service: str, operation: str) -> None:
    given = absent(planted, service, "absent")
    kept = request(service, operation, given) if bounds_of(service, operation) else {}
    same = [str(bound) for bound in bounds_of(service, operation) if beyond(service, operation, bound, given) == kept]
    assert same == []
