"""What counts as judged: an error that is demanded, or loosely, one of several of which any will do."""

import pytest

from harness.coverage.judged import Coverage, coverage
from harness.scenarios.evidence import Fact, Grade

ARN, ABSENT = "InvalidArnException", "NotFoundException"


def fact(error: str, *bounds: str, either: bool = False) -> Fact:
    return Fact("ListResourceTags", error, Grade.DOCUMENTED, "", error, 400, bounds, either)


def covered(*scenarios: list[Fact]) -> Coverage:
    every = coverage(("kms", facts) for facts in scenarios)
    return next(one for one in every if (one.service, one.operation) == ("kms", "ListResourceTags"))


EITHER = [fact(ARN, either=True), fact(ABSENT, either=True)]
BEYOND = [fact(ARN, "KeyId max"), fact(ABSENT, "KeyId max"), fact(ABSENT, "KeyId min")]


@pytest.mark.parametrize(
    ("scenarios", "judged", "loose"),
    [
        ([[fact(ARN)]], {ARN}, set()),
        ([EITHER], {ARN, ABSENT}, {ARN, ABSENT}),
        ([EITHER, [fact(ABSENT)]], {ARN, ABSENT}, {ARN}),
        ([[fact(ARN), fact(ABSENT)]], {ARN, ABSENT}, set()),
        ([BEYOND], {ARN, ABSENT, "KeyId max", "KeyId min"}, {ARN, "KeyId max"}),
    ],
    ids=["demanded", "either", "either-and-demanded", "demanded-one-by-one", "beyond-a-bound"],
)
def test_what_any_of_several_errors_answers_is_judged_loosely(
    scenarios: list[list[Fact]], judged: set[str], loose: set[str]
) -> None:
    found = covered(*scenarios)
    assert (found.judged_bounds | found.judged_errors, found.loose) == (judged, loose)
