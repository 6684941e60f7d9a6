"""The harness: brings a target up, runs the system on it and judges it. Knows the system by its contracts only."""
