"""`calculate FILE`: reads a document, prints the result. The same domain code as the engine's, without AWS or a database."""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from domain.calculation import DocumentError, calculate_document
from domain.records import RecordError, read_json

FILE_ERROR = 3


class FileError(ValueError):
    """A file that is no document: the message is one line that names the file and what is wrong with it."""


def calculate_file(path: Path, *, explain: bool = False) -> int:
    """Prints the result of one document as JSON, or explained for people; what cannot be used is one line on standard error and exit
    status 3."""
    try:
        _, result = calculated(path)
    except FileError as error:
        print(f"calculate: {error}", file=sys.stderr)
        return FILE_ERROR
    if explain:
        sys.stdout.writelines(f"{line}\n" for line in explained(result))
    else:
        json.dump(result, sys.stdout, indent=2, ensure_ascii=False)
        sys.stdout.write("\n")
    return 0


def calculated(path: Path) -> tuple[Mapping[str, Any], dict[str, Any]]:
    """The document of a file (`-`: standard input) and its result. Raises FileError."""
    try:
        document = _read(path)
        return document, calculate_document(document)
    except OSError as error:
        raise FileError(f"{path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise FileError(f"{path}: not UTF-8 at byte {error.start}") from error
    except DocumentError as error:
        raise FileError(f"{path}: {error}") from error
    except RecordError as error:
        raise FileError(f"{path}: {error.detail}") from error


def explained(result: Mapping[str, Any]) -> Iterator[str]:
    """The result as lines for people: of each entitlement every step to be checked with pencil and paper; lots, gains and rejections."""
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
