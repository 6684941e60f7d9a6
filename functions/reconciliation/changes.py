"""What a batch of table changes touches: accounts, from which date on, and the items of queue-state that changed."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

Item = Mapping[str, Any]
"""An item in DynamoDB's form: a type and a value by attribute."""
NEWEST = date.max
"""Stands for the date of an account's newest position: lots are compared with that one."""
_LOTS = "tax_lots"


@dataclass(slots=True)
class Touched:
    """The earliest date whose report of an account may change, and by id the account's items in queue-state that changed.

    An item is as the batch left it, None where it was deleted. An item's changes come in order, so what is newer comes later.
    """

    earliest: date = NEWEST
    items: dict[str, Item | None] = field(default_factory=dict)


def touched(records: Iterable[Mapping[str, Any]]) -> dict[str, Touched]:
    """Return what is touched of each account, over old and new images of stream records."""
    accounts: dict[str, Touched] = {}
    for change in (record["dynamodb"] for record in records):
        for name in ("OldImage", "NewImage"):
            if (image := change.get(name)) and "safekeeping_account" in image:
                account = accounts.setdefault(image["safekeeping_account"]["S"], Touched())
                account.earliest = min(account.earliest, *_dates(image))
                if "kind" in image:
                    account.items[image["id"]["S"]] = image if name == "NewImage" else None
    return accounts


def _dates(image: Item) -> Iterator[date]:
    """Yield the dates from which a change counts, at least one: `date.min` where an item has none."""
    if image.get("kind", {}).get("S") == _LOTS:
        yield NEWEST
        return
    texts = [text["S"] for text in image.get("records", {}).get("L", ())]
    plain = {name: image[name]["S"] for name in ("as_of_date", "record_date") if "S" in image.get(name, {})}
    for said in map(json.loads, texts) if texts else (plain,):
        day = said.get("as_of_date") or said.get("posting_date") or said.get("record_date")
        yield date.fromisoformat(day) if day else date.min
