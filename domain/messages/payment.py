"""What a payment posted, in either standard, as the record of its confirmation.

Cash is summed. Of securities the first that is credited, else the first that is debited, stands in the record itself, the others beside it.
"""

from collections.abc import Sequence
from decimal import Decimal
from functools import reduce

from domain.messages.draft import Draft
from domain.numbers.exact import EXACT


def put_posted(draft: Draft, cash: Sequence[tuple[Decimal, str | None, str]], securities: Sequence[Draft]) -> None:
    """Put cash (amount, debits below zero; currency; the message's field) and securities, credited ones first, into a confirmation."""
    for _, currency, at in cash:
        draft.put("currency", currency, at)
    if cash:
        draft.put("posting_amount", reduce(EXACT.add, (amount for amount, _, _ in cash)), cash[-1][2])
    for first in securities[:1]:
        draft.take(first)
        draft.nest("securities_movements", securities[1:], first.source("posting_quantity"))
