"""The embedded target: MiniStack, Moto for the Code* services, PostgreSQL and an agent that runs the engine's tasks, all on loopback."""
