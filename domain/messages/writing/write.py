"""From our facts to a message."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, NamedTuple

from domain.messages.writing import movements
from domain.messages.writing.facts import Envelope, Facts, facts_of_entitlement, posting_day
from domain.messages.writing.table import Table, UnwritableMessageError, fill
from domain.messages.writing.texts import HEADER, fin_text, xml_text


class _Kind(NamedTuple):
    """A message: its table, and in FIN its type and function, or in XML its definition and outermost element."""

    table: Table
    name: str
    function_or_root: str


_KINDS: Mapping[str, _Kind] = {
    "MT564-REPE": _Kind(movements.ADVICE, "564", "REPE"),
    "MT566": _Kind(movements.CONFIRMATION, "566", "NEWM"),
    "MT566-REVR": _Kind(movements.CONFIRMATION, "566", "REVR"),
    "seev.035": _Kind(movements.ADVICE, "seev.035.001.15", "CorpActnMvmntPrlimryAdvc"),
    "seev.036": _Kind(movements.CONFIRMATION, "seev.036.001.15", "CorpActnMvmntConf"),
    "seev.037": _Kind(movements.REVERSAL, "seev.037.001.15", "CorpActnMvmntRvslAdvc"),
}
KINDS = tuple(_KINDS)
"""Preliminary advice (MT564-REPE, seev.035), confirmation (MT566, seev.036) and reversal (MT566-REVR, seev.037) of a movement."""
ADVICES = ("MT564-REPE", "seev.035")
REVERSALS = ("MT566-REVR", "seev.037")


def write_message(kind: str, entitlement: Mapping[str, Any], event: Mapping[str, Any], envelope: Envelope) -> str:
    """The message's text. `entitlement` is the contract's JSON, `event` its corporate_action record.

    Raises UnwritableMessageError that names the field for which the standard has no room or which is missing: a message is written whole or
    not at all, and nothing in it is cut short.
    """
    if kind in REVERSALS and not envelope.previous:
        raise UnwritableMessageError("previous", "a reversal names the confirmation that it takes back")
    facts = facts_of_entitlement(entitlement, event, kind in REVERSALS)
    if kind not in ADVICES:
        facts["posting_date"] = posting_day(entitlement, envelope)
    return _written(kind, facts, envelope)


def _written(kind: str, facts: Facts, envelope: Envelope) -> str:
    table, name, function_or_root = _KINDS[kind]
    is_fin = kind.startswith("MT")
    said = asdict(envelope) | {"previous": envelope.previous or None} | facts
    if is_fin:
        content = fill(table, said | {"function": function_or_root}, is_fin)
        return fin_text(name, envelope.sender, envelope.receiver, content)
    header = fill(HEADER, said | {"definition": name}, is_fin)
    return xml_text(name, header, {function_or_root: fill(table, said, is_fin)})
