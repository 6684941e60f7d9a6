"""`recalculate`: what the present code and rules would give for facts that are stored, beside what stands, and applying it (ADR 21)."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg2
from botocore.exceptions import BotoCoreError, ClientError

from domain.records import RecordError
from domain.rules import Rules
from servicing_engine.clients import Clients
from servicing_engine.commands.difference_report import Report
from servicing_engine.folding import differences
from servicing_engine.folding.differences import Difference
from servicing_engine.folding.lots import Folding
from servicing_engine.folding.processing import calculate_due, calculate_lots, calculate_shard, hold_event
from servicing_engine.rules_source import RulesSource
from servicing_engine.settings import Settings, UnusableError
from servicing_engine.store import current, everything, shards
from servicing_engine.store.connect import connect, of_other_versions
from servicing_engine.store.faults import is_of_the_record
from servicing_engine.store.scope import Scope

INTERRUPTED = 130
GOES_ON = "run it again: it goes on where it stopped"
Look = Callable[[Folding], Iterator[Difference]]


def recalculate(
    events: Sequence[str], dry_run: bool, as_json: bool, rates_version: int | None, calendars_version: int | None
) -> int:
    """Print the differences of these events, or of everything, and apply them unless it is a `dry_run`; return the exit status: 0 done,
    1 something is left. Raises UnusableError."""
    if not dry_run and (rates_version, calendars_version) != (None, None):
        raise UnusableError(
            "--rates-version and --calendars-version need --dry-run: deploy the version, then run without"
        )
    settings, report = Settings.from_environment(), Report(as_json, not dry_run)
    rules = _rules(settings, rates_version, calendars_version)
    try:
        with closing(connect(settings)) as connection:
            Recalculation(connection, rules, report, _now).run(events)
    except KeyboardInterrupt:
        print(f"recalculate: interrupted, {GOES_ON}", file=sys.stderr)
        return INTERRUPTED
    except psycopg2.Error as error:
        raise UnusableError(f"the database failed: {str(error).strip()}; {GOES_ON}") from error
    report.end()
    return 1 if report.left or report.failed else 0


def _rules(settings: Settings, rates_version: int | None, calendars_version: int | None) -> Rules:
    try:
        clients = Clients.make()
        source = RulesSource(clients.appconfigdata, clients.appconfig, settings)
        return source.with_hosted(rates_version, calendars_version)
    except (BotoCoreError, ClientError) as error:
        raise UnusableError(f"AppConfig does not give the rules: {error}") from error
    except RecordError as error:
        raise UnusableError(f"the hosted version is refused: {error}") from error


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Recalculation:
    """One run over a connection of its own. Lots come first: a fold of an event writes those of its holders too."""

    connection: Any
    rules: Rules
    report: Report
    now: Callable[[], datetime]

    def run(self, events: Sequence[str] = ()) -> None:
        """Look at these events and the lots that they touch, or at everything, and apply what differs. Raises UnusableError and
        psycopg2.Error."""
        with self._looking() as folding:
            total = len(events) or everything.count_events(folding.cursor)
            if unknown := [event_id for event_id in events if not current.event(folding.cursor, event_id)]:
                raise UnusableError(f"no event {', '.join(unknown)} is known: name events as corporate_action_event_id")
        for accounts in self._accounts(events):
            self._lots(accounts)
            self.report.progress("")
        for event_id in sorted(set(events)) or self._events():
            self._event(event_id)
            self.report.progress(f" of {total}")

    def _accounts(self, events: Sequence[str]) -> Iterator[Sequence[str]]:
        if events:
            with self._looking() as folding:
                touched = {name for each in events for name in current.lot_accounts(folding.cursor, each, Scope())}
            every = sorted(touched)
            yield from (every[start : start + everything.PAGE] for start in range(0, len(every), everything.PAGE))
        else:
            yield from self._pages(everything.accounts_after)

    def _events(self) -> Iterator[str]:
        return (event_id for page in self._pages(everything.events_after) for event_id in page)

    def _pages(self, after: Callable[[Any, str], list[str]]) -> Iterator[list[str]]:
        last = ""
        while True:
            with self._looking() as folding:
                page = after(folding.cursor, last)
            if not page:
                return
            yield page
            last = page[-1]

    def _lots(self, accounts: Sequence[str]) -> None:
        """Apply what differs of these accounts' lots; if a fold raises, of each account alone."""
        try:
            found = list(self._look(lambda folding: differences.of_lots(folding, accounts)))
            differing = sorted({difference.account for difference in found})
            if self.report.writes and differing:
                self._refuse_others()
                calculate_lots(self.connection, differing, self.rules, self.now())
                self._count_left(lambda folding: differences.of_lots(folding, differing))
        except Exception as error:  # of any kind: what is not of the account is raised
            if not is_of_the_record(error):
                raise
            if len(accounts) > 1:
                for account in accounts:
                    self._lots([account])
            else:
                print(f"recalculate: lots of {accounts[0]} cannot be folded: {error!r}", file=sys.stderr)
                self.report.failed += 1
            return
        self.report.looked["accounts"] += len(accounts)
        self.report.differing["accounts"] += len(differing)
        for difference in found:
            self.report.add(difference)

    def _event(self, event_id: str) -> None:
        def look(folding: Folding) -> Iterator[Difference]:
            return differences.of_event(folding, event_id)

        differs = False
        for difference in self._look(look):
            self.report.add(difference)
            differs = True
        self.report.looked["events"] += 1
        self.report.differing["events"] += differs
        if differs and self.report.writes:
            self._refuse_others()
            self._fold(event_id)
            self._count_left(look)

    def _fold(self, event_id: str) -> None:
        """Fold the event in a transaction, or in one for each shard: those that tasks have taken meanwhile are waited for."""
        calculate_due(self.connection, [event_id], self.rules, self.now())
        with self.connection, self.connection.cursor() as cursor:
            left = shards.of_event(cursor, event_id)
        for shard_id in left:
            try:
                calculate_shard(self.connection, shard_id, self.rules, self.now())
            except Exception as error:  # as above, of the event
                if not is_of_the_record(error):
                    raise
                hold_event(self.connection, event_id, error, self.rules, self.now())

    def _count_left(self, look: Look) -> None:
        self.report.left += sum(1 for _ in self._look(look))

    def _look(self, look: Look) -> Iterator[Difference]:
        with self._looking() as folding:
            yield from look(folding)

    @contextmanager
    def _looking(self) -> Iterator[Folding]:
        """Give the tools of one snapshot, in which PostgreSQL itself refuses to write."""
        with self.connection, self.connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield Folding(self.connection, cursor, self.rules, self.now())

    def _refuse_others(self) -> None:
        with self._looking() as folding:
            others = of_other_versions(folding.cursor)
        if others:
            raise UnusableError(
                f"engines of another calculation version are connected ({', '.join(others)}) and would write their figures back: "
                f"wait until the deployment is done, then {GOES_ON}"
            )
