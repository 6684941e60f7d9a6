"""What cannot be settled yet, why, and which records wait with it (ADR 5)."""

from dataclasses import dataclass
from fractions import Fraction

from domain.entitlements import Held

RecordKey = tuple[str, str]
"""Record type and identity."""
_SUBJECTS = {"refused": "election", "trade": "trade"}


@dataclass(frozen=True, slots=True)
class Hold:
    """Something that waits for a fact: `calculate` lists it as rejected, the engine keeps it and tries again.

    `kind` and what `identity` then names: "event", "entitlement", "claims" and "lots" an event; "refused" an election; "trade" a trade.
    `account` is empty if the reason holds for every account. `trade` is the trade concerned, `short_by` the units that it lacks.
    `beside`: the records that wait if it is not the subject alone.
    """

    kind: str
    identity: str
    account: str
    held: Held
    trade: str = ""
    short_by: Fraction = Fraction(0)
    beside: tuple[RecordKey, ...] = ()

    @property
    def subject(self) -> RecordKey:
        """Return the record that the hold is about."""
        return _SUBJECTS.get(self.kind, "corporate_action"), self.identity

    @property
    def records(self) -> tuple[RecordKey, ...]:
        """Return the records that are HELD with it."""
        return self.beside or (self.subject,)
