"""Evidence: masked again, printable, and links that cannot do anything but lead to a page."""

import pytest
from hypothesis import given

from harness.report.evidence import masked, printable, safe_link, shown
from tests.unit.report.documents import SECRET, exchange
from tests.unit.report.strategies import TEXT


def test_an_exchange_that_came_unmasked_is_masked() -> None:
    found = shown(exchange("secretsmanager"))
    assert SECRET not in f"{found.title}{found.request}{found.response}"
    assert '"Name": "SSE-secretsmanager"' in found.request


def test_an_exchange_without_an_answer_says_so() -> None:
    found = shown(exchange("sqs", status=None))
    assert found.title == "sqs SendMessage: no answer after 0.0123 s"
    assert found.response.startswith("no answer\n")


def test_a_text_that_the_recorder_cut_still_tells_its_true_length() -> None:
    assert masked("x" * 4000 + "… (9000 characters)").endswith("x… (9000 characters)")


@given(text=TEXT)
def test_a_printable_text_can_be_written_and_parsed(text: str) -> None:
    found = printable(text)
    found.encode()
    assert all(
        character in "\n\t" or character.isprintable() or character.isspace() or ord(character) > 0xA0
        for character in found
    )
    assert printable(found) == found


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html#a?b=c", True),
        ("javascript:alert(1)", False),
        ("JAVASCRIPT:alert(1)//https://docs.aws.amazon.com/", False),
        ("http://docs.aws.amazon.com/", False),
        ("https://docs.aws.amazon.com/\" onclick=\"x", False),
        ("https://docs.aws.amazon.com/>)[x](y", False),
        ("https://user:word@evil.example/", False),
        ("", False),
    ],
)  # fmt: skip
def test_only_a_plain_https_address_becomes_a_link(url: str, safe: bool) -> None:
    assert safe_link(url) == (url if safe else "")
