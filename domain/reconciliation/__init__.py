"""Reconciliation of one account as of one date: what custodians state and confirm against what we calculated and keep as lots.

A pure function of current state: the same state gives the same bytes, whatever the order of its parts and whenever it runs. Codes:
domain rules, "Break codes"; each check says when it gives which.
"""

from domain.reconciliation.entitlement import CalculatedEvent, CurrentEntitlement
from domain.reconciliation.facts import AccountFacts, PendingTrade
from domain.reconciliation.positions import STALE_AFTER_DAYS
from domain.reconciliation.report import reconcile, report_bytes

__all__ = [
    "STALE_AFTER_DAYS",
    "AccountFacts",
    "CalculatedEvent",
    "CurrentEntitlement",
    "PendingTrade",
    "reconcile",
    "report_bytes",
]
