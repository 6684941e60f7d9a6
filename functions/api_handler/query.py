"""Query parameters: known names only, a limit within bounds, and opaque tokens that are checked when they come back."""

import base64
import binascii
import json
from collections.abc import Collection, Mapping

from domain.records import read_json
from domain.records.storable import unstorable
from functions.api_handler.problems import bad_request

DEFAULT_LIMIT = 100
MOST_LIMIT = 1000
LONGEST_KEY = 1000
"""Characters of a key in a token: ours are shorter, and DynamoDB refuses a sort key of more than 1,024 bytes."""


def check_names(parameters: Mapping[str, str], known: Collection[str]) -> None:
    """Check that the route has these parameters. Raises Problem 400."""
    unknown = sorted(set(parameters) - set(known))
    if unknown:
        names = ", ".join(sorted(known)) or "none"
        raise bad_request(f"unknown query parameter {unknown[0]!r}; known: {names}", unknown[0], "unknown_parameter")


def limit(parameters: Mapping[str, str]) -> int:
    """Return `limit`, 1 to 1000, default 100. Raises Problem 400."""
    text = parameters.get("limit", str(DEFAULT_LIMIT))
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= MOST_LIMIT):
        raise bad_request(f"limit must be an integer from 1 to {MOST_LIMIT}", "limit", "invalid_limit")
    return int(text)


def token(key: Mapping[str, str]) -> str:
    """Return an opaque token for the key after which the next page starts."""
    return base64.urlsafe_b64encode(json.dumps(key, sort_keys=True).encode()).decode()


def key_of(parameters: Mapping[str, str], expected: Mapping[str, str | None]) -> dict[str, str] | None:
    """Return the key in `next_token`, None without a token. `expected` has its names, with the value that must stand there or None."""
    if "next_token" not in parameters:
        return None
    refusal = bad_request("next_token is not one that this list gave", "next_token", "invalid_next_token")
    try:
        key = read_json(base64.b64decode(parameters["next_token"].encode("ascii"), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError) as error:
        raise refusal from error
    if not isinstance(key, dict) or set(key) != set(expected):
        raise refusal
    for name, value in expected.items():
        text = key[name]
        if not isinstance(text, str) or not 0 < len(text) <= LONGEST_KEY or unstorable(text):
            raise refusal
        if value is not None and text != value:
            raise refusal
    return key
