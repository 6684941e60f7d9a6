"""The harness's commands: one module each, with `add_arguments` and `run`."""
