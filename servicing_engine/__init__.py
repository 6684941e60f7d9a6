"""The servicing engine: today its calculation alone; the task that polls SQS and owns PostgreSQL is the next part of its issue."""
