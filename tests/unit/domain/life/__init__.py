"""A naive reference of the whole calculation, and random lives to compare it with the product on.

`reference.reckon(document)` reads the same JSON as `calculate` and works everything out anew in Fractions and plain loops, event type by
event type, from shared/domain-rules.md; it imports nothing of the product. `python -m tests.unit.domain.life FILE` prints where both differ.
"""
