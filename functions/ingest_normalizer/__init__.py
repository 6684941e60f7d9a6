"""ingest-normalizer: every record of the position stream becomes a position, a fact for the engine, or a quarantined original.

A record that a parser, a serializer or a service refuses is quarantined alone, and the rest of its batch is done. A failure of AWS
raises, so that the whole batch comes again: every write is idempotent.
"""
