"""The embedded target: emulators, PostgreSQL and an agent that runs the engine's tasks, all on loopback."""
