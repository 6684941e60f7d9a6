"""What a batch of table changes touches: accounts, from which date on, and which items of queue-state."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

NEWEST = date.max
"""Stands for the date of an account's newest position: lots are compared with that one."""
_LOTS = "tax_lots"


@dataclass(slots=True)
class Touched:
    """The earliest date whose report of an account may change, and the ids of the account's items in queue-state that changed."""

    earliest: date = NEWEST
    item_ids: set[str] = field(default_factory=set)


def touched(records: Iterable[Mapping[str, Any]]) -> dict[str, Touched]:
    """Return what is touched of each account, over old and new images of stream records."""
    accounts: dict[str, Touched] = {}
    for image in (image for record in records for image in _images(record["dynamodb"])):
        account = accounts.setdefault(image["safekeeping_account"]["S"], Touched())
        account.earliest = min(account.earliest, *_dates(image))
        if "kind" in image:
            account.item_ids.add(image["id"]["S"])
    return accounts


def _images(change: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    images = (change.get(name) for name in ("OldImage", "NewImage"))
    return [image for image in images if image and "safekeeping_account" in image]


def _dates(image: Mapping[str, Any]) -> Iterator[date]:
    """Yield the dates from which a change counts, at least one: `date.min` where an item has none."""
    if image.get("kind", {}).get("S") == _LOTS:
        yield NEWEST
        return
    texts = [text["S"] for text in image.get("records", {}).get("L", ())]
    plain = {name: image[name]["S"] for name in ("as_of_date", "record_date") if "S" in image.get(name, {})}
    for said in map(json.loads, texts) if texts else (plain,):
        day = said.get("as_of_date") or said.get("posting_date") or said.get("record_date")
        yield date.fromisoformat(day) if day else date.min
