"""`python -m tests.fuzz.edges [--inputs N] [--seed N]`: damaged inputs through the deployed stream, queue and API, each with one outcome.

Three oracles. `outcome`: every input ends in one final state within the bound, and no request is left on its queue or dead-lettered as it
came. `wrongly accepted`: it is QUARANTINED exactly where the parser refuses it here, in this process, where tests/fuzz holds it to its
oracles; the one reason that only the engine can know is `conflicting_content`. `whole`: every quarantined record is on the dead-letter
queue, with its reason and its own bytes. It may stand there again where its batch was delivered again (Lambda and SQS deliver at least
once): such copies are counted.
"""

import argparse
import base64
import json
import sys
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any
from urllib.parse import quote

from botocore.exceptions import ClientError

from functions.ingest_normalizer.lines import Line as StreamLine
from functions.ingest_normalizer.lines import read
from harness.deadline import DeadlineError, wait_for
from harness.feed.lines import Line
from harness.feed.record_states import Item, await_states, read_items
from harness.feed.stream import put_lines
from harness.system import System, running_system
from servicing_engine.folding.requests import read_request
from tests.api_calls import signed_call
from tests.fuzz.corpus import SEEDS
from tests.fuzz.mutating import change

BATCH = 2_000
SECONDS_A_BATCH = 1_800
_SQS_RECEIVE = 10


def main() -> int:
    """Exit status: 0 all oracles held, 1 one was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.edges")
    parser.add_argument(
        "--inputs",
        type=int,
        default=20_000,
        help="how many, one in ten of them a request of the queue and one in twenty of the API",
    )
    parser.add_argument("--seed", type=int, default=1, help="draws other inputs")
    parser.add_argument("--target", default="embedded")
    options = parser.parse_args()
    system, chance = running_system(options.target), Random(options.seed)
    states: Counter[str] = Counter()
    broken: list[str] = []
    for start in range(0, options.inputs, BATCH):
        count = min(BATCH, options.inputs - start)
        expected = _put_on_stream(system, chance, count * 17 // 20) | _put_on_queue(system, chance, count // 10, states)
        broken += _batch(system, expected, states) + _requests(system, chance, count // 20, states)
        print(f"{start + count:,} inputs: {dict(states)}, {len(broken)} broken", flush=True)
    broken += _left_on_the_queue(system)
    print("\n".join(broken))
    return 1 if broken else 0


def _drawn(chance: Random, seeds: Sequence[bytes]) -> bytes:
    data = change(chance.choice(seeds), chance, chance.choice(seeds))
    return chance.randbytes(chance.randint(1, 300)) if chance.random() < 0.02 else data or b" "


Expected = dict[str, tuple[str, bytes]]
"""Record id -> reason of the refusal ("" where the record is to be accepted), and the bytes that its quarantine is to keep."""


def _batch(system: System, expected: Expected, states: Counter[str]) -> list[str]:
    found = _states(system, list(expected))
    broken = []
    quarantined = Expected()
    for name, (refusal, data) in expected.items():
        state = found.get(name, {"state": "nothing"})
        states[state["state"]] += 1
        if state["state"] == "QUARANTINED":
            quarantined[name] = (state["reason"], data)
        if fault := _fault(state, refusal):
            broken.append(f"{fault}: {name} {state} {data!r:.300}")
    return broken + _not_whole(system, quarantined, states)


def _put_on_stream(system: System, chance: Random, count: int) -> Expected:
    seeds, expected = list(SEEDS["line"]()), {}
    lines = [Line(number, _drawn(chance, seeds), {}) for number in range(count)]
    record_ids = put_lines(system.client("kinesis"), system.outputs["position_stream_name"], lines)
    for record_id, line in zip(record_ids, lines, strict=True):
        result = read(StreamLine(record_id, "2026-03-16T09:30:00Z", line.data))
        if isinstance(result, list):
            expected |= {fact.record_id: ("", line.data) for fact in result}
        else:
            expected[record_id] = (result.reason, line.data)
    return expected


def _put_on_queue(system: System, chance: Random, count: int, states: Counter[str]) -> Expected:
    """A request that names a record which is there already has the outcome of that record: it is not sent."""
    sqs, queue = system.client("sqs"), system.outputs["entitlement_requests_queue_url"]
    table, mark, expected = _table(system), uuid.uuid4().hex, Expected()
    for number in range(count):
        seeds = [seed.replace(b'"s:', f'"{mark}:{number}'.encode()) for seed in SEEDS["request"]()]
        body = _drawn(chance, seeds).decode("utf-8", "replace")
        names = [name for name in _asked("", body) if not name.startswith("message:")]
        if not expected.keys().isdisjoint(names) or read_items(*table, names):
            states["known before"] += 1
            continue
        try:
            message_id = sqs.send_message(QueueUrl=queue, MessageBody=body)["MessageId"]
        except ClientError as error:
            states[f"SQS: {error.response['Error']['Code']}"] += 1
            continue
        states["request"] += 1
        expected |= _asked(message_id, body)
    return expected


def _asked(message_id: str, body: str) -> Expected:
    request = read_request({"MessageId": message_id, "Body": body})
    refused = {found.record_id: (found.reason, found.original) for found in request.quarantines}
    return refused | {fact.record_id: ("", json.dumps(fact.body).encode()) for fact in request.facts}


def _fault(state: Mapping[str, Any], refusal: str) -> str:
    if state["state"] in ("nothing", "RECEIVED"):
        return "outcome"
    if refusal:
        return "" if (state["state"], state.get("reason")) == ("QUARANTINED", refusal) else "wrongly accepted"
    unexpected = state["state"] == "QUARANTINED" and state.get("reason") != "conflicting_content"
    return "wrongly refused" if unexpected else ""


def _states(system: System, record_ids: Sequence[str]) -> dict[str, Item]:
    return await_states(*_table(system), record_ids, SECONDS_A_BATCH, lambda _final: None)


def _table(system: System) -> tuple[Any, str]:
    dynamodb = system.session().resource("dynamodb", endpoint_url=system.endpoint("dynamodb"))
    return dynamodb, system.outputs["queue_state_table_name"]


def _left_on_the_queue(system: System) -> list[str]:
    sqs, queue = system.client("sqs"), system.outputs["entitlement_requests_queue_url"]
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]

    def count() -> int:
        attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
        return sum(int(attributes[name]) for name in names)

    try:
        wait_for("requests that are done", count, lambda left: left == 0, SECONDS_A_BATCH)
    except DeadlineError as error:
        return [f"outcome: {error}"]
    return []


def _not_whole(system: System, quarantined: Expected, states: Counter[str]) -> list[str]:
    """What the dead-letter queue lacks of these records; messages that are received are deleted, so that the next batch finds its own."""
    seen: Counter[str] = Counter()
    broken = []
    for message in _dead_letters(system, len(quarantined)):
        name = message.get("record_id", "")
        if not name:
            broken.append(f"outcome: dead-lettered as it came: {message!r:.300}")
            continue
        seen[name] += 1
        if name not in quarantined:
            continue
        reason, data = quarantined[name]
        if message["reason"] != reason or base64.b64decode(message["original_base64"]) != _original(data, message):
            broken.append(f"whole: {name} is dead-lettered as {message['reason']}, or with other bytes")
    states["letters sent again"] += sum(count - 1 for count in seen.values())
    return broken + [f"whole: {name} is not on the dead-letter queue" for name in quarantined if name not in seen]


def _original(data: bytes, message: Mapping[str, str]) -> bytes:
    """The line's bytes; of a record that the engine quarantined, its JSON as it was kept."""
    return base64.b64decode(message["original_base64"]) if message["reason"] == "conflicting_content" else data


def _dead_letters(system: System, expected: int) -> Iterator[dict[str, Any]]:
    """Yield every message of the dead-letter queue; one that is no JSON object, as it is under "body"."""
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
            yield _object(each["Body"])


def _object(body: str) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except ValueError:
        value = None
    return value if isinstance(value, dict) else {"body": body}


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
