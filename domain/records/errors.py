"""What is wrong with a record."""

LONGEST_FIELD = 500
LONGEST_DETAIL = 1000


class RecordError(ValueError):
    """A record that can never be used as it is.

    `reason` is a code in snake_case, `field` the dotted path of the field at fault (empty for the whole record), `detail` says what
    stands there and what should. Both are cut at LONGEST_FIELD and LONGEST_DETAIL characters and fit UTF-8, however long and odd the
    names in the record are: a refusal is itself stored and sent.
    """

    def __init__(self, reason: str, field: str, detail: str) -> None:
        self.reason = reason
        self.field = encodable(field)[:LONGEST_FIELD]
        self.detail = encodable(detail)[:LONGEST_DETAIL]
        super().__init__(f"{self.field or 'record'}: {self.detail} ({reason})")


def encodable(text: str) -> str:
    """Return the text with each half of a surrogate pair written as `\\ud800`."""
    return text.encode(errors="backslashreplace").decode()
