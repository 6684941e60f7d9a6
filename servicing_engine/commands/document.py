"""The files of `calculate` as one document: JSON documents, ISO messages, and CSV of positions or trades."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from domain.calculation import PARTS, DocumentError, rejection
from domain.messages import is_message, read_message
from domain.records import RecordError, read_json
from servicing_engine.commands.common import read_bytes
from servicing_engine.settings import UnusableError

DEFAULT_RULES = "default"
CSV_PARTS = {"trade_id": "trades", "settled_quantity": "positions"}
"""Column -> the part to which a table with this column belongs."""
_INTEGERS = ("sequence",)
_PART_OF = {record_type: part for part, record_type in PARTS.items()}
_RULES_DOCUMENTS = ("withholding_rates", "market_calendars")
_DISTRIBUTION = "asset-servicing-operations"


@dataclass
class Document:
    """What the files hold together: `parts` is a document of `calculate`, `rejected` the messages that cannot be read."""

    parts: dict[str, Any] = field(default_factory=dict)
    rejected: list[dict[str, Any]] = field(default_factory=list)

    def add(self, part: str, content: Any, name: str) -> None:
        """Add a part of one file. Lists are joined; anything else may come from one file only, else UnusableError."""
        present = self.parts.get(part)
        if isinstance(present, list) and isinstance(content, list):
            self.parts[part] = [*present, *content]
        elif present is None or content is None:
            self.parts[part] = content if present is None else present
        else:
            raise UnusableError(f"{name}: {part} is in an earlier file too, and only lists can be joined")


def read_documents(paths: Sequence[Path], rules: str = "") -> Document:
    """Return the content of all files (`-`: standard input) as one document. Raises UnusableError.

    rules: a folder with withholding_rates.json and market_calendars.json, or `default`: used for what no file has.
    """
    document = Document()
    for path in paths:
        _read(document, path)
    if rules:
        given = document.parts.get("rules") or {}
        if isinstance(given, Mapping):
            document.parts["rules"] = {**_default_rules(rules, given), **given}
    return document


def _read(document: Document, path: Path) -> None:
    try:
        data = read_bytes(path)
        if is_message(data):
            _add_message(document, path, data)
        elif path.suffix.lower() == ".csv":
            part, rows = _table(data.decode("utf-8-sig"))
            document.add(part, rows, str(path))
        else:
            _add_json(document, path, read_json(data.removeprefix(b"\xef\xbb\xbf")))
    except UnicodeDecodeError as error:
        raise UnusableError(f"{path}: not UTF-8 at byte {error.start}") from error
    except (DocumentError, csv.Error) as error:
        raise UnusableError(f"{path}: {error}") from error
    except RecordError as error:
        raise UnusableError(f"{path}: {error.detail}") from error


def _add_message(document: Document, path: Path, data: bytes) -> None:
    try:
        for record in read_message(data):
            document.add(_PART_OF[record["record_type"]], [record], str(path))
    except RecordError as error:
        document.rejected.append(rejection("message", str(path), error.field, error.reason, error.detail))


def _add_json(document: Document, path: Path, content: Any) -> None:
    if not isinstance(content, Mapping):
        raise DocumentError("the document must be one JSON object")
    for part, value in content.items():
        document.add(part, value, str(path))


def _table(text: str) -> tuple[str, list[dict[str, Any]]]:
    """The part, and a raw record for each row below the header, whose columns are the record's fields. Raises DocumentError."""
    rows = csv.reader(io.StringIO(text), strict=True)
    header = [name.strip() for name in next(rows, [])]
    part = next((part for column, part in CSV_PARTS.items() if column in header), None)
    if part is None:
        detail = " or ".join(f"{column} ({part})" for column, part in CSV_PARTS.items())
        raise DocumentError(f"the first line must name the columns, separated by commas, among them {detail}")
    if twice := {name for name in header if header.count(name) > 1}:
        raise DocumentError(f"the column {min(twice)} is there twice")
    return part, list(_records(header, rows))


def _records(header: Sequence[str], rows: Any) -> Iterator[dict[str, Any]]:
    """Yield the rows' records; an empty cell is an absent field."""
    for cells in rows:
        if not any(cells):
            continue
        if len(cells) != len(header):
            raise DocumentError(f"line {rows.line_num} has {len(cells)} cells, and the header {len(header)} columns")
        named = {name: cell for name, cell in zip(header, cells, strict=True) if cell}
        yield {name: _cell(name, text) for name, text in named.items()}


def _cell(name: str, text: str) -> str | int:
    return int(text) if name in _INTEGERS and text.isascii() and text.isdigit() else text


def _default_rules(rules: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The rules documents that are not `given`, from a folder or the package's own. Raises UnusableError."""
    missing = [name for name in _RULES_DOCUMENTS if given.get(name) is None]
    read = {}
    for name in missing:
        path = packaged_rules(name) if rules == DEFAULT_RULES else Path(rules) / f"{name}.json"
        try:
            read[name] = read_json(path.read_bytes())
        except OSError as error:
            raise UnusableError(f"--rules {rules}: {path}: {error.strerror or error}") from error
        except RecordError as error:
            raise UnusableError(f"--rules {rules}: {path}: {error.detail}") from error
    return read


def packaged_rules(name: str) -> Path:
    """Return where the rules document `name` is: in the checkout, else where the wheel has put it. Raises UnusableError."""
    of_checkout = Path(__file__).parents[2] / "rules" / f"{name}.json"
    if of_checkout.exists():
        return of_checkout
    try:
        installed = metadata.files(_DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        installed = []
    for file in installed:
        if file.name == of_checkout.name:
            return Path(str(file.locate()))
    raise UnusableError(
        f"--rules {DEFAULT_RULES}: this installation brings no {of_checkout.name}: name a folder that has it"
    )
