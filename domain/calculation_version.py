"""The version of the calculation, which every entitlement names: figures of one version can be told from those of another."""

CALCULATION_VERSION = 1
"""Grows when the same facts and rules give other figures: `python -m tests.figures` raises it where worked cases do (ADR 21)."""
