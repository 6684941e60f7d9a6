"""`verify`: whether what the system holds in its stream, tables, buckets, queues and database is one whole (ADR 13)."""
