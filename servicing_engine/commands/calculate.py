"""`calculate FILE…`: reads documents, prints the result. The same domain code as the engine's, without AWS or a database."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from domain.calculation import DocumentError, calculate_document
from servicing_engine.commands.common import print_json, print_lines
from servicing_engine.commands.document import read_documents
from servicing_engine.settings import UnusableError

REJECTED = 1
EPILOG = """
files:
  JSON     an object with accounts, positions, trades, corporate_actions, elections, …; several files add up
  message  ISO 15022 (MT535, MT564, MT565, MT566) or ISO 20022 (seev.031, .033, .036, semt.002): known by its first bytes
  CSV      positions (a column settled_quantity) or trades (a column trade_id); the first line names the records' fields,
           an empty cell is an absent field

examples:
  %(prog)s examples/calculate/dividend.json --explain
  %(prog)s announcement.fin holdings.fin accounts.json --rules default

exit status: 0 all calculated; 1 something was rejected (0 with --keep-going): the output is complete all the same;
3 usage, or a file that cannot be used
"""


def calculate_files(
    paths: Sequence[Path], *, explain: bool = False, as_json: bool = False, keep_going: bool = False, rules: str = ""
) -> int:
    """Print the result of the files as JSON, or explained for people, or explained `as_json`, and a line of counts on standard error.

    Returns the exit status, as EPILOG has it. Raises UnusableError.
    """
    _, result = calculated(paths, rules, explain=explain)
    if explain and not as_json:
        print_lines(explained_lines(result))
    else:
        print_json(result)
    print(f"calculate: {summary(result)}", file=sys.stderr)
    return REJECTED if result["rejected"] and not keep_going else 0


def calculated(
    paths: Sequence[Path], rules: str = "", *, explain: bool = False
) -> tuple[Mapping[str, Any], dict[str, Any]]:
    """Return the document that the files make together, and its result. Raises UnusableError."""
    document = read_documents(paths, rules)
    try:
        result = calculate_document(document.parts, explained=explain)
    except DocumentError as error:
        raise UnusableError(f"{', '.join(map(str, paths))}: {error}") from error
    return document.parts, {**result, "rejected": [*document.rejected, *result["rejected"]]}


def summary(result: Mapping[str, Any]) -> str:
    """Return the counts in one line, and the first rejections by record and field."""
    counts = f"{len(result['entitlements'])} entitlements, {len(result['tax_lots'])} tax lots, {len(result['realised'])} realised"
    rejected = result["rejected"]
    if not rejected:
        return f"{counts}, nothing rejected"
    named = "; ".join("{record} {record_id}: {field}: {reason}".format(**row) for row in rejected[:3])
    return f"{counts}, {len(rejected)} rejected: {named}{'; …' if len(rejected) > 3 else ''}"


_TITLES = {
    "corporate_actions": "{corporate_action_event_id} version {version}",
    "entitlements": "{corporate_action_event_id} version {version}, {event_type}: {safekeeping_account}, option {option_number}",
    "reversals": "reversal of {corporate_action_event_id} version {version}: {safekeeping_account}, option {option_number}",
    "market_claims": "{claim_type} of {trade_id}, {corporate_action_event_id} version {version}: {safekeeping_account}",
    "transformations": "transformation of {trade_id}, {corporate_action_event_id} version {version}: {safekeeping_account}",
    "buyer_protections": "buyer protection of {trade_id}, {corporate_action_event_id} version {version}: {safekeeping_account}",
    "tax_lots": "lot {lot_id} of {safekeeping_account}: {quantity} {isin}, basis {cost_basis} {currency}, since {acquisition_date}",
    "realised": "realised {lot_id} by {closed_by}: {proceeds} - {cost_basis} = {gain_loss} {currency}, {holding_term}",
}
"""How a row of each part of the output is named, before its steps."""


def explained_lines(result: Mapping[str, Any]) -> Iterator[str]:
    """Yield lines for people: of each row every step to its figures, to be checked with pencil and paper, steps of one rule above it; then
    what was rejected.

    `result` has explanations; one of `lots` has only a part of the parts.
    """
    for part, title in _TITLES.items():
        for row in result.get(part, ()):
            yield title.format(**row)
            for rule, steps in groupby(row["explanation"], key=lambda step: step["rule"]):
                yield from (f"  {step['name']} = {step['result']}: {step['arithmetic']}" for step in steps)
                yield f"      {rule}"
            if part == "entitlements":
                yield f"  by {row['rules_version']}"
    for row in result.get("rejected", ()):
        yield "rejected {record} {record_id}: {field}: {reason}: {detail}".format(**row)
