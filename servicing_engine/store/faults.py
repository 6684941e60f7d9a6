"""Whether a failed transaction is its record's fault, or passes."""

import psycopg2

from sending import is_refusal

_CLASSES = ("22", "54")
"""SQLSTATE classes of values that PostgreSQL can never store: data exception; program limit exceeded, such as an index row too large."""
_CODES = ("23502", "23514")
"""NOT NULL and CHECK violations. A unique key that is taken may be a race, so it passes."""


def is_of_the_record(error: BaseException) -> bool:
    """Return True if the same record would fail again: values that PostgreSQL refuses, and whatever reading or folding it raised.

    False for lost connections, rollbacks, locks, resources, operators and unknown errors of PostgreSQL (PostgreSQL, "Error Codes"), and for
    failures of AWS.
    """
    if isinstance(error, psycopg2.Error):
        code = error.pgcode or ""
        return code[:2] in _CLASSES or code in _CODES
    return is_refusal(error)
