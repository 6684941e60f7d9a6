"""`redrive`: what the system has given up, listed, shown, sent again or discarded, and who did that (ADR 18)."""
