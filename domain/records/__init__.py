"""Feed records: what a line must hold, and the frozen record that it becomes.

`parse_record(raw)` gives a record or raises `RecordError(reason, field, detail)`; the same codes name a quarantined record on
the stream and a rejected one in `calculate`. Field names: ISO 15022/20022 terms in snake_case.
"""

from domain.records.account import Account
from domain.records.advice import Advice
from domain.records.corporate_action import CorporateAction, LinkedEvent
from domain.records.drawing import Drawing
from domain.records.election import Election, ElectionRelease
from domain.records.errors import RecordError
from domain.records.exchange_rate import ExchangeRate
from domain.records.json_text import read_json
from domain.records.option import Option, Ratio, SecuritiesMovement
from domain.records.parse import Record, content_digest, parse_record, stored_record
from domain.records.position import Position, latest, position_identity
from domain.records.security import Confirmation, Security, Statement
from domain.records.trade import Trade
from domain.records.transfer import Transfer

__all__ = [
    "Account",
    "Advice",
    "Confirmation",
    "CorporateAction",
    "Drawing",
    "Election",
    "ElectionRelease",
    "ExchangeRate",
    "LinkedEvent",
    "Option",
    "Position",
    "Ratio",
    "Record",
    "RecordError",
    "SecuritiesMovement",
    "Security",
    "Statement",
    "Trade",
    "Transfer",
    "content_digest",
    "latest",
    "parse_record",
    "position_identity",
    "read_json",
    "stored_record",
]
