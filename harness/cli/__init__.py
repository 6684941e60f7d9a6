"""The harness's commands: `main` holds their table."""
