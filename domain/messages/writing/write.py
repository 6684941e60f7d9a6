"""From our facts to a message."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any, NamedTuple

from domain.held import Held
from domain.messages.writing import movements
from domain.messages.writing.facts import Envelope, Facts, facts_of_entitlement, posting_day
from domain.messages.writing.holdings import HOLDINGS, facts_of_holdings
from domain.messages.writing.instruction import INSTRUCTION, STATUS, facts_of_instruction, facts_of_status
from domain.messages.writing.table import Table, UnwritableMessageError, fill
from domain.messages.writing.texts import HEADER, fin_text, xml_text
from domain.records import CorporateAction, Election, Position


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
    "MT565": _Kind(INSTRUCTION, "565", "NEWM"),
    "seev.033": _Kind(INSTRUCTION, "seev.033.001.12", "CorpActnInstr"),
    "MT567": _Kind(STATUS, "567", "INST"),
    "seev.034": _Kind(STATUS, "seev.034.001.14", "CorpActnInstrStsAdvc"),
    "MT535": _Kind(HOLDINGS, "535", "NEWM"),
    "semt.002": _Kind(HOLDINGS, "semt.002.001.11", "SctiesBalCtdyRpt"),
}
TABLES: Mapping[str, Table] = {
    "MT564-REPE, seev.035": movements.ADVICE,
    "MT566, MT566-REVR, seev.036": movements.CONFIRMATION,
    "seev.037": movements.REVERSAL,
    "MT565, seev.033": INSTRUCTION,
    "MT567, seev.034": STATUS,
    "MT535, semt.002": HOLDINGS,
}
"""Kinds of messages -> the table by which they are written."""
ADVICES = ("MT564-REPE", "seev.035")
CONFIRMATIONS = ("MT566", "seev.036")
REVERSALS = ("MT566-REVR", "seev.037")
INSTRUCTIONS = ("MT565", "seev.033")
STATUSES = ("MT567", "seev.034")
STATEMENTS = ("MT535", "semt.002")
KINDS = (*ADVICES, *CONFIRMATIONS, *REVERSALS)
"""Messages of an entitlement: preliminary advice, confirmation and reversal of a movement."""


def write_message(kind: str, entitlement: Mapping[str, Any], event: Mapping[str, Any], envelope: Envelope) -> str:
    """Return a message of an entitlement (KINDS). `entitlement` is the contract's JSON, `event` its corporate_action record.

    Raises UnwritableMessageError that names the field for which the standard has no room or which is missing: a message is written whole or
    not at all, and nothing in it is cut short.
    """
    if kind in REVERSALS and not envelope.previous:
        raise UnwritableMessageError("previous", "a reversal names the confirmation that it takes back")
    facts = facts_of_entitlement(entitlement, event, kind in REVERSALS)
    if kind not in ADVICES:
        facts["posting_date"] = posting_day(entitlement, envelope)
    return _written(kind, facts, envelope)


def write_instruction(kind: str, election: Election, event: CorporateAction, envelope: Envelope) -> str:
    """Return the instruction of an election (INSTRUCTIONS). Raises UnwritableMessageError."""
    return _written(kind, facts_of_instruction(election, event), envelope)


def write_status(
    kind: str, election: Election, event: CorporateAction, refused: Held | None, envelope: Envelope
) -> str:
    """Return the answer to an election (STATUSES): accepted, or rejected as it is `refused`. Raises UnwritableMessageError."""
    return _written(kind, facts_of_status(election, event, refused), envelope)


def write_holdings(kind: str, account: str, as_of: date, positions: Sequence[Position], envelope: Envelope) -> str:
    """Return the statement of an account's positions (STATEMENTS), its pages one after the other; "" if nothing is held.

    Raises UnwritableMessageError.
    """
    pages = facts_of_holdings(account, as_of, positions, envelope.reference)
    return "\r\n".join(_written(kind, page, envelope) for page in pages)


def _written(kind: str, facts: Facts, envelope: Envelope) -> str:
    table, name, function_or_root = _KINDS[kind]
    is_fin = kind.startswith("MT")
    said = asdict(envelope) | {"previous": envelope.previous or None} | facts
    if is_fin:
        content = fill(table, said | {"function": function_or_root}, is_fin)
        return fin_text(name, envelope.sender, envelope.receiver, content)
    header = fill(HEADER, said | {"definition": name}, is_fin)
    return xml_text(name, header, {function_or_root: fill(table, said, is_fin)})
