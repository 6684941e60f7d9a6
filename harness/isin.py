"""ISINs that nobody else uses, for facts of tests and benchmarks."""

import uuid


def fresh_isin() -> str:
    """A US ISIN with a right check digit (ISO 6166: Luhn over the letters' values)."""
    body = f"US{uuid.uuid4().int % 10**9:09d}"
    digits = "".join(str(int(character, 36)) for character in body)
    doubled = (int(digit) * (1 if place % 2 else 2) for place, digit in enumerate(reversed(digits)))
    return f"{body}{-sum(n // 10 + n % 10 for n in doubled) % 10}"
