"""Faults on the deployed system, by seed (ADR 22): `python -m tests.faults`.

`life` draws facts and says what they must come to; `failpoints` lists every effect that tasks and functions have on AWS and PostgreSQL,
from calls that the fault layer saw; `kinds` are the faults; `world` is the instance; `oracle` judges; `running` is one schedule.
"""
