"""What one holder is due from one event: `prepare_event(event, rules)` once, then `.entitle(account, eligible, elections)` per holder."""

from domain.entitlements.calculation import Calculation, PlaceBalance
from domain.entitlements.elections import judge_elections, quantities_by_option
from domain.entitlements.event import PreparedEvent, prepare_event
from domain.entitlements.explanation import explain, explain_yield
from domain.entitlements.notices import notices

__all__ = [
    "Calculation",
    "PlaceBalance",
    "PreparedEvent",
    "explain",
    "explain_yield",
    "judge_elections",
    "notices",
    "prepare_event",
    "quantities_by_option",
]
