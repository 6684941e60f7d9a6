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
    ("changed", "said"),
    [
        ({"service": None}, "no service"),
        ({"lane": None}, "no lane"),
        ({"lane": "fast"}, "lane 'fast'"),
        ({"aws": None}, "no aws"),
        ({"aws": "https://example.com/"}, "link to one of"),
        ({"aws": "http://docs.aws.amazon.com/"}, "link to one of"),
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
