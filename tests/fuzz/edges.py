"""`python -m tests.fuzz.edges [--inputs N] [--seed N]`: damaged inputs through the deployed stream and API, each with one outcome.

Three oracles. `outcome`: every input ends in one final state within the bound. `wrongly accepted`: it is QUARANTINED exactly where the
parser refuses it here, in this process, where tests/fuzz holds it to its oracles; the one reason that only the engine can know is
`conflicting_content`. `whole`: every quarantined record is on the dead-letter queue once, with its reason and its own bytes.
"""

import argparse
import base64
import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any
from urllib.parse import quote

from functions.ingest_normalizer.lines import Line as StreamLine
from functions.ingest_normalizer.lines import read
from harness.feed.lines import Line
from harness.feed.record_states import Item, await_states
from harness.feed.stream import put_lines
from harness.system import System, running_system
from tests.api_calls import signed_call
from tests.fuzz.corpus import SEEDS
from tests.fuzz.mutating import change

BATCH = 500
SECONDS_A_BATCH = 600
_SQS_RECEIVE = 10


def main() -> int:
    """Exit status: 0 all oracles held, 1 one was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.edges")
    parser.add_argument("--inputs", type=int, default=20_000, help="how many, one in twenty of them an API request")
    parser.add_argument("--seed", type=int, default=1, help="draws other inputs")
    parser.add_argument("--target", default="embedded")
    options = parser.parse_args()
    system, chance = running_system(options.target), Random(options.seed)
    states: Counter[str] = Counter()
    broken: list[str] = []
    for start in range(0, options.inputs, BATCH):
        count = min(BATCH, options.inputs - start)
        broken += _batch(system, chance, count - count // 20, states) + _requests(system, chance, count // 20, states)
        print(f"{start + count:,} inputs: {dict(states)}, {len(broken)} broken", flush=True)
    print("\n".join(broken[:50]))
    return 1 if broken else 0


def _drawn(chance: Random, seeds: Sequence[bytes]) -> bytes:
    data = change(chance.choice(seeds), chance, chance.choice(seeds))
    return chance.randbytes(chance.randint(1, 300)) if chance.random() < 0.02 else data or b" "


def _batch(system: System, chance: Random, count: int, states: Counter[str]) -> list[str]:
    seeds = list(SEEDS["line"]())
    lines = [Line(number, _drawn(chance, seeds), {}) for number in range(count)]
    record_ids = put_lines(system.client("kinesis"), system.outputs["position_stream_name"], lines)
    sent = {record_id: line.data for record_id, line in zip(record_ids, lines, strict=True)}
    expected = {record_id: _expected(record_id, data) for record_id, data in sent.items()}
    found = _states(system, [name for names in expected.values() for name in names])
    broken = []
    quarantined: dict[str, bytes] = {}
    for record_id, data in sent.items():
        for name, refusal in expected[record_id].items():
            state = found.get(name, {"state": "nothing"})
            states[state["state"]] += 1
            if state["state"] == "QUARANTINED":
                quarantined[name] = data
            if fault := _fault(state, refusal):
                broken.append(f"{fault}: {name} {state} {data!r:.300}")
    return broken + _not_whole(system, quarantined)


def _expected(record_id: str, data: bytes) -> dict[str, str]:
    """Reason of the refusal by record id; "" where the record is to be accepted."""
    result = read(StreamLine(record_id, "2026-03-16T09:30:00Z", data))
    return (
        dict.fromkeys((fact.record_id for fact in result), "")
        if isinstance(result, list)
        else {record_id: result.reason}
    )


def _fault(state: Mapping[str, Any], refusal: str) -> str:
    if state["state"] in ("nothing", "RECEIVED"):
        return "outcome"
    if refusal:
        return "" if (state["state"], state.get("reason")) == ("QUARANTINED", refusal) else "wrongly accepted"
    unexpected = state["state"] == "QUARANTINED" and state.get("reason") != "conflicting_content"
    return "wrongly refused" if unexpected else ""


def _states(system: System, record_ids: Sequence[str]) -> dict[str, Item]:
    dynamodb = system.session().resource("dynamodb", endpoint_url=system.endpoint("dynamodb"))
    table = system.outputs["queue_state_table_name"]
    return await_states(dynamodb, table, record_ids, SECONDS_A_BATCH, lambda _final: None)


def _not_whole(system: System, quarantined: Mapping[str, bytes]) -> list[str]:
    """What the dead-letter queue lacks of these records; messages that are received are deleted, so that the next batch finds its own."""
    seen: Counter[str] = Counter()
    broken = []
    for message in _dead_letters(system, len(quarantined)):
        name = message.get("record_id", "")
        seen[name] += 1
        if name in quarantined and base64.b64decode(message["original_base64"]) != _original(
            quarantined[name], message
        ):
            broken.append(f"whole: {name} has other bytes")
    broken += [
        f"whole: {name} is on the dead-letter queue {seen[name]} times" for name in quarantined if seen[name] != 1
    ]
    return broken


def _original(data: bytes, message: Mapping[str, str]) -> bytes:
    """The line's bytes; of a record that the engine quarantined, its JSON as it was kept."""
    return base64.b64decode(message["original_base64"]) if message["reason"] == "conflicting_content" else data


def _dead_letters(system: System, expected: int) -> Iterator[dict[str, Any]]:
    sqs, queue = system.client("sqs"), system.outputs["dead_letter_queue_url"]
    taken = 0
    while True:
        asked = {"QueueUrl": queue, "MaxNumberOfMessages": _SQS_RECEIVE}
        messages = sqs.receive_message(**asked, WaitTimeSeconds=5 if taken < expected else 0).get("Messages", [])
        if not messages:
            return
        entries = [{"Id": str(number), "ReceiptHandle": each["ReceiptHandle"]} for number, each in enumerate(messages)]
        sqs.delete_message_batch(QueueUrl=queue, Entries=entries)
        for each in messages:
            taken += 1
            yield json.loads(each["Body"])


def _requests(system: System, chance: Random, count: int, states: Counter[str]) -> list[str]:
    """Requests to the deployed API: a declared status each; one that was accepted has a final state too."""
    seeds, broken, accepted = list(SEEDS["api"]()), [], []
    for _ in range(count):
        try:
            given = json.loads(_drawn(chance, seeds))
            method, path = str(given["method"]), str(given["path"])
        except (ValueError, KeyError, TypeError):
            method, path, given = "POST", "/corporate-actions", {"body": {"x": "y"}}
        if method not in ("GET", "PUT", "POST", "DELETE"):
            continue
        status, answer = _call(system, method, path, given)
        states[f"HTTP {status}"] += 1
        if status >= 500:
            broken.append(f"status: {status} {answer} {given!r:.300}")
        elif status == 202:
            accepted.append(answer["record_id"])
    found = _states(system, accepted) if accepted else {}
    for record_id in accepted:
        state = found.get(record_id, {"state": "nothing"})
        states[state["state"]] += 1
        if fault := _fault(state, ""):
            broken.append(f"{fault}: {record_id} {state}")
    return broken


def _call(system: System, method: str, path: str, given: Mapping[str, Any]) -> tuple[int, Any]:
    query = given.get("query") if isinstance(given.get("query"), dict) else {}
    asked = "&".join(f"{_quoted(name)}={_quoted(str(value))}" for name, value in query.items())
    body = given.get("body") if method in ("PUT", "POST") else None
    status, answer, _ = signed_call(
        system, method, f"{quote(path, errors='replace')}{'?' if asked else ''}{asked}", body
    )
    return status, answer


def _quoted(text: str) -> str:
    return quote(text, safe="", errors="replace")


if __name__ == "__main__":
    sys.exit(main())
