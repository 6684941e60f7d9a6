"""Reconciliation: follows positions, entitlements and tax lots, and keeps one report per as-of date and account.

Dates: every as_of_date of the account's positions and every record_date of its entitlements, from the earliest that a batch touched; a
change of tax lots touches all of them.
"""
