"""What people and programs read of a run: JUnit XML, a pull request comment, a page, and the matrix of several targets.

All of it is made from result documents (`harness/results/results.schema.json`) and nothing else.
"""
