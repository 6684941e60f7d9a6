"""ISO 15022 and ISO 20022 messages: another form of the same records, read before validation, written from entitlements.

In: bytes are cut into messages (`envelope`), each becomes a tree (`tree`; `fin_text` with `formats` and `notation`, `xml_text`), its leaves
become values (`values`; `fin_values`, `xml_values`), and a table (`table`, `forms`) says what each is to the record: `announcement` with
`announcement_table`, `instruction`, `confirmation`, `holdings`. `read` chooses among these. Out: `writing`. See ADR 7, ADR 8 and ADR 25.
"""

from domain.messages.read import TABLES, is_message, read_message
from domain.messages.table import Row, Scope
from domain.messages.writing.facts import Envelope
from domain.messages.writing.table import Each, Line, UnwritableMessageError
from domain.messages.writing.write import (
    ADVICES,
    CONFIRMATIONS,
    INSTRUCTIONS,
    KINDS,
    REVERSALS,
    STATEMENTS,
    STATUSES,
    VERSIONS,
    write_holdings,
    write_instruction,
    write_message,
    write_status,
)
from domain.messages.writing.write import TABLES as WRITTEN

__all__ = [
    "ADVICES",
    "CONFIRMATIONS",
    "INSTRUCTIONS",
    "KINDS",
    "REVERSALS",
    "STATEMENTS",
    "STATUSES",
    "TABLES",
    "VERSIONS",
    "WRITTEN",
    "Each",
    "Envelope",
    "Line",
    "Row",
    "Scope",
    "UnwritableMessageError",
    "is_message",
    "read_message",
    "write_holdings",
    "write_instruction",
    "write_message",
    "write_status",
]
