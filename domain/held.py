"""What cannot be calculated yet, why, and which records are held with it (ADR 5)."""

from dataclasses import dataclass
from fractions import Fraction

RecordKey = tuple[str, str]
"""Record type and identity."""
_SUBJECTS = {"refused": "election", "trade": "trade", "transfer": "transfer", "position": "position", "lot": "lot"}


@dataclass(unsafe_hash=True)
class Held(Exception):
    """Held with a reason code and the field at fault until the missing fact arrives; never guessed, never lost."""

    reason: str
    field: str
    detail: str

    def __str__(self) -> str:
        """Return the field and what is wrong with it."""
        return f"{self.field}: {self.detail}"


def missing_terms(field: str, detail: str) -> Held:
    """Return the reason if an announcement does not say what its event type needs: held until a version does."""
    return Held("missing_terms", field, detail)


def not_reported(record_type: str, identity: str, field: str) -> Held:
    """Return the reason if a record names, in `field`, an account, event or election of which there is no record yet."""
    reason = "unknown_event" if record_type == "corporate_action" else f"unknown_{record_type}"
    detail = f"the {record_type.replace('_', ' ')} {identity} has not been reported yet: send its record"
    return Held(reason, field, detail)


@dataclass(frozen=True, slots=True)
class Hold:
    """What is held until a fact comes: `calculate` lists it as rejected, the engine keeps it and tries again.

    `kind` and what `identity` then names: "event", "entitlement", "claims" and "lots" an event; "refused" an election; "trade" a trade;
    "transfer" a transfer; "position" a position; "lot" an opening lot.
    `account` is empty if the reason holds for every account. `trade` is the trade concerned, `short_by` the units that it lacks.
    `beside`: the records that are held if it is not the subject alone.
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
