"""Other records that a record names and is held without: of accounts, events and elections (domain rules, "Facts and their order")."""

from collections.abc import Iterator

from domain.records.account import Account
from domain.records.corporate_action import CorporateAction
from domain.records.election import Election
from domain.records.parse import Record

NAMED_BY = {
    "safekeeping_account": Account.record_type,
    "from_safekeeping_account": Account.record_type,
    "to_safekeeping_account": Account.record_type,
    "corporate_action_event_id": CorporateAction.record_type,
    "election_id": Election.record_type,
}
"""Field -> the record type whose identity it holds."""


def references(record: Record) -> Iterator[tuple[str, str, str]]:
    """Yield (record type, identity, field) of each other record that this one names."""
    for field, record_type in NAMED_BY.items():
        if (identity := getattr(record, field, "")) and record_type != record.record_type:
            yield record_type, identity, field
