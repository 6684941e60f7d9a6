"""Reconciliation: follows positions, entitlements and what the engine keeps for it in queue-state (tax lots with pending trades,
confirmations, holdings statements, second sources), and keeps one report per as-of date and account.

Dates: every as_of_date of the account's positions and statements, every posting and entitlement date, and that of every calculated
event since the first position. A batch rewrites from the earliest date that it touched, and from the position before it on (lots are
compared with the newest position only); a change in queue-state touches all dates. A holder that a calculation left out changes no table
that is followed: its report says so (MISSING_OURS) from the account's next change on; likewise a payment that passes unconfirmed.
"""
