"""Messages out: what an entitlement moves, said in the words of either standard."""
