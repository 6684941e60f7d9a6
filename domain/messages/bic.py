"""Business identifier codes (ISO 9362)."""

import re

_BIC = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")


def is_bic(text: str) -> bool:
    """Return True if the text has the form of a BIC, of 8 or 11 characters."""
    return bool(_BIC.fullmatch(text))


def short_bic(code: str) -> str:
    """A BIC without the branch XXX, which is the head office: one institution has one name, however a sender writes it."""
    return code[:8] if len(code) == 11 and code.endswith("XXX") else code
