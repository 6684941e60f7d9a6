"""A rules document that must not be used."""


class RulesError(ValueError):
    """Says which entry of a rules document is wrong and why; the last good document stays in use."""
