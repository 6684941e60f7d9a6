"""What must never be seen in a report: signatures, tokens, passwords, secret values."""

import re
from collections.abc import Mapping

MASK = "***"
LONGEST = 4000
_HEADERS = frozenset({"authorization", "x-amz-security-token", "cookie", "set-cookie"})
_NAMES = "SecretString|SecretBinary|SecretAccessKey|SessionToken|MasterUserPassword|Password|password|Plaintext|CiphertextBlob"
_JSON = re.compile(rf'("(?:{_NAMES})"\s*:\s*)"(?:[^"\\]|\\.)*"?')
_ESCAPED_JSON = re.compile(rf'(\\"(?:{_NAMES})\\"\s*:\s*)\\"[^"]*?\\"')
_XML = re.compile(rf"(<(?:{_NAMES})>)[^<]*")
_QUERY = re.compile(rf"((?:{_NAMES}|(?i:X-Amz-Signature|X-Amz-Security-Token))=)[^&\s]*")


def masked_headers(headers: Mapping[str, object]) -> dict[str, str]:
    """The headers as texts, those that carry credentials masked."""
    return {str(name): MASK if str(name).lower() in _HEADERS else _text(value) for name, value in headers.items()}


def masked_body(body: object) -> str:
    """A body or URL as text of at most 4,000 characters, with secret values masked before it is cut."""
    text = _text(body)
    for pattern, hidden in (
        (_JSON, rf'\1"{MASK}"'),
        (_ESCAPED_JSON, rf'\1\\"{MASK}\\"'),
        (_XML, rf"\1{MASK}"),
        (_QUERY, rf"\1{MASK}"),
    ):
        text = pattern.sub(hidden, text)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text)} characters)"


def _text(value: object) -> str:
    if value is None:
        return ""
    if hasattr(value, "read"):
        value = value.getvalue() if hasattr(value, "getvalue") else "(a stream)"
    return value.decode("utf-8", "replace") if isinstance(value, bytes | bytearray) else str(value)
