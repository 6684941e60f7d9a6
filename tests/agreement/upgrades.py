"""A random document calculated by an earlier release, upgraded: what a dry run of `recalculate` says, and what the applied run writes."""

import io
import json
from contextlib import redirect_stdout
from random import Random
from unittest.mock import patch

from domain.case.revisions import said
from domain.corporate_actions import EVENT_TYPES
from domain.numbers.money import MINOR_UNITS
from servicing_engine.commands.difference_report import Report
from servicing_engine.commands.recalculate import Recalculation
from servicing_engine.folding import processing
from tests.agreement.documents import random_document
from tests.agreement.sides import LATER, folded, readable, rules_of
from tests.unit.engine.feeding import rows

ROWS = {
    "entitlements": "SELECT corporate_action_event_id, safekeeping_account, option_number, result FROM entitlements WHERE status = 'CALCULATED'",
    "tax_lots": """SELECT '', safekeeping_account, lot_id, to_jsonb(tax_lots) || jsonb_build_object(
                       'quantity', quantity::text, 'cost_basis', cost_basis::text) FROM tax_lots""",
    "market_claims": "SELECT corporate_action_event_id, safekeeping_account, trade_id, result FROM market_claims",
    "transformations": "SELECT corporate_action_event_id, safekeeping_account, trade_id, result FROM transformations",
    "buyer_protections": """SELECT corporate_action_event_id, safekeeping_account,
                                trade_id || CASE part WHEN 1 THEN '' ELSE '/' || part END, result FROM buyer_protections""",
    "held": """SELECT CASE WHEN alone THEN '' ELSE identity END, safekeeping_account,
                   concat_ws(' ', kind, CASE WHEN alone THEN identity END, nullif(trade_id, '')),
                   jsonb_build_object('reason', reason, 'field', field, 'detail', detail)
               FROM held, LATERAL (SELECT kind IN ('refused', 'trade', 'transfer') AS alone) AS subject
               WHERE kind IN ('event', 'entitlement', 'claims', 'refused', 'trade', 'transfer', 'lots')""",
    "fold_days": """SELECT corporate_action_event_id, '', '', jsonb_build_object('days', string_agg(fold_on::text, ' ' ORDER BY fold_on))
                    FROM fold_days GROUP BY 1""",
}
"""Part -> statement that gives (event, account, key, row) of all that a fold writes."""


def calculated_earlier(connection, seed):
    """Fold a random document as an engine that did not know all event types, and in every other document rounded dollars to dimes; return
    the rules."""
    random, document = Random(f"upgrade {seed}"), readable(random_document(seed))
    with (
        patch.dict(EVENT_TYPES),
        patch.dict(MINOR_UNITS, {"USD": random.choice([1, 2])}),
    ):
        for code in random.sample(sorted(EVENT_TYPES), len(EVENT_TYPES) // 3):
            del EVENT_TYPES[code]
        folded(connection, document, seed)
    connection.commit()
    return rules_of(document)


def run(connection, rules, *events, dry_run=False, holders=1_000):
    """Recalculate, and return the report and what it printed, line by line."""
    printed, report = io.StringIO(), Report(as_json=True, writes=not dry_run)
    with redirect_stdout(printed), patch.object(processing, "SHARD_HOLDERS", holders):
        Recalculation(connection, rules, report, lambda: LATER).run(events)
    return report, [json.loads(line) for line in printed.getvalue().splitlines()]


def standing(connection):
    """Return (part, event, account, key) -> what the row says."""
    found = {(part, *key): said(row) for part, query in ROWS.items() for *key, row in rows(connection, query)}
    connection.commit()
    return found


def written(before, after):
    """Return the rows that are not the same, each with the fields that differ: as it stood, as it stands."""
    return {
        key: changed(before.get(key, {}), after.get(key, {}))
        for key in {*before, *after}
        if before.get(key) != after.get(key)
    }


def told(lines):
    """Return the same of what a run printed."""
    return {
        (
            line["part"],
            line["corporate_action_event_id"] or "",
            line["safekeeping_account"] or "",
            line["key"],
        ): changed(said(line["before"] or {}), said(line["after"] or {}))
        for line in lines
    }


def changed(was, becomes):
    names = [name for name in {**was, **becomes} if was.get(name) != becomes.get(name)]
    return {name: (was.get(name), becomes.get(name)) for name in names}
