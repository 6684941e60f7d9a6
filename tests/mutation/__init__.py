"""Mutation testing of `domain/` (`make mutation`): the tool mutmut, a stratified random sample of its mutants, and a verdict on what survives.

A mutant is one small change of the code (`<` to `<=`, an argument dropped, a text altered); it is killed when a test of `tests/unit/domain`, or the
one that compares `docs/reference` with the declarations, fails under it. What is not killed must be explained in `survivors.yaml`, or the command fails.
"""
