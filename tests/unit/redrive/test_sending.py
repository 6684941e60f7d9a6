"""Letters sent again and discarded: what arrives, what is noted, what is left, and what a kill leaves."""

import hashlib
import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.queues import HIDDEN_SECONDS, counts
from harness.redrive import audit, ending
from harness.redrive.routes import Route, route_of
from harness.system import System
from tests.unit.redrive.conftest import Follow, Redrive
from tests.unit.redrive.given_up import EVENT, POSITION, RECORD_ID, GivenUp, batch_of, request, stream_event

Listed = Callable[[], list[dict[str, Any]]]
APPLIED = {"state": "APPLIED"}
TABLE_EVENT = {"Records": [{"eventSource": "aws:dynamodb", "eventID": "1", "dynamodb": {}}]}


def history(redrive: Redrive) -> list[dict[str, Any]]:
    return list(json.loads(redrive("--history", "--json")[1]))


def entry_of(given_up: GivenUp, letter_id: str) -> dict[str, Any]:
    answer = given_up.system.client("s3").get_object(Bucket=given_up.bucket, Key=f"audit/redrive/{letter_id}.json")
    return dict(json.loads(answer["Body"].read()))


@pytest.mark.parametrize("original", [POSITION, b"\xff\x00\r\n", b"x" * 900_000])
def test_a_quarantined_records_bytes_go_onto_the_stream_and_its_new_outcome_is_said(
    given_up: GivenUp, redrive: Redrive, listed: Listed, follow: Follow, original: bytes
) -> None:
    follower = follow(lambda _data: APPLIED)
    letter_id = given_up.large(original) if len(original) > 700_000 else given_up.quarantine(original)
    status, out, _ = redrive("send", letter_id)
    [new_id] = entry_of(given_up, letter_id)["new_ids"]
    assert (status, follower.seen, listed()) == (0, [original], [])
    assert out.splitlines()[0].startswith(f"1/1 {letter_id} sent as {new_id} (")
    assert out.splitlines()[1] == f"{new_id}: APPLIED"


def test_what_is_in_the_file_is_sent_instead(
    given_up: GivenUp, redrive: Redrive, listed: Listed, follow: Follow, tmp_path: Path
) -> None:
    follower, fixed = follow(lambda _data: APPLIED), tmp_path / "fixed.jsonl"
    fixed.write_bytes(POSITION.replace(b'"-"', b'"5"'))
    letter_id = given_up.quarantine()
    assert redrive("send", letter_id, "--file", str(fixed))[0] == 0
    entry = entry_of(given_up, letter_id)
    assert (follower.seen, listed()) == ([fixed.read_bytes()], [])
    assert (entry["original_sha256"], entry["sent_sha256"]) == tuple(
        hashlib.sha256(data).hexdigest() for data in (POSITION, fixed.read_bytes())
    )


@pytest.mark.parametrize("outcome", [{"state": "QUARANTINED", "reason": "not_a_decimal"}, None])
def test_a_record_that_is_quarantined_again_or_has_no_outcome_is_no_success(
    given_up: GivenUp, redrive: Redrive, follow: Follow, outcome: dict[str, Any] | None
) -> None:
    follow(lambda _data: outcome)
    status, out, _ = redrive("send", given_up.quarantine(), "--seconds", "1")
    assert status == 1
    assert out.splitlines()[1].endswith("QUARANTINED (not_a_decimal)" if outcome else "unknown")


REQUEST = request("a:1", "a:2")
WHOLE = b'{"kind": "poem"}'
TO_REQUESTS: dict[str, tuple[Callable[[GivenUp], str], str]] = {
    "a request": (lambda up: up.message(REQUEST), json.dumps(REQUEST)),
    "a message that was no request": (lambda up: up.quarantine(WHOLE, "message:0d1e"), WHOLE.decode()),
}


@pytest.mark.parametrize("what", TO_REQUESTS)
def test_a_request_goes_to_the_engine_again_as_it_was(
    given_up: GivenUp, redrive: Redrive, listed: Listed, what: str
) -> None:
    put, body = TO_REQUESTS[what]
    letter_id = put(given_up)
    for record_id in ("a:1", "a:2"):
        given_up.state(record_id, "APPLIED")
    assert redrive("send", letter_id)[0] == 0
    assert (given_up.messages_on("entitlement_requests_queue_url"), listed()) == ([body], [])


def test_of_a_request_the_outcome_of_each_record_is_awaited(given_up: GivenUp, redrive: Redrive) -> None:
    letter_id = given_up.message(REQUEST)
    given_up.state("a:1", "APPLIED", record_type="position", record_identity="ACC-0001")
    given_up.state("a:2", "RECEIVED")
    status, out, _ = redrive("send", letter_id, "--seconds", "1")
    assert (status, out.splitlines()[1:]) == (1, ["a:1: APPLIED position ACC-0001", "a:2: RECEIVED"])


def test_an_entry_of_a_request_that_was_no_fact_goes_onto_the_stream(
    given_up: GivenUp, redrive: Redrive, follow: Follow
) -> None:
    follower = follow(lambda _data: APPLIED)
    assert redrive("send", given_up.quarantine(POSITION, "message:0d1e/2"))[0] == 0
    assert follower.seen == [POSITION]


def test_a_notification_is_published_again(given_up: GivenUp, redrive: Redrive, listed: Listed, system: System) -> None:
    sqs = system.client("sqs")
    url = sqs.create_queue(QueueName=f"subscriber-{os.urandom(4).hex()}")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = system.outputs["notifications_topic_arn"]
    may = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [may]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    system.client("sns").subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"}
    )
    assert redrive("send", given_up.message(EVENT))[0] == 0
    [message] = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]
    assert (json.loads(message["Body"]), listed()) == (EVENT, [])


BATCHES = {
    "a text, as the guide shows it": batch_of(json.dumps(stream_event(RECORD_ID))),
    "an object": batch_of(stream_event(RECORD_ID)),
    "changes of a table": batch_of(TABLE_EVENT, "DDBStreamBatchInfo"),
}


@pytest.mark.parametrize("what", BATCHES)
@pytest.mark.parametrize("prefix", ["failed-batches/", "aws/lambda/m/shardId-0/2026/11/14/"])
def test_the_function_is_called_with_a_batch_again_and_its_records_keep_their_ids(
    given_up: GivenUp, redrive: Redrive, listed: Listed, called: Path, what: str, prefix: str
) -> None:
    given_up.state(RECORD_ID, "APPLIED")
    status, out, _ = redrive("send", given_up.batch(BATCHES[what], prefix))
    event = TABLE_EVENT if "DDBStreamBatchInfo" in BATCHES[what] else stream_event(RECORD_ID)
    assert (status, json.loads(called.read_text()), listed()) == (0, event, [])
    assert out.splitlines()[1:] == ([] if event is TABLE_EVENT else [f"{RECORD_ID}: APPLIED"])


@pytest.mark.parametrize("word", ["poison", "partial"])
def test_a_batch_that_fails_again_is_kept_and_the_others_are_sent(
    given_up: GivenUp, redrive: Redrive, listed: Listed, follow: Follow, word: str
) -> None:
    follow(lambda _data: APPLIED)
    bad = given_up.batch(batch_of(stream_event(word)))
    given_up.quarantine()
    status, out, _ = redrive("send", "--all")
    assert (status, [row["letter_id"] for row in listed()]) == (1, [bad])
    assert f"1/2 {bad} kept: the function ingest_normalizer failed again: " in out
    assert [row["kind"] for row in history(redrive)] == ["quarantine"]


@pytest.mark.parametrize(
    "put", [lambda up: up.message("no JSON"), lambda up: up.batch(batch_of("")), lambda up: up.quarantine(b"")]
)
def test_what_holds_nothing_to_send_is_kept_until_it_is_discarded(
    given_up: GivenUp, redrive: Redrive, listed: Listed, put: Callable[[GivenUp], str]
) -> None:
    letter_id = put(given_up)
    status, out, _ = redrive("send", letter_id)
    assert (status, len(listed())) == (1, 1)
    assert "discard it" in out
    assert redrive("discard", letter_id, "--note", "nothing in it")[0] == 0
    assert listed() == []


def test_a_discarded_letter_stays_in_the_audit_trail_whole(given_up: GivenUp, redrive: Redrive, system: System) -> None:
    letter_id = given_up.quarantine()
    assert redrive("discard", RECORD_ID, "--note", "sent twice by CUSTODIAN-A")[0] == 0
    [row] = history(redrive)
    entry = entry_of(given_up, letter_id)
    assert (row["deed"], row["letter_id"], row["note"]) == ("discarded", letter_id, "sent twice by CUSTODIAN-A")
    assert row["by"] == system.client("sts").get_caller_identity()["Arn"]
    assert json.loads(entry["letter"])["record_id"] == RECORD_ID
    assert entry["original_sha256"] == hashlib.sha256(POSITION).hexdigest()


@pytest.mark.parametrize("deed", [("send", "--all"), ("discard", "--all", "--note", "x")])
def test_a_dry_run_says_what_would_be_done_and_does_nothing(
    given_up: GivenUp, redrive: Redrive, listed: Listed, follow: Follow, called: Path, deed: tuple[str, ...]
) -> None:
    follower = follow(lambda _data: APPLIED)
    given_up.quarantine()
    given_up.message(REQUEST)
    given_up.batch(batch_of(stream_event(RECORD_ID)))
    before = (listed(), given_up.keys())
    status, out, _ = redrive(*deed, "--dry-run")
    words = (
        ["call its function", "put on the stream", "send to entitlement-requests"]
        if deed[0] == "send"
        else ["discard"] * 3
    )
    assert (status, [word in line for word, line in zip(words, sorted(out.splitlines(), key=lambda line: line.split("would")[1]), strict=True)]) == (0, [True] * 3)  # fmt: skip
    assert (listed(), given_up.keys(), follower.seen, called.read_text()) == (*before, [], "")


def test_only_the_letters_of_the_reason_are_sent_wherever_the_option_stands(
    given_up: GivenUp, redrive: Redrive, listed: Listed, follow: Follow
) -> None:
    follow(lambda _data: APPLIED)
    for reason in ("a", "b", "c"):
        given_up.quarantine(reason=reason)
    assert redrive("--reason", "a", "send", "--all")[0] == 0
    assert redrive("send", "--all", "--reason", "b")[0] == 0
    assert [row["reason"] for row in listed()] == ["c"]


def test_a_second_run_does_nothing(given_up: GivenUp, redrive: Redrive, follow: Follow) -> None:
    follower, letter_id = follow(lambda _data: APPLIED), given_up.quarantine()
    redrive("send", letter_id)
    for name in (letter_id, letter_id[:8], RECORD_ID):
        status, out, told = redrive("send", name)
        assert (status, out) == (0, "")
        assert told.startswith(f"{letter_id} was sent at ")
    assert redrive("send", "--all") == (0, "", "")
    assert len(follower.seen) == 1


WRONG: dict[str, tuple[tuple[str, ...], str]] = {
    "no letters named": (("send",), "name letters, or take all with --all"),
    "letters and all": (("send", "x", "--all"), "name letters, or take all with --all"),
    "no note": (("discard", "--all"), "--note"),
    "an empty note": (("discard", "--all", "--note", " "), "--note is empty"),
    "a history that sends": (("--history", "send", "--all"), "--history lists"),
    "an unknown id": (("send", "shardId-000000000000:49"), f"there is no letter shardId-000000000000:49: the nearest are {RECORD_ID}"),
    "a prefix of three": (("show", RECORD_ID[:3]), "there is no letter sha: the nearest are"),
    "a file for many": (("send", "--all", "--file", "FILE"), "--file replaces one quarantined record or request, and named are 2 of kind"),
    "no file": (("send", "x", "--file", "/nowhere"), "feed file /nowhere"),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_wrong_usage_is_said_and_nothing_is_done(
    given_up: GivenUp, redrive: Redrive, listed: Listed, tmp_path: Path, what: str
) -> None:
    for _ in range(2):
        given_up.quarantine()
    arguments, said = WRONG[what]
    (tmp_path / "file").write_bytes(b"{}")
    status, out, told = redrive(*(str(tmp_path / "file") if word == "FILE" else word for word in arguments))
    assert (status, out, len(listed()), given_up.keys("audit/")) == (3, "", 2, [])
    assert said in told


def test_a_prefix_of_several_letters_names_them(given_up: GivenUp, redrive: Redrive) -> None:
    ids = sorted(given_up.batch(batch_of(TABLE_EVENT)) for _ in range(2))
    status, _, told = redrive("send", "2026-11-14")
    assert (status, all(letter_id in told for letter_id in ids)) == (3, True)


class KilledError(BaseException):
    """What ends the process at a place."""


@pytest.mark.parametrize(("place", "sent"), [("before send", 1), ("after send", 2), ("after the entry", 1)])
def test_a_kill_loses_nothing_and_the_next_run_ends_the_letter(
    given_up: GivenUp,
    redrive: Redrive,
    listed: Listed,
    follow: Follow,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    sent: int,
) -> None:
    follower, letter_id = follow(lambda _data: APPLIED), given_up.quarantine()

    def killed(*_arguments: Any) -> Any:
        raise KilledError

    where = {
        "before send": (ending, "route_of"),
        "after send": (audit, "write"),
        "after the entry": (ending.Ending, "_delete"),
    }
    with monkeypatch.context() as patched:
        patched.setattr(*where[place], killed)
        with pytest.raises(KilledError):
            redrive("send", letter_id)
    assert [row["letter_id"] for row in listed()] == [letter_id]
    assert redrive("send", letter_id)[0] == 0
    assert (listed(), [row["letter_id"] for row in history(redrive)]) == ([], [letter_id])
    assert len(set(follower.seen)) == 1
    assert len(follower.seen) <= sent


def test_ctrl_c_ends_the_letter_at_work_and_shows_the_others_again(
    given_up: GivenUp, redrive: Redrive, listed: Listed, system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [given_up.message(request(f"a:{number}")) for number in range(3)]

    def interrupted(letter: Any) -> Route:
        os.kill(os.getpid(), signal.SIGINT)
        return route_of(letter)

    monkeypatch.setattr(ending, "route_of", interrupted)
    status, out, told = redrive("send", *ids)
    assert (status, told, out.count("sent as")) == (130, "interrupted\n", 1)
    assert counts(system.client("sqs"), system.outputs["dead_letter_queue_url"]) == (2, 0)
    assert len(history(redrive)) == 1


def test_while_another_reader_has_letters_nothing_is_done(given_up: GivenUp, redrive: Redrive, system: System) -> None:
    for _ in range(2):
        given_up.quarantine()
    sqs, url = system.client("sqs"), system.outputs["dead_letter_queue_url"]
    [message] = sqs.receive_message(QueueUrl=url, VisibilityTimeout=HIDDEN_SECONDS)["Messages"]
    status, out, told = redrive("discard", "--all", "--note", "x")
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
    assert (status, out) == (2, "")
    assert "showed 1 of its 2 messages, as another reader has some" in told


def test_records_that_are_quarantined_again_meanwhile_are_not_sent_in_the_same_run(
    given_up: GivenUp, redrive: Redrive, listed: Listed, follow: Follow
) -> None:
    made: list[str] = []

    def refused(data: bytes) -> dict[str, Any]:
        made.append(given_up.quarantine(data, "new:1"))
        return {"state": "QUARANTINED", "reason": "not_a_decimal"}

    follow(refused)
    given_up.quarantine()
    assert redrive("send", "--all")[0] == 1
    assert [row["letter_id"] for row in listed()] == made
    assert len(made) == 1
