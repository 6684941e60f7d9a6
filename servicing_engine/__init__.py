"""The servicing engine: entitlement requests from SQS, PostgreSQL as the source of truth, and the relay that publishes."""
