"""The Lambda functions of the system, thin over `domain`: ingest-normalizer, api-handler, reconciliation."""
