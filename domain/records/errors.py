"""What is wrong with a record."""


class RecordError(ValueError):
    """A record that can never be used as it is.

    `reason` is a code in snake_case, `field` the dotted path of the field at fault (empty for the whole record), `detail` says what
    stands there and what should.
    """

    def __init__(self, reason: str, field: str, detail: str) -> None:
        super().__init__(f"{field or 'record'}: {detail} ({reason})")
        self.reason = reason
        self.field = field
        self.detail = detail
