"""What cannot be calculated yet."""


class Held(Exception):
    """Held with a reason code until the missing fact arrives; never guessed, never lost."""

    def __init__(self, reason: str, field: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.field = field
        self.detail = detail
