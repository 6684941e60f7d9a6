"""One event and its holders, judged by pure functions: entitlements, claims, protections and lots come out of the same values.

Two loaders make the values: `FactBook.holders` from records in memory, the engine's `store/cases` from SQL, a chunk of accounts at once.
"""

from domain.case.account_lots import effects_of, part_of
from domain.case.event import Case, is_due, open_case
from domain.case.holder import Holder, held_position
from domain.case.settling import Settled, judged_election, settle

__all__ = [
    "Case",
    "Holder",
    "Settled",
    "effects_of",
    "held_position",
    "is_due",
    "judged_election",
    "open_case",
    "part_of",
    "settle",
]
