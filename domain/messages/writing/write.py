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
from domain.messages.writing.table import FIN, Table, UnwritableMessageError, fill
from domain.messages.writing.texts import HEADER, fin_text, xml_text
from domain.records import CorporateAction, Election, Position


class _Kind(NamedTuple):
    """How a kind of message is written. `message_type` is FIN's, "" of XML; `function_or_root` is FIN's function (23G) or XML's outermost
    element. Of XML, `version` is the one that we write unless told otherwise, `versions` are all that we write."""

    table: Table
    message_type: str
    function_or_root: str
    version: int = FIN
    versions: range = range(1)


_KINDS: Mapping[str, _Kind] = {
    "MT564-REPE": _Kind(movements.ADVICE, "564", "REPE"),
    "MT566": _Kind(movements.CONFIRMATION, "566", "NEWM"),
    "MT566-REVR": _Kind(movements.CONFIRMATION, "566", "REVR"),
    "MT565": _Kind(INSTRUCTION, "565", "NEWM"),
    "MT567": _Kind(STATUS, "567", "INST"),
    "MT535": _Kind(HOLDINGS, "535", "NEWM"),
    "seev.033": _Kind(INSTRUCTION, "", "CorpActnInstr", 12, range(7, 14)),
    "seev.034": _Kind(STATUS, "", "CorpActnInstrStsAdvc", 14, range(7, 16)),
    "seev.035": _Kind(movements.ADVICE, "", "CorpActnMvmntPrlimryAdvc", 15, range(7, 17)),
    "seev.036": _Kind(movements.CONFIRMATION, "", "CorpActnMvmntConf", 15, range(7, 17)),
    "seev.037": _Kind(movements.REVERSAL, "", "CorpActnMvmntRvslAdvc", 15, range(7, 17)),
    "semt.002": _Kind(HOLDINGS, "", "SctiesBalCtdyRpt", 11, range(4, 13)),
}
VERSIONS: Mapping[str, range] = {name: kind.versions for name, kind in _KINDS.items() if kind.version != FIN}
"""ISO 20022 message -> the versions of it that we write."""
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


def _written(name: str, facts: Facts, envelope: Envelope) -> str:
    kind = _KINDS[name]
    version = envelope.version or kind.version
    if version not in kind.versions:
        known = f"{kind.versions[0]} to {kind.versions[-1]}" if kind.version != FIN else "none"
        raise UnwritableMessageError("version", f"{name} is written in version {known}, not {version}")
    said = asdict(envelope) | {"previous": envelope.previous or None} | facts
    if version == FIN:
        content = fill(kind.table, said | {"function": kind.function_or_root})
        return fin_text(kind.message_type, envelope.sender, envelope.receiver, content)
    definition = f"{name}.001.{version:02}"
    header = fill(HEADER, said | {"definition": definition}, version)
    return xml_text(definition, header, {kind.function_or_root: fill(kind.table, said, version)})
