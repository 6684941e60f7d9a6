"""A small random life: facts for the stream, records that nobody can use among them, and what `calculate` says that they come to."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

from domain.calculation import PARTS, calculate_document
from harness.feed.records import LISTED_ON, account, buy, dividend, position
from harness.isin import fresh_isin

RULES = Path(__file__).parents[2] / "rules"
_OF_THE_ROW = {
    "revision",
    "status",
    "payment_status",
    "calculated_at",
    "calculation_key",
    "is_reversal",
    "rules_version",
}
"""Fields of an entitlement that say which row it is of a history, or which rules were deployed."""
_OF_A_LOT = (
    "safekeeping_account",
    "isin",
    "opened_by",
    "acquisition_date",
    "quantity",
    "cost_basis",
    "currency",
    "closed_at",
)

Record = dict[str, Any]


@dataclass
class Life:
    """Records in the order in which they are sent; `bytes` are no records. `holders`: the accounts, which nobody else has.

    `written`: a position that is put through the API, as (account, ISIN, body). `spoilt`: a request comes with an entry that is no fact, which
    ingest would never send: the engine quarantines it.
    """

    holders: list[str]
    records: list[Record | bytes] = field(default_factory=list)
    written: tuple[str, str, Record] | None = None
    spoilt: bool = False

    def document(self) -> dict[str, Any]:
        """Return what counts of it as a document of `calculate`, with the rules that are deployed."""
        parts = {kind: part for part, kind in PARTS.items()}
        document: dict[str, Any] = {
            "rules": {
                name: json.loads((RULES / f"{name}.json").read_text())
                for name in ("withholding_rates", "market_calendars")
            }
        }
        for record in self.records:
            if isinstance(record, dict) and record.get("safekeeping_account", self.holders[0]) in self.holders:
                document.setdefault(parts[record["record_type"]], []).append(record)
        if self.written:
            holder, isin, body = self.written
            document["positions"].append(
                {"record_type": "position", "safekeeping_account": holder, "isin": isin, **body}
            )
        return document

    def expected(self) -> tuple[list[str], list[str]]:
        """Return the current entitlements and the tax lots that it comes to, as sorted texts."""
        said = calculate_document(self.document())
        return sorted(map(entitlement_text, said["entitlements"])), sorted(map(lot_text, said["tax_lots"]))


def entitlement_text(row: Record) -> str:
    """Return an entitlement as text, without what says which row it is."""
    return json.dumps({name: value for name, value in row.items() if name not in _OF_THE_ROW}, sort_keys=True)


def lot_text(row: Record) -> str:
    """Return a tax lot as text, without its ids."""
    return json.dumps({name: row.get(name) for name in _OF_A_LOT}, sort_keys=True)


def draw_life(random: Random, whole: bool = False, large: bool = False) -> Life:
    """Return 8 to 20 records of two or three accounts, under ids that nobody used before. `whole`: with each kind of
    record that there is, but the `large` one, whose original goes to S3."""
    tag = uuid4().hex[:10].upper()
    life = Life([f"ACC-{tag}-{number}" for number in range(random.choice((2, 3)))])
    isins = [fresh_isin() for _ in range(random.choice((1, 2, 3)))]
    facts: list[Record | bytes] = [account(holder) for holder in life.holders]
    for number, isin in enumerate(isins):
        for holder in life.holders:
            quantity = str(random.randrange(1, 50) * 10)
            facts += [buy(f"T-{holder}-{number}", holder, isin, quantity, "10"), position(holder, isin, quantity)]
        facts += _announced(f"CA-{tag}-{number}", isin, random, stands=whole and number == 0)
    life.written = (life.holders[0], fresh_isin(), _put(random)) if whole or random.random() < 0.3 else None
    facts += [b"{no json"] * (whole or random.random() < 0.4)
    facts += [b"x" * 900_000] * large
    life.spoilt = whole or random.random() < 0.4
    random.shuffle(facts)
    life.records = facts + random.sample(facts, random.choice((0, 0, 1)))
    return life


def _announced(event: str, isin: str, random: Random, stands: bool) -> list[Record]:
    """Return an event's versions: a dividend, sometimes at another rate later, sometimes cancelled at last unless it `stands`."""
    versions = [dividend(event, isin)]
    if random.random() < 0.4:
        versions.append(dividend(event, isin, "0.31") | {"version": 2, "function": "REPL"})
    if random.random() < 0.2 and not stands:
        cancelled = {name: versions[0][name] for name in ("record_type", "corporate_action_event_id")}
        versions.append(cancelled | {"version": len(versions) + 1, "function": "CANC"})
    return versions


def _put(random: Random) -> Record:
    return {
        "safekeeping_place": LISTED_ON, "as_of_date": "2026-03-16", "settled_quantity": str(random.randrange(1, 99)),
        "pending_receipt_quantity": "0", "pending_delivery_quantity": "0", "on_loan_quantity": "0",
        "source": "CUSTODIAN-A", "sequence": 1,
    }  # fmt: skip
