"""What `verify` makes of letters that were sent or discarded."""

from datetime import UTC, datetime
from typing import Any

import pytest

from harness.system import System
from harness.verification.aws_reads import DeadLetters, Sent, dead_letters, originals, queue_state
from harness.verification.database_reads import Stored
from harness.verification.invariants import judge
from harness.verification.look import Look
from tests.unit.redrive.conftest import Follow, Redrive
from tests.unit.redrive.given_up import RECORD_ID, GivenUp, batch_of, request, stream_event

LATER = datetime(2100, 1, 1, tzinfo=UTC)
ARRIVED = datetime(2026, 11, 30, 12, tzinfo=UTC)


def violated(system: System, arrived: tuple[str, ...] = ()) -> dict[str, str]:
    """Return the next command by record, of a system in which these records arrived and PostgreSQL has nothing."""
    sources: dict[str, Any] = {
        "stream": {record_id: Sent(ARRIVED, "") for record_id in arrived},
        "queue-state": queue_state(system), "dead letters": dead_letters(system), "originals": originals(system),
        "projection": {}, "calculations": set(), "database": Stored(),
    }  # fmt: skip
    findings = judge(Look(sources, {}, LATER))
    return {one.record: one.next for finding in findings for one in finding.violations}


@pytest.mark.parametrize("deed", [("send",), ("discard", "--note", "x")])
@pytest.mark.parametrize("large", [False, True])
def test_a_quarantined_record_whose_letter_was_ended_still_carries_reason_and_bytes(
    given_up: GivenUp, redrive: Redrive, follow: Follow, system: System, deed: tuple[str, ...], large: bool
) -> None:
    given_up.state(RECORD_ID, "QUARANTINED", reason="not_a_decimal")
    given_up.large(b"x" * 900_000) if large else given_up.quarantine()
    follow(lambda _data: {"kind": "record", "state": "DUPLICATE"})
    assert redrive(*deed, RECORD_ID)[0] == 0
    assert RECORD_ID not in violated(system)
    (given_up.system.client("s3")).delete_object(Bucket=given_up.bucket, Key=given_up.keys("audit/")[0])
    assert RECORD_ID in violated(system)


def test_a_record_whose_request_is_a_letter_is_lost_until_the_letter_is_discarded(
    given_up: GivenUp, redrive: Redrive, system: System
) -> None:
    given_up.state("a:1", "RECEIVED", request_id="request-1")
    letter_id = given_up.message(request("a:1"))
    assert violated(system) == {"a:1": f"make redrive DO='send {letter_id}', or DO='discard {letter_id} --note TEXT'"}
    assert redrive("discard", letter_id, "--note", "x")[0] == 0
    assert violated(system) == {}


@pytest.mark.parametrize("record_id", [RECORD_ID, f"{RECORD_ID}/2"])
def test_a_record_of_a_failed_batch_is_lost_until_the_batch_is_discarded_with_all_of_its_lines(
    given_up: GivenUp, redrive: Redrive, system: System, record_id: str
) -> None:
    given_up.state(record_id, "RECEIVED")
    letter_id = given_up.batch(batch_of(stream_event(RECORD_ID)))
    assert set(violated(system, (RECORD_ID,))) == {RECORD_ID, record_id}
    assert redrive("discard", letter_id, "--note", "x")[0] == 0
    assert violated(system, (RECORD_ID,)) == {}


def test_a_record_beside_those_that_were_discarded_is_still_lost() -> None:
    letters = DeadLetters(ARRIVED, _discarded={"a:1"}, _discarded_lines={"b:1"})
    assert [letters.is_discarded(name) for name in ("a:1", "a:1/2", "b:1", "b:1/2", "b:2")] == [
        True,
        False,
        True,
        True,
        False,
    ]
