"""What each event type gives: one small module per family, found here by its code.

A new event type adds a module with an `EventType` and one line to `EVENT_TYPES`; nothing outside this folder changes.
"""

from collections.abc import Mapping

from domain.corporate_actions import cash_dividend, securities_distribution, split
from domain.corporate_actions.event_type import EventType, MissingTerms, ratio_of

EVENT_TYPES: Mapping[str, EventType] = {
    "DVCA": cash_dividend.DVCA,
    "DVSE": securities_distribution.DVSE,
    "BONU": securities_distribution.BONU,
    "SPLF": split.SPLF,
    "SPLR": split.SPLR,
}

__all__ = ["EVENT_TYPES", "EventType", "MissingTerms", "ratio_of"]
