"""Storing facts and folding what they change: one request or shard in one transaction."""
