"""JSON text is read as it was sent, or refused in words."""

from decimal import Decimal

import pytest

from domain.records import RecordError, read_json


def test_every_digit_of_a_fraction_is_kept():
    assert read_json('{"a": [1.10, 1e400, 12345678901234567890]}') == {
        "a": [Decimal("1.10"), Decimal("1e400"), 12345678901234567890]
    }


@pytest.mark.parametrize(
    ("text", "reason", "said"),
    [
        (b"\xff", "not_utf8", "byte 0 is not UTF-8"),
        ('{"a": 1, "b": {"c": 1, "c": 2}}', "not_json", "the text is not JSON: the key 'c' is there twice"),
        ('{"a": NaN}', "not_json", "the text is not JSON: NaN is no JSON number"),
        ("1e9999999999999999999", "not_json", "the text is not JSON: "),
        ("9" * 5000, "not_json", "the text is not JSON: Exceeds the limit"),
        ("[" * 100_000, "not_json", "the text is not JSON: "),
        ("", "not_json", "the text is not JSON: Expecting value"),
    ],
)
def test_what_cannot_be_read_whole_is_refused(text, reason, said):
    with pytest.raises(RecordError) as refused:
        read_json(text)
    assert (refused.value.reason, refused.value.detail[: len(said)]) == (reason, said)
