"""A rules document that must not be used."""

from domain.records.errors import LONGEST_DETAIL, encodable


class RulesError(ValueError):
    """Says which entry of a rules document is wrong and why; the last good document stays in use."""

    def __init__(self, message: str) -> None:
        super().__init__(encodable(message)[:LONGEST_DETAIL])
