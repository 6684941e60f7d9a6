"""The soak: records at a steady rate for a long time, what grows meanwhile, and whether that is what may grow."""
