"""Which accounts a batch of table changes touches, and from which date on."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any


def touched(records: Iterable[Mapping[str, Any]]) -> dict[str, date]:
    """Return the earliest date touched of each account, over old and new images of stream records; queue-state touches all dates."""
    earliest: dict[str, date] = {}
    for record in records:
        images = record["dynamodb"]
        for image in (images.get("OldImage"), images.get("NewImage")):
            if image and "safekeeping_account" in image:
                account = image["safekeeping_account"]["S"]
                earliest[account] = min(_date(image), earliest.get(account, date.max))
    return earliest


def _date(image: Mapping[str, Any]) -> date:
    for name in ("as_of_date", "record_date"):
        if image.get(name, {}).get("S"):
            return date.fromisoformat(image[name]["S"])
    return date.min
