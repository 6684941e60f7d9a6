"""What orders the messages about one thing: see ADR 8."""

from domain.messages.draft import Draft
from domain.messages.fin.message import FinSequence
from domain.messages.fin.values import instant_of
from domain.messages.preparation import order_of
from domain.records import RecordError


def version_of(draft: Draft, general: FinSequence, first: bool) -> None:
    """Version of an announcement: 1 of a new one, else from its preparation to the second (98C PREP). Raises RecordError without one."""
    prepared = general.field("98", "PREP")
    if first:
        draft.put("version", 1, general.need("23G").path)
    elif prepared is None:
        detail = "what this message replaces or cancels cannot be told: neither a version nor the instant of preparation is given"
        raise RecordError("missing_field", general.place("98C", "PREP"), detail)
    else:
        draft.put("version", order_of(instant_of(prepared), prepared.path), prepared.path)


def sequence_of(draft: Draft, general: FinSequence) -> None:
    """Sequence of any other record: from its preparation to the second, 0 where there is none."""
    prepared = general.field("98", "PREP")
    if prepared is not None and prepared.tag in ("98C", "98E"):
        draft.put("sequence", order_of(instant_of(prepared), prepared.path), prepared.path)
