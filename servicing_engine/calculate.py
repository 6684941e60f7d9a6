"""`calculate FILE`: reads a document, prints the result. The same domain code as the engine's, without AWS or a database."""

import json
import sys
from pathlib import Path
from typing import Any

from domain.calculation import DocumentError, calculate_document

FILE_ERROR = 3


def calculate_file(path: Path) -> int:
    """Prints the result of one document as JSON; what cannot be used is one line on standard error and exit status 3."""
    try:
        result = calculate_document(_read(path))
    except OSError as error:
        return _refuse(f"{path}: {error.strerror or error}")
    except UnicodeDecodeError as error:
        return _refuse(f"{path}: not UTF-8 at byte {error.start}")
    except json.JSONDecodeError as error:
        return _refuse(f"{path}: not JSON at line {error.lineno} column {error.colno}: {error.msg}")
    except DocumentError as error:
        return _refuse(f"{path}: {error}")
    except (RecursionError, ValueError) as error:  # nested too deeply; an integer of more digits than Python reads
        return _refuse(f"{path}: not JSON that can be read: {error}")
    json.dump(result, sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")
    return 0


def _read(path: Path) -> Any:
    text = sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8")
    return json.loads(text)


def _refuse(line: str) -> int:
    print(f"calculate: {line}", file=sys.stderr)
    return FILE_ERROR
