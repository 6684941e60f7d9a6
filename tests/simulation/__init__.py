"""The whole system in one process under virtual time, with faults that a seed decides: `make simulate` (ADR 17).

Functions and engine run as they are, on a real PostgreSQL; the services around them are simulated. At the end `verify`'s invariants and
`calculate` judge what is left.
"""
