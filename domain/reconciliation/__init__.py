"""Reconciliation of one account as of one date: what custodians state against what we calculated with and keep as lots.

A pure function of current state: the same state gives the same bytes, whatever the order of its parts and whenever it runs. Codes:
domain rules, "Break codes"; each check says when it gives which.
"""

from domain.reconciliation.entitlements import CalculatedEvent, CurrentEntitlement
from domain.reconciliation.report import reconcile, report_bytes
from domain.reconciliation.statements import STALE_AFTER_DAYS

__all__ = ["STALE_AFTER_DAYS", "CalculatedEvent", "CurrentEntitlement", "reconcile", "report_bytes"]
