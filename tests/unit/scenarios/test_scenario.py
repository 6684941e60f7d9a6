"""What a scenario's marks must say."""

import pytest

from harness.scenarios.scenario import Lane, Scenario, ScenarioError, scenario_of

LINK = "https://docs.aws.amazon.com/sqs/"
OWN = (("sqs.redrive.after-limit",), {"feature": "redrive"})
SHARED = ((), {"service": "sqs", "lane": "data plane", "aws": LINK})


def test_a_test_and_its_module_say_it_together_and_the_nearest_wins() -> None:
    own = (("sqs.redrive.after-limit",), {"feature": "redrive", "lane": "resilience"})
    expected = Scenario("sqs.redrive.after-limit", "sqs", "redrive", Lane.RESILIENCE, LINK)
    assert scenario_of([own, SHARED]) == expected


def test_a_parameter_is_part_of_the_id() -> None:
    assert scenario_of([OWN, SHARED], "standard queue").id == "sqs.redrive.after-limit[standard queue]"


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("kms:Decrypt", "https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html"),
        ("sqs-guide:quotas", "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas.html"),
        ("lambda-guide:python#sdk", "https://docs.aws.amazon.com/lambda/latest/dg/python.html#sdk"),
        ("https://www.postgresql.org/docs/16/", "https://www.postgresql.org/docs/16/"),
    ],
)
def test_a_page_of_a_book_is_an_address(written: str, address: str) -> None:
    assert scenario_of([OWN, ((), {**SHARED[1], "aws": written})]).aws == address


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"service": None}, "no service"),
        ({"lane": None}, "no lane"),
        ({"lane": "fast"}, "lane 'fast'"),
        ({"aws": None}, "no aws"),
        ({"aws": "https://example.com/"}, "give book:page"),
        ({"aws": "http://docs.aws.amazon.com/"}, "give book:page"),
        ({"aws": "sqs-gide:quotas"}, "give book:page"),
        ({"aws": "sqs"}, "give book:page"),
        ({"feature": ""}, "no feature"),
        ({"colour": "red"}, "unknown colour"),
        ({"id": "Redrive"}, "words in lower case"),
        ({"id": "redrive"}, "words in lower case"),
    ],
)
def test_what_is_missing_or_wrong_is_named(changed: dict[str, str | None], said: str) -> None:
    with pytest.raises(ScenarioError, match=said):
        scenario_of([((), changed), ((), {k: v for k, v in OWN[1].items() if k not in changed}), _without(changed)])


def _without(changed: dict[str, str | None]) -> tuple[tuple[str, ...], dict[str, str]]:
    shared = {name: value for name, value in SHARED[1].items() if name not in changed}
    return (() if "id" in changed else OWN[0]), shared
