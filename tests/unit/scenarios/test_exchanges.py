"""What is kept of the requests of a scenario, and which of them decided."""

from collections.abc import Callable

import pytest
from botocore.exceptions import ClientError

from harness.results.document import Exchange
from harness.scenarios.deciding import cause, deciding
from harness.scenarios.exchanges import Exchanges
from harness.scenarios.sentences import Compared, UnexpectedAnswerError


def exchange(operation: str, body: str = "", asked: str = "") -> Exchange:
    return Exchange("sqs", operation, "POST", "", {}, asked, 200, {}, body, "0")


def made(*operations: str) -> Exchanges:
    """Exchanges; a name in brackets is clean-up."""
    found = Exchanges()
    for number, name in enumerate(operations):
        found.add(exchange(name.strip("()"), '{"some": "body"}', str(number)), clean_up=name.startswith("("))
    return found


def told(shown: tuple[Exchange, ...]) -> list[str]:
    return [
        f"{'!' if one.decided else ''}{one.operation}{f' after {one.left_out}' if one.left_out else ''}"
        for one in shown
    ]


def refused(operation: str) -> ClientError:
    return ClientError({"Error": {"Code": "No", "Message": ""}}, operation)


def test_what_set_up_the_deciding_request_is_shown_and_clean_up_is_not() -> None:
    exchanges = made("Create", "Get", "(Delete)")
    decided = deciding(AssertionError(), None, exchanges)
    assert told(exchanges.evidence(decided)) == ["Create", "!Get"]


def test_of_many_requests_the_first_the_last_and_those_before_the_deciding_one_are_shown_with_how_many_are_not() -> (
    None
):
    exchanges = made(*(f"Op{number}" for number in range(100)))
    expected = ["Op0", "Op1", "Op88 after 86", "Op89", "!Op90", "Op99 after 8"]
    assert told(exchanges.evidence(deciding(refused("Op90"), None, exchanges))) == expected


def test_of_a_request_that_is_repeated_and_answered_as_before_the_newest_is_shown() -> None:
    exchanges = made()
    for _ in range(5):
        exchanges.add(exchange("Receive"))
    assert told(exchanges.evidence(None)) == ["Receive after 4"]


def test_of_a_request_that_is_repeated_the_first_and_the_newest_are_shown() -> None:
    exchanges = Exchanges()
    for number in range(50):
        exchanges.add(exchange("Receive", f"answer {number}"))
    shown = exchanges.evidence(None)
    assert [(one.response_body, one.left_out) for one in shown] == [("answer 0", 0), ("answer 49", 48)]


@pytest.mark.parametrize(
    ("error", "compared", "operation"),
    [
        (refused("Create"), None, "Create"),
        (AssertionError(), Compared("==", {"Name": "that-was-read"}, {"Name": "expected"}), "Read"),
        (AssertionError(), Compared("==", {"Name": "nowhere"}, {"Name": "expected"}), "Receive"),
        (AssertionError(), Compared("==", None, ("NotFound", 404)), "Remove"),
        (UnexpectedAnswerError(None, ("NotFound",), None), None, "Remove"),
        (KeyError("Name"), None, "Receive"),
        (KeyError("Messages"), None, "Read"),
    ],
    ids=["own operation", "holds the value", "newest with an answer", "a refusal", "not refused", "no field", "lacks it"],
)  # fmt: skip
def test_the_deciding_request_is_the_one_that_the_error_is_about(
    error: Exception, compared: Compared | None, operation: str
) -> None:
    exchanges = Exchanges()
    exchanges.add(exchange("Create", "{}"))
    exchanges.add(exchange("Read", '{"Name": "that-was-read"}'))
    exchanges.add(exchange("Receive", '{"Messages": []}'))
    exchanges.add(exchange("Remove", "{}"))
    exchanges.add(exchange("Delete", "{}"), clean_up=True)
    found = deciding(error, compared, exchanges)
    assert found
    assert found.operation == operation


def test_an_error_of_clean_up_does_not_hide_the_one_before_it() -> None:
    def fails(first: Exception, then: Exception) -> Callable[[], None]:
        def run() -> None:
            try:
                raise first
            finally:
                raise then

        return run

    wrong = AssertionError("wrong answer")
    with pytest.raises(ClientError) as raised:
        fails(wrong, refused("Delete"))()
    assert cause(raised.value, made("Create", "(Delete)")) is wrong
    assert cause(raised.value, made("Create", "Delete")) is raised.value
