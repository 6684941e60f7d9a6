"""`calculate FILE`: reads a document, prints the result. The same domain code as the engine's, without AWS or a database."""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from domain.calculation import DocumentError, calculate_document
from domain.records import RecordError, read_json
from servicing_engine.commands.common import print_json
from servicing_engine.settings import UnusableError


def calculate_file(path: Path, *, explain: bool = False) -> int:
    """Print the result of one document as JSON, or explained for people, and return the exit status. Raises UnusableError."""
    _, result = calculated(path)
    if not explain:
        return print_json(result)
    sys.stdout.writelines(f"{line}\n" for line in explained(result))
    return 0


def calculated(path: Path) -> tuple[Mapping[str, Any], dict[str, Any]]:
    """Return the document of a file (`-`: standard input) and its result. Raises UnusableError."""
    try:
        document = _read(path)
        return document, calculate_document(document)
    except OSError as error:
        raise UnusableError(f"{path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise UnusableError(f"{path}: not UTF-8 at byte {error.start}") from error
    except DocumentError as error:
        raise UnusableError(f"{path}: {error}") from error
    except RecordError as error:
        raise UnusableError(f"{path}: {error.detail}") from error


def explained(result: Mapping[str, Any]) -> Iterator[str]:
    """Yield the result as lines for people: every step of each entitlement, then lots, gains and rejections."""
    for row in result["entitlements"]:
        named = (
            "{corporate_action_event_id} version {version}, {event_type}: {safekeeping_account}, option {option_number}"
        )
        yield named.format(**row)
        for step in row["explanation"]:
            yield f"  {step['name']} = {step['result']}: {step['arithmetic']}"
            yield f"      {step['rule']}"
        yield f"  by {row['rules_version']}"
    for row in result["tax_lots"]:
        lot = "lot {lot_id} of {safekeeping_account}: {quantity} {isin}, basis {cost_basis} {currency}, since {acquisition_date}"
        yield lot.format(**row)
    for row in result["realised"]:
        gain = "realised {lot_id} by {closed_by}: {proceeds} - {cost_basis} = {gain_loss} {currency}, {holding_term}"
        yield gain.format(**row)
    for row in result["rejected"]:
        yield "rejected {record} {record_id}: {field}: {reason}: {detail}".format(**row)


def _read(path: Path) -> Any:
    text = sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8")
    return read_json(text)
