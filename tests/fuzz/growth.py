"""`python -m tests.fuzz.growth`: each part of each seed repeated until the input is large; exit status 1 where time grows faster than size.

Parts: the sequences and lines of a FIN message, the elements of an XML message, the fields and members of JSON. Time is the processor's.
"""

import json
import re
import sys
import time
from collections.abc import Iterator
from typing import Any

from tests.fuzz import reading
from tests.fuzz.corpus import SEEDS

SMALL, LARGE = 20_000, 100_000
MOST = 2.5
"""Times the growth in size: the time may grow by so much more than the size before a part is named."""
_LEAST_SECONDS = 0.2
_KIND = 14
"""Characters by which parts are alike: a tag with its qualifier, an element's or a field's name. Each kind is tried once."""
_SEQUENCE = re.compile(r":16R:(\w+)\n(?:.*\n)*?:16S:\1\n")
_ELEMENT = re.compile(r"<(\w+)(?: [^>]*)?>.*?</\1>", re.DOTALL)


def main() -> int:
    """Exit status: 0 every part grows with its size, 1 one does not."""
    slow, seen = 0, set[tuple[str, str]]()
    for parser in ("message", "record", "withholding_rates", "market_calendars"):
        for seed in _whole(SEEDS[parser]()):
            for part, before, after in _parts(seed):
                if (parser, kind := part[:_KIND]) in seen:
                    continue
                seen.add((parser, kind))
                small, large = (_seconds(parser, before, part, after, size) for size in (SMALL, LARGE))
                if large > _LEAST_SECONDS and large > small * LARGE / SMALL * MOST:
                    slow += 1
                    print(f"{parser}: {small:.2f} s, then {large:.2f} s: {part[:80]!r}", flush=True)
    print(f"{slow} of {len(seen)} kinds of parts grow faster than their size")
    return 1 if slow else 0


def _whole(seeds: Iterator[bytes]) -> list[str]:
    return sorted({seed.decode() for seed in seeds})


def _parts(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield (part, what stands before it, what stands after it)."""
    if text.startswith("{") and not text.startswith("{1:"):
        yield from _json_parts(text)
        return
    patterns = (_ELEMENT,) if text.startswith("<") else (_SEQUENCE, re.compile(r"^:.*\n", re.MULTILINE))
    for pattern in patterns:
        position = 0
        while found := pattern.search(text, position):
            yield found[0], text[: found.start()], text[found.end() :]
            position = found.start() + 1


def _json_parts(text: str) -> Iterator[tuple[str, str, str]]:
    """A member of a list is repeated; a field of an object comes again under other names."""
    mark = "\ue000"

    def places(value: Any) -> Iterator[tuple[Any, Any]]:
        for key, inner in list(value.items() if isinstance(value, dict) else enumerate(value)):
            yield value, key
            if isinstance(inner, dict | list):
                yield from places(inner)

    try:
        root = json.loads(text)
    except ValueError:
        return
    for holder, key in places(root):
        given = holder[key]
        holder[key] = mark
        before, _, after = json.dumps(root).partition(json.dumps(mark))
        holder[key] = given
        member = json.dumps(given)
        yield (f", {member}" if isinstance(holder, list) else f', "\ue001": {member}'), before + member, after


def _seconds(parser: str, before: str, part: str, after: str, size: int) -> float:
    count = max(1, size // len(part))
    repeated = (
        "".join(part.replace("\ue001", f"x{number}") for number in range(count)) if "\ue001" in part else part * count
    )
    data = f"{before}{repeated}{after}".encode()
    began = time.process_time()
    getattr(reading, parser)(data)
    return time.process_time() - began


if __name__ == "__main__":
    sys.exit(main())
