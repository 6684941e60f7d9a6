"""What a payment posted, in either standard, as the record of its confirmation.

Cash is summed, and so are its charges. Of securities the first that is credited, else the first that is debited, stands in the record
itself, the others beside it.
"""

from collections.abc import Sequence
from decimal import Decimal

from domain.messages.draft import Draft
from domain.numbers.series import exact_sum

_Cash = Sequence[tuple[Decimal, str | None, str]]
"""(amount, currency, the message's field) of each movement."""


def put_posted(draft: Draft, cash: _Cash, charges: _Cash, securities: Sequence[Draft]) -> None:
    """Put cash, debits below zero, its charges, and securities, credited ones first, into a confirmation."""
    for _, currency, at in (*cash, *charges):
        draft.put("currency", currency, at)
    for name, amounts in (("posting_amount", cash), ("charge_amount", charges)):
        if amounts:
            draft.put(name, exact_sum(amount for amount, _, _ in amounts), amounts[-1][2])
    for first in securities[:1]:
        draft.take(first)
        draft.nest("securities_movements", securities[1:], first.source("posting_quantity"))
