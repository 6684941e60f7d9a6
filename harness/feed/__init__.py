"""Feeding: a file of records onto the position stream, what became of each, and what came out of them."""
