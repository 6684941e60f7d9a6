"""What `calculate` and the engine on PostgreSQL make of a document, told in the same words, and where they differ."""

import json
from collections import Counter
from datetime import UTC, datetime
from random import Random
from unittest.mock import patch

from domain.calculation import PARTS, calculate_document
from domain.records import RecordError, parse_record
from domain.rules import MarketCalendars, Rules, WithholdingRates
from servicing_engine.commands.lots_as_at import lots_as_at
from servicing_engine.folding import processing
from servicing_engine.folding.processing import calculate_shard
from tests.agreement.documents import arrivals
from tests.unit.domain.life.comparison import fewest
from tests.unit.domain.life.living import document_of
from tests.unit.engine.feeding import feed, rows, shard_ids

LATER = datetime(2030, 1, 1, tzinfo=UTC)
LOTS = """SELECT to_jsonb(lot) || jsonb_build_object('quantity', trim_scale(quantity)::text, 'cost_basis', cost_basis::text)
          FROM tax_lots AS lot"""
OF_HISTORY = {"paid", "reversals"}
"""Parts that follow from the order in which announcements and confirmations came, which a document does not tell."""
EFFECTS = ("market_claims", "transformations", "buyer_protections")


def differences(connection, document, seed):
    """Return {part: (what only `calculate` says, what only the engine says)} of the parts on which they differ.

    Left out are records that cannot be read, which both refuse before they calculate, and opening lots, which only `calculate` takes.
    """
    document = readable(document)
    said, engine = calculated(document), folded(connection, document, seed)
    parts = set(said) - (OF_HISTORY if seed % 2 else set())
    return {
        part: both
        for part in sorted(parts)
        if any(both := (_less(said[part], engine[part]), _less(engine[part], said[part])))
    }


def readable(document):
    parts = {
        part: [record for record in document[part] if _is_read({"record_type": kind, **record})]
        for part, kind in PARTS.items()
        if part in document
    }
    return {name: document[name] for name in ("rules", "as_of") if name in document} | parts | {"lots": []}


def _is_read(record):
    try:
        return bool(parse_record(record))
    except RecordError:
        return False


def _less(told, others):
    """What is told more often than by the others."""
    return sorted((Counter(told) - Counter(others)).elements())


def minimal(connection, document, seed):
    """Return the fewest facts on which they still differ in the same parts."""
    parts = set(differences(connection, document, seed))
    facts = [record | {"record_type": kind} for part, kind in PARTS.items() for record in document.get(part, ())]

    def differs(fewer):
        fewer["rules"] = document.get("rules", {})
        return parts & set(differences(connection, fewer, seed))

    return document_of(fewest(facts, differs)) | {"rules": document.get("rules", {})}


def calculated(document):
    """Return what `calculate` says, by part."""
    result = calculate_document(document)
    said = {part: _told(result[part]) for part in ("entitlements", "tax_lots", "realised", "reversals", *EFFECTS)}
    said["paid"] = _paid((row, row["payment_status"]) for row in result["entitlements"])
    return said | {"refusals": sorted(rejected(result))}


def folded(connection, document, seed):
    """Return what the engine says of a database that holds this document's facts alone."""
    with connection, connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit TO off")
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'migrations'")
        for (table,) in cursor.fetchall():
            cursor.execute(f"DELETE FROM {table}")
    rules = rules_of(document)
    with patch.object(processing, "SHARD_HOLDERS", Random(seed).choice([1, 1_000])):
        for number, request in enumerate(arrivals(document, seed)):
            feed(connection, *request, prefix=f"r{number:03}", rules=rules, now=LATER)
            for shard_id in shard_ids(connection):
                calculate_shard(connection, shard_id, rules, LATER)
    return stored(connection, rules)


def stored(connection, rules):
    """Return what the engine says of all that a database holds."""
    said = {table: _told(result for (result,) in rows(connection, f"SELECT result FROM {table}")) for table in EFFECTS}
    standing = rows(connection, "SELECT result, payment_status FROM entitlements WHERE status = 'CALCULATED'")
    said |= {"entitlements": _told(result for result, _ in standing), "paid": _paid(standing)}
    said["reversals"] = _told(row for (row,) in rows(connection, "SELECT result FROM entitlements WHERE is_reversal"))
    said["tax_lots"] = _told(row for (row,) in rows(connection, LOTS))
    accounts = [account for (account,) in rows(connection, "SELECT DISTINCT safekeeping_account FROM tax_lots")]
    with connection, connection.cursor() as cursor:
        said["realised"] = _told(
            row for each in accounts for row in lots_as_at(cursor, each, LATER.replace(year=2031), rules)["realised"]
        )
    return said | {"refusals": sorted(waits(connection))}


_OF_THE_ROW = ("revision", "status", "payment_status", "calculated_at", "calculation_key", "is_reversal")


def _told(found):
    """Rows as text in one order, without what says which row it is of a history."""
    return sorted(
        json.dumps({name: value for name, value in row.items() if name not in _OF_THE_ROW}, sort_keys=True)
        for row in found
    )


def _paid(found):
    return sorted(
        (row["corporate_action_event_id"], row["safekeeping_account"], row["option_number"])
        for row, status in found
        if status == "CONFIRMED"
    )


def waits(connection):
    """(record, trade, reason, field) of what the engine holds; of an account that is wanted the field is not told, see `_named`."""
    query = """SELECT DISTINCT CASE WHEN trade_id = '' THEN identity ELSE identity || ' ' || trade_id END, reason, field FROM held
               WHERE kind IN ('event', 'entitlement', 'claims', 'refused', 'trade', 'transfer', 'lots', 'position')"""
    unreported = """SELECT naming.identity, reason, field FROM held JOIN held_records AS of USING (kind, identity, safekeeping_account)
                    JOIN (SELECT record_id, identity FROM current_records UNION ALL
                          SELECT record_id, concat_ws('/', safekeeping_account, isin, safekeeping_place, as_of_date) FROM current_positions
                    ) AS naming ON naming.record_id = of.record_id WHERE kind IN ('account', 'corporate_action', 'election')
                    AND NOT EXISTS (SELECT 1 FROM held_records AS told JOIN held AS other USING (kind, identity, safekeeping_account, trade_id)
                                    WHERE told.record_id = of.record_id AND other.kind = 'entitlement' AND other.reason = held.reason)"""
    of_named = {(name.split()[0], name.split()[-1], reason, field) for name, reason, field in rows(connection, query)}
    return of_named | {
        (name, name, reason, _named(reason, field)) for name, reason, field in rows(connection, unreported)
    }


def _named(reason, field):
    """One field for both ends of a transfer: the engine tells of an account that is wanted one field, whoever names it."""
    return "safekeeping_account" if reason == "unknown_account" else field


def rejected(result):
    """The same of `calculate`, whose detail names the trade."""
    return {
        (row["record_id"], _trade_of(row) or row["record_id"], row["reason"], _named(row["reason"], row["field"]))
        for row in result["rejected"]
    }


def _trade_of(row):
    return row["detail"].split(": ")[0][6:] if row["detail"].startswith("trade ") else ""


def rules_of(document):
    """Return the document's rules as the engine has them."""
    parts = document.get("rules", {})
    rates, calendars = parts.get("withholding_rates"), parts.get("market_calendars")
    return Rules(
        WithholdingRates.from_document(rates) if rates else None, MarketCalendars.from_document(calendars) if calendars else None,
        rates["version"] if rates else "", calendars["version"] if calendars else "",
    )  # fmt: skip


def holds(document):
    """Return what a document is an example of: event types, methods and regimes, parts and refusals."""
    said = calculated(document)
    types = {json.loads(row)["event_type"] for row in said["entitlements"]}
    accounts = {account["safekeeping_account"].removeprefix("ACC-") for account in document["accounts"]}
    transfers = {transfer["transfer_id"] for transfer in document.get("transfers", ())}
    moved = {"transfers"} if any(json.loads(row)["opened_by"] in transfers for row in said["tax_lots"]) else set()
    return (
        types
        | accounts
        | moved
        | {part for part, told in said.items() if told}
        | {reason for *_, reason, _ in said["refusals"]}
    )
