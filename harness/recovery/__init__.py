"""What mends or shows the deployed system by a command: the engine's own commands as one-off tasks, and `replay` of the stream (ADR 20)."""
