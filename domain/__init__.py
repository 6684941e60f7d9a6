"""The rules of asset servicing, pure: standard library only, no I/O, no AWS, no clock.

Records come in through `domain.records`, rules through `domain.rules`; `domain.entitlements` says what one holder is due,
`domain.lots` folds tax lots, and `domain.calculation` joins them over one JSON document. The README lists the rooms.
"""
