"""What a seed draws for the deployed system, and what a run of faults says of itself."""

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest

from harness.faults.callers import ENGINE
from tests.faults.failpoints import Effect, Failpoint, failpoints, unseen
from tests.faults.kinds import KINDS, migrating
from tests.faults.running import Result, draw_faults
from tests.faults.telling import Run, effects_table, kinds_table, page, summary
from tests.unit.coverage.test_used import CODE, called

WRITES = Effect(ENGINE, "s3", "PutObject", "calculations")
INGESTS = Effect("asset-servicing-ingest-normalizer", "dynamodb", "TransactWriteItems", "positions")
POINTS = failpoints({WRITES, INGESTS})


def result(*violations: str, kind: str = "disk full", recovery: float = 2.0, fired: int = 1) -> Result:
    return Result("seed 1", [(kind, "3 statements", fired)], 8, 5.0, recovery, list(violations))


def drawn(seed: int) -> list[tuple[str, str, list[object]]]:
    _, faults = draw_faults(seed, POINTS)
    return [(fault.kind, fault.said, [rule.as_json() for rule in fault.rules]) for fault in faults]


def test_a_seed_draws_the_same_faults_again() -> None:
    assert [drawn(seed) for seed in range(50)] == [drawn(seed) for seed in range(50)]


def test_a_hundred_seeds_draw_each_kind_alone_three_times() -> None:
    alone = [faults[0][0] for seed in range(1, 101) if len(faults := drawn(seed)) == 1]
    assert len(set(alone)) == len(KINDS)
    assert min(alone.count(kind) for kind in alone) >= 3


def test_a_migration_is_over_once_the_database_has_it_and_has_not_come_about_before() -> None:
    fault, databases = migrating("by a next engine", lambda _world: None, "b.sql"), ({"a.sql"}, {"a.sql", "b.sql"})
    worlds = [SimpleNamespace(migrations=lambda names=names: names) for names in databases]
    assert [(fault.is_over(world), fault.fired) for world in worlds] == [(False, 0), (True, 1)]  # type: ignore[arg-type]


def test_each_effect_has_a_failpoint_before_and_after_it() -> None:
    assert [str(point) for point in POINTS] == [
        "before ingest-normalizer dynamodb:TransactWriteItems positions",
        "after ingest-normalizer dynamodb:TransactWriteItems positions",
        "before servicing_engine s3:PutObject calculations", "after servicing_engine s3:PutObject calculations",
    ]  # fmt: skip


def test_an_effect_that_the_code_names_and_no_call_showed_is_told() -> None:
    every = {
        Effect(folder if folder == ENGINE else "ours", *call, "")
        for folder in CODE
        for call in called(folder, "sending")
    }
    assert unseen(every) == []
    assert unseen(every - {Effect(ENGINE, "events", "PutEvents", "")}) == ["servicing_engine events:PutEvents"]


@pytest.mark.parametrize(
    ("violations", "said"),
    [
        ((), "0 lost, 0 twice, 0 with a violation"),
        (("lost: tax lot {}",), "1 lost, 0 twice, 1 with a violation"),
        (("too much: entitlement {}", "too much: tax lot {}"), "0 lost, 1 twice, 1 with a violation"),
        (("not judged: away",), "0 lost, 0 twice, 1 with a violation"),
    ],
)
def test_the_summary_counts_what_was_lost_and_what_came_twice(violations: tuple[str, ...], said: str) -> None:
    assert summary({}, [result(*violations)]).endswith(said)


def test_a_kind_is_told_with_the_median_and_the_worst_recovery_of_those_that_came_about() -> None:
    those = [*(result(recovery=seconds) for seconds in (1.0, 2.0, 9.0)), result(recovery=99.0, fired=0)]
    assert list(kinds_table(those))[2:] == ["| disk full | 3 | 3 | 2.0 s | 9.0 s |"]


def test_a_failpoint_that_was_not_survived_stands_in_the_row_of_its_effect() -> None:
    results = {Failpoint(WRITES, "before"): result(), Failpoint(WRITES, "after"): result("lost: it")}
    assert list(effects_table(results))[2:] == [
        "| servicing_engine s3:PutObject calculations | survived, 2.0 s | VIOLATED |"
    ]


def test_the_page_of_a_run_is_that_of_its_parts() -> None:
    listed, schedules = {POINTS[0]: result(), POINTS[1]: result("lost: it")}, [result(), result(kind="clock skewed")]
    whole = Run("make test-faults", "2026-11-30", "abc", listed, schedules)
    parts = [replace(whole, schedules=[]), replace(whole, listed={})]
    read = [Run.from_json(json.loads(json.dumps(part.as_json()))) for part in parts]
    assert page(read).partition("## Kinds")[2] == page([whole]).partition("## Kinds")[2]
    assert "lost: it" in page(read)


def test_the_page_says_in_a_line_each_what_is_no_schedule() -> None:
    assert "\n\nbacklog: 1 MB.\n\nemulator killed.\n\n" in page([], ["backlog: 1 MB", "emulator killed"])
