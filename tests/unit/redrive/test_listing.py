"""What was given up is listed and shown, whatever it is."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.redrive.letters import of_message
from tests.unit.redrive.conftest import Redrive
from tests.unit.redrive.given_up import EVENT, POSITION, RECORD_ID, GivenUp, batch_of, request, stream_event

Listed = Callable[[], list[dict[str, Any]]]
TABLE = "arn:aws:dynamodb:eu-west-1:1:table/entitlements/stream/2026-11-30T00:00:00.000"
LETTERS: dict[str, tuple[Callable[[GivenUp], str], tuple[str, str, str]]] = {
    "a record": (lambda up: up.quarantine(), ("quarantine", "not_a_decimal", "position ACC-0001/US0378331005")),
    "a record that is no text": (lambda up: up.quarantine(b"\xff\n"), ("quarantine", "not_a_decimal", "\\\\xff\\n")),
    "a record without original": (lambda up: up.quarantine(original_base64="?"), ("quarantine", "not_a_decimal", "")),
    "facts": (lambda up: up.message(request("a:1", "a:2")), ("request", "given_up", "2 facts, the first: position ACC-0001/US0378331005")),
    "a shard": (
        lambda up: up.message({"kind": "recalculate", "request_id": "r", "shard_id": 17}), ("request", "given_up", "shard 17"),
    ),
    "an event": (lambda up: up.message(EVENT), ("notification", "given_up", "EntitlementCompleted CA-1/ACC-0001")),
    "an event that EventBridge could not deliver": (
        lambda up: up.message(EVENT, ERROR_CODE="NO_PERMISSIONS", ERROR_MESSAGE="none"),
        ("notification", "NO_PERMISSIONS", "EntitlementCompleted CA-1/ACC-0001"),
    ),
    "a batch of the stream": (
        lambda up: up.batch(batch_of(json.dumps(stream_event("a:1")))), ("batch", "RetryAttemptsExhausted", "2 records of stream/positions"),
    ),
    "a batch of a table": (
        lambda up: up.batch(batch_of({"Records": []}, "DDBStreamBatchInfo", TABLE), "failed-batches/"),
        ("batch", "RetryAttemptsExhausted", "2 records of table/entitlements"),
    ),
    "a text": (lambda up: up.message("no JSON"), ("unknown", "given_up", "no JSON")),
}  # fmt: skip


@pytest.mark.parametrize("what", LETTERS)
def test_each_letter_is_listed_with_kind_reason_and_what_it_holds(given_up: GivenUp, listed: Listed, what: str) -> None:
    put, said = LETTERS[what]
    letter_id = put(given_up)
    [row] = listed()
    assert (row["letter_id"], row["kind"], row["reason"], row["about"]) == (letter_id, *said)


def test_letters_are_a_line_each_the_oldest_first_and_only_those_of_a_reason(
    given_up: GivenUp, redrive: Redrive
) -> None:
    for reason, received in (("b", "2026-11-30T12:00:02.000Z"), ("a", "2026-11-30T12:00:01.000Z")):
        given_up.quarantine(reason=reason, received_at=received)
    lines = redrive()[1].splitlines()
    assert [line.split()[2] for line in lines[:2]] == ["a", "b"]
    assert lines[2:] == ["2 letters, 2 of kind quarantine"]
    assert redrive("--reason", "a")[1].splitlines() == [lines[0], "1 letters, 1 of kind quarantine"]


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=3), lambda inner: st.lists(inner, max_size=2) | st.dictionaries(
    st.sampled_from(["kind", "facts", "record", "record_id", "request_id", "detail-type", "detail", "original_base64", "record_type", "isin"])
    | st.text(max_size=2), inner | st.sampled_from(["quarantine", "facts"]), max_size=4)))  # fmt: skip
def test_any_json_is_a_letter(content: Any) -> None:
    letter = of_message({"MessageId": "m", "ReceiptHandle": "h", "Body": json.dumps(content)})
    assert isinstance(letter.about, str)
    assert all(isinstance(name, str) for name in letter.ids)
    assert isinstance(letter.original, bytes)


@pytest.mark.parametrize(
    "body", ["", "[]", "null", '{"payload": 5}', '{"requestContext": 5, "KinesisBatchInfo": "x", "payload": "{"}']
)
def test_an_object_that_is_no_batch_is_listed_and_can_be_discarded(
    given_up: GivenUp, redrive: Redrive, listed: Listed, body: str
) -> None:
    letter_id = given_up.batch(body)
    assert [row["kind"] for row in listed()] == ["batch"]
    status, out, _ = redrive("send", letter_id)
    assert (status, "kept: it holds nothing that can be sent: discard it" in out) == (1, True)
    assert redrive("discard", letter_id, "--note", "no batch")[0] == 0
    assert listed() == []


def test_show_says_the_field_the_detail_the_state_now_and_the_original(given_up: GivenUp, redrive: Redrive) -> None:
    letter_id = given_up.quarantine()
    given_up.state(RECORD_ID, "QUARANTINED", reason="not_a_decimal", detail="'-' is no decimal")
    status, out, _ = redrive("show", letter_id, "--json")
    known = json.loads(out)
    assert status == 0
    assert (known["field"], known["detail"], known["original"]) == (
        "settled_quantity",
        "'-' is no decimal",
        POSITION.decode(),
    )
    assert known["now"] == {RECORD_ID: "QUARANTINED (not_a_decimal: '-' is no decimal)"}
    lines = redrive("show", letter_id)[1]
    assert lines.endswith(f"original:\n{POSITION.decode()}\n")
    assert "settled_quantity" in lines


@pytest.mark.parametrize("name", [RECORD_ID, "request-1"])
def test_a_letter_is_found_by_the_record_or_request_in_it(given_up: GivenUp, redrive: Redrive, name: str) -> None:
    ids = {RECORD_ID: given_up.quarantine(), "request-1": given_up.message(request("a:1"))}
    assert json.loads(redrive("show", name, "--json")[1])["letter_id"] == ids[name]


@pytest.mark.parametrize("original", [POSITION, b"\xff\x00\r\n", b"x" * 900_000])
def test_show_original_gives_the_bytes_alone(given_up: GivenUp, redrive: Redrive, original: bytes) -> None:
    letter_id = given_up.large(original) if len(original) > 700_000 else given_up.quarantine(original)
    assert redrive("show", letter_id[:8], "--original") == (0, original.decode("utf-8", "surrogateescape"), "")
