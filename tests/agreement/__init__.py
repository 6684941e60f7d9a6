"""Random documents through `calculate` and through the engine on PostgreSQL: `python -m tests.agreement`, and 50 of them in the unit tests."""
