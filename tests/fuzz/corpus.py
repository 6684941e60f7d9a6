"""What fuzzing starts from: our examples, fixtures and rules, and the words of the formats."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from functions.api_handler.query import token
from tests.unit.domain.test_malformed_documents import LOT, whole
from tests.unit.domain.test_record_fields import FULL

CHECKOUT = Path(__file__).resolve().parents[2]
_MESSAGES = CHECKOUT / "examples" / "feeds" / "messages"
_UNIT = CHECKOUT / "tests" / "unit" / "domain"
ODDITIES = (
    *("", " ", "0", "-0", "-1", "+1", "007", "0.1", "1e5", "1,5", "NaN", "9" * 30, "9" * 31, "0." + "9" * 30, "9" * 39),
    *("2026-02-29", "2028-02-29", "0001-01-01", "9999-12-31", "2026-W10-1", "20260316", "UKWN", "OPEN"),
    *("2026-03-16T09:30:00Z", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026-03-16T24:00:00Z"),
    *("\x00", "\x1f", "\x7f", "\x85", "\u0131", "\ufb01", "\u0661", "\ufffe", "\uffff", "\U0001f0a1", "a/b", "x" * 300),
    *("NEWM", "REPL", "CANC", "WITH", "CHOS", "CASH", "SECU", "SHOR", "DBIT", "DEBT", "USD", "JPY", "N", "Y", "true"),
    *("US0378331005", "DE0007164600", "GENR", "FIFO", "SPECIFIC", "US_WASH_SALE", "*"),
)
"""Values that stand at an edge of some format."""
ODD_JSON: tuple[Any, ...] = (
    *ODDITIES,
    None,
    True,
    False,
    0,
    -1,
    2**63,
    10**38,
    1.5,
    [],
    {},
    [[]],
    [{}],
    {"": {}},
    [None],
)


def messages() -> Iterator[bytes]:
    """Every example message in both standards, and those that we write."""
    for folder in (_MESSAGES, _UNIT / "messages" / "written"):
        yield from (path.read_bytes() for path in sorted(folder.iterdir()) if path.suffix != ".py")


def records() -> Iterator[bytes]:
    """The records of the example feed and one of every type with every field."""
    for path in sorted((CHECKOUT / "examples" / "feeds").glob("*.jsonl")):
        yield from path.read_bytes().splitlines()
    yield from _texts(FULL.values())


def lines() -> Iterator[bytes]:
    """What the stream carries: records and messages."""
    yield from records()
    yield from messages()


def documents() -> Iterator[bytes]:
    """Documents of `calculate`: the examples and the worked cases."""
    yield from _texts([whole()])
    for path in sorted((CHECKOUT / "examples" / "calculate").glob("*.json")):
        yield path.read_bytes()
    for path in sorted((_UNIT / "worked").rglob("*.json"))[::8]:
        yield path.read_bytes()


def lots() -> Iterator[bytes]:
    """An opening lot, with and without its ratio."""
    yield from _texts([LOT, {name: value for name, value in LOT.items() if name != "quantity_ratio"}])


def withholding_rates() -> Iterator[bytes]:
    """The committed document by few rows, each of another shape."""
    document = json.loads((CHECKOUT / "rules" / "withholding_rates.json").read_text(encoding="utf-8"))
    for start in range(0, len(document["rates"]), 10):
        yield from _texts([document | {"rates": document["rates"][start : start + 3]}])


def market_calendars() -> Iterator[bytes]:
    """Each market of the committed document, with few holidays."""
    document = json.loads((CHECKOUT / "rules" / "market_calendars.json").read_text(encoding="utf-8"))
    for code, market in document["calendars"].items():
        small = deepcopy(market)
        for name in ("holidays", "trading_holidays", "settlement_holidays", "early_closes"):
            small[name] = small.get(name, [])[:2]
        yield from _texts([document | {"calendars": {code: small}}])


def queries() -> Iterator[bytes]:
    """Parameters of a list, with and without a token."""
    key = token({"safekeeping_account": "A", "entitlement_key": "CA-1#001"})
    yield from _texts([{}, {"limit": "10"}, {"safekeeping_account": "A", "limit": "1000", "next_token": key}])


def requests() -> Iterator[bytes]:
    """A request of every route; the body is an object, so that its fields are changed one by one."""
    position = {
        name: value
        for name, value in FULL["position"].items()
        if name not in ("record_type", "isin", "safekeeping_account")
    }
    path = f"/positions/ACC-1/{FULL['position']['isin']}"
    deletion = {"as_of_date": "2026-03-20", "safekeeping_place": "DTCYUS33", "sequence": "2"}
    yield from _texts(
        [
            {"method": "PUT", "path": path, "body": position},
            {"method": "DELETE", "path": path, "query": deletion},
            {"method": "GET", "path": path, "query": {"limit": "5"}},
            {"method": "GET", "path": "/positions", "query": {"safekeeping_account": "ACC-1"}},
            {"method": "POST", "path": "/corporate-actions", "body": FULL["corporate_action"]},
            {"method": "GET", "path": "/corporate-actions/CA-1"},
            {"method": "DELETE", "path": "/corporate-actions/CA-1"},
            {"method": "GET", "path": "/entitlements", "query": {"corporate_action_event_id": "CA-1", "limit": "5"}},
            {"method": "GET", "path": "/entitlements/CA-1/ACC-1"},
        ]
    )


def queue_requests() -> Iterator[bytes]:
    """A request of facts for each record of every type, and one for a shard."""
    entries = [
        {"record_id": f"s:{number}", "received_at": "2026-03-16T09:30:00Z", "record": raw}
        for number, raw in enumerate(FULL.values())
    ]
    yield from _texts([{"kind": "facts", "request_id": "r", "facts": [entry]} for entry in entries])
    yield from _texts([{"kind": "recalculate", "request_id": "r", "shard_id": 7}])


def _texts(values: Any) -> Iterator[bytes]:
    for value in values:
        yield json.dumps(value, ensure_ascii=False).encode()


def dictionary(seeds: list[bytes]) -> bytes:
    """Return libFuzzer's dictionary of the seeds' tags, names and words, and of the oddities."""
    words = {
        word for seed in seeds for word in re.findall(rb':[0-9]{2}[A-Z]::?[A-Z0-9]{0,4}|</?\w+>|"\w+":?|[A-Z]{4}', seed)
    }
    words |= {each.encode() for each in ODDITIES if each and len(each) < 40}
    return b"".join(b'"%s"\n' % b"".join(b"\\x%02x" % byte for byte in word) for word in sorted(words))


SEEDS: Mapping[str, Callable[[], Iterator[bytes]]] = {
    "message": messages,
    "record": records,
    "line": lines,
    "document": documents,
    "lot": lots,
    "withholding_rates": withholding_rates,
    "market_calendars": market_calendars,
    "query": queries,
    "api": requests,
    "request": queue_requests,
}
