"""Publishing what was committed: from the outbox to queue-state, projection, S3, EventBridge and queues."""
