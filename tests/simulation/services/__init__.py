"""The AWS services around the system, simulated with what makes them hard: at least once, any order, time-outs, parts that fail, late reads.

Each client has the methods and answers of boto3's that the code uses, and calls go through `calls.Calls`, which draws what becomes of them.
"""
