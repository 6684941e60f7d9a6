"""ingest-normalizer: every record of the position stream becomes a position, a fact for the engine, or a quarantined original.

A record that can never be used is quarantined and never fails the batch. A failure of AWS raises, so that the whole batch comes again:
every write is idempotent.
"""
