"""Letters ended one by one: sent or discarded, noted in the audit trail, then deleted."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from harness.failure import HarnessError
from harness.feed.lines import USAGE, Line
from harness.feed.record_states import await_with_bar, is_final
from harness.interruption import deferred
from harness.redrive import audit
from harness.redrive.letters import BATCH, Letter, digest_of, original_of
from harness.redrive.routes import route_of
from harness.redrive.showing import outcome
from harness.system import System

_FAULTS = (HarnessError, ClientError, BotoCoreError, ValueError)
"""Also what an SDK raises for bytes that it cannot carry."""


@dataclass
class Ending:
    """One run of the command. With `dry_run` it says what would be done. `awaited`: records that were sent."""

    system: System
    dry_run: bool = False
    awaited: list[str] = field(default_factory=list)

    def send(self, letters: Sequence[Letter], another: Sequence[Line] | None = None) -> bool:
        """Send the letters, or `another` instead of the only letter's original; return False if one was kept. Raises HarnessError."""
        if another is not None and (len(letters) != 1 or not route_of(letters[0]).takes_another):
            said = ", ".join(
                f"{count} of kind {kind}" for kind, count in Counter(letter.kind for letter in letters).items()
            )
            raise HarnessError(
                f"--file replaces one quarantined record or request, and named are {said or 'none'}", USAGE
            )
        return self._each(
            letters, lambda letter: self._plan(letter, another), lambda letter: self._send(letter, another)
        )

    def discard(self, letters: Sequence[Letter], note: str) -> bool:
        """Discard the letters; return False if one was kept."""
        return self._each(
            letters, lambda _letter: "discard", lambda letter: self._note(letter, audit.DISCARDED, note=note)
        )

    def outcomes_are_good(self, seconds: float) -> bool:
        """Print what became of the records that were sent; return False if one is quarantined, or has no outcome within `seconds`."""
        record_ids = list(dict.fromkeys(self.awaited))
        items = await_with_bar(self.system, "records sent again", record_ids, seconds) if record_ids else {}
        for record_id in record_ids:
            print(f"{record_id}: {outcome(items.get(record_id))}")
        return all(is_final(items.get(name)) and items[name]["state"] != "QUARANTINED" for name in record_ids)

    def _each(self, letters: Sequence[Letter], plan: Callable[[Letter], str], end: Callable[[Letter], str]) -> bool:
        """End each letter and say so; return False if one was kept. Ctrl-C waits until the letter at work is ended."""
        kept = 0
        for number, letter in enumerate(letters, 1):
            with deferred():
                try:
                    said = self._ended(letter, plan, end)
                except _FAULTS as error:
                    kept, said = kept + 1, f"kept: {error}"
                print(f"{number}/{len(letters)} {letter.letter_id} {said} ({letter.about})", flush=True)
        return not kept

    def _ended(self, letter: Letter, plan: Callable[[Letter], str], end: Callable[[Letter], str]) -> str:
        """End a letter and return what was done. One that has an entry was accepted before: all that is left is to delete it."""
        before = audit.entry_of(self.system, letter)
        if self.dry_run:
            return f"would delete, as it was {before.said}" if before else f"would {plan(letter)}"
        said = f"deleted, as it was {before.said}" if before else end(letter)
        self._delete(letter)
        return said

    def _plan(self, letter: Letter, another: Sequence[Line] | None) -> str:
        """Say what sending would do. Raises HarnessError where it would fail for want of something to send."""
        words = route_of(letter).words
        return f"{words}: {sum(len(line.data) for line in self._lines(letter, another))} bytes"

    def _send(self, letter: Letter, another: Sequence[Line] | None) -> str:
        route, lines = route_of(letter), self._lines(letter, another)
        sent = route.send(self.system, letter, lines)
        self.awaited += sent.awaited
        digest = digest_of(b"\n".join(line.data for line in lines))
        return self._note(letter, audit.SENT, new_ids=list(sent.new_ids), sent_sha256=digest)

    def _lines(self, letter: Letter, another: Sequence[Line] | None) -> Sequence[Line]:
        return another or [Line.of(1, original_of(self.system, letter))]

    def _note(self, letter: Letter, deed: str, **more: Any) -> str:
        """Write the entry of a letter and return what was done."""
        entry = audit.Entry(
            deed=deed, at=audit.now(), by=self._by, letter_id=letter.letter_id, kind=letter.kind, reason=letter.reason,
            about=letter.about, received_at=letter.received_at, ids=list(letter.ids), letter=letter.body,
            original_sha256=digest_of(self._original(letter)), **more,
        )  # fmt: skip
        audit.write(self.system, entry)
        return " as ".join(filter(None, (deed, ", ".join(entry.new_ids or []))))

    def _original(self, letter: Letter) -> bytes:
        """Return the original's bytes; b"" where there are none, which is a reason to discard the letter."""
        try:
            return original_of(self.system, letter)
        except HarnessError:
            return b""

    def _delete(self, letter: Letter) -> None:
        """Delete a letter. An original that is in S3 by itself stays: the entry refers to it."""
        if letter.kind == BATCH:
            self.system.client("s3").delete_object(Bucket=self.system.outputs["reports_bucket"], Key=letter.handle)
        else:
            url = self.system.outputs["dead_letter_queue_url"]
            self.system.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=letter.handle)

    @cached_property
    def _by(self) -> str:
        """Return the ARN of who runs the command, for the note."""
        return str(self.system.client("sts").get_caller_identity()["Arn"])
