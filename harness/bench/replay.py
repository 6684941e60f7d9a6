"""Replaying recorded calls: the same requests in the same order, with the ids that this run's answers give."""

from collections.abc import Mapping, Sequence
from typing import Any

from harness.provider.engine.aws import Aws, Call

_SHORTEST_ID = 5  # shorter texts stand for states and names, not for ids


def replay(calls: Sequence[Call], aws: Aws) -> None:
    """Sends each call, one after the other. Raises botocore's ClientError where the target refuses one."""
    ids: dict[str, str] = {}
    for call in calls:
        answer = aws.call(call.service, call.operation, **_substituted(call.parameters, ids))
        _learn(call.answer, answer, ids)


def _substituted(value: Any, ids: Mapping[str, str]) -> Any:
    """`value` with this run's ids in place of the recorded ones, inside longer texts (ARNs, policies) too."""
    if isinstance(value, Mapping):
        return {key: _substituted(item, ids) for key, item in value.items()}
    if isinstance(value, list):
        return [_substituted(item, ids) for item in value]
    if isinstance(value, str):
        for recorded in sorted((recorded for recorded in ids if recorded in value), key=len, reverse=True):
            value = value.replace(recorded, ids[recorded])
    return value


def _learn(recorded: Any, now: Any, ids: dict[str, str]) -> None:
    if isinstance(recorded, Mapping) and isinstance(now, Mapping):
        for key in recorded.keys() & now.keys():
            _learn(recorded[key], now[key], ids)
    elif isinstance(recorded, list) and isinstance(now, list):
        for old, new in zip(recorded, now, strict=False):
            _learn(old, new, ids)
    elif isinstance(recorded, str) and isinstance(now, str) and recorded != now and len(recorded) >= _SHORTEST_ID:
        ids[recorded] = now
