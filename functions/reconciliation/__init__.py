"""Reconciliation: follows positions, entitlements and tax lots, and keeps one report per as-of date and account.

Dates: every as_of_date of the account's positions, every entitlement date, and that of every calculated event since the first statement.
A batch rewrites from the earliest date that it touched, and from the as-of date before it on (lots are compared with the newest statement
only); a change of tax lots touches all dates. A holder that a calculation left out changes no table that is followed: its report
says so (MISSING_OURS) from the account's next change on.
"""
