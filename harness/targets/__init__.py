"""The registry of targets: data in targets.yaml, checked when it is read."""
