"""Business identifier codes (ISO 9362)."""


def short_bic(code: str) -> str:
    """A BIC without the branch XXX, which is the head office: one institution has one name, however a sender writes it."""
    return code[:8] if len(code) == 11 and code.endswith("XXX") else code
