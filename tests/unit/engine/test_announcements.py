"""The record of an announcement, and publishing again by command."""

import pytest

from servicing_engine.folding.processing import process
from servicing_engine.store import outbox
from servicing_engine.store.migrate import migrate
from tests.unit.domain.facts import event
from tests.unit.engine.commands import on_database
from tests.unit.engine.engine_target import entitled, eventually, fresh_facts, request
from tests.unit.engine.feeding import NOW, RULES, facts


def rows(connection, statement, *values):
    with connection, connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


def test_an_announcement_is_kept_when_the_outbox_is_pruned_and_telling_again_changes_nothing(target, task):
    event_id, accounts, holdings = fresh_facts(holders=2)
    request(target, *holdings, event(corporate_action_event_id=event_id))
    connection = target.connect()
    kept = """SELECT safekeeping_account, revision, version, announced_at >= calculated_at, announced_at FROM announcements
              JOIN entitlements USING (corporate_action_event_id, safekeeping_account, option_number, revision, version)
              WHERE corporate_action_event_id = %s ORDER BY 1"""
    eventually(lambda: len(rows(connection, kept, event_id)) == 2)
    before = rows(connection, kept, event_id)
    assert [row[:4] for row in before] == [(each, 1, 1, True) for each in sorted(accounts)]
    name = f"{event_id}/{accounts[0]}/001/1"
    assert rows(connection, "SELECT publish_again('announce', %s)", name) == [(1,)]
    eventually(lambda: rows(connection, "SELECT 1 FROM outbox WHERE published_at IS NULL") == [])
    rows(connection, "DELETE FROM outbox")
    assert rows(connection, kept, event_id) == before
    assert len(entitled(target, event_id, accounts)) == 2


def test_what_was_published_before_announcements_were_kept_is_known_once_the_database_is_upgraded(connect):
    connection = connect()
    _, _, holdings = fresh_facts(holders=3)
    process(connection, facts(*holdings, event()), RULES, NOW)
    rows(connection, "UPDATE outbox SET published_at = now() WHERE kind = 'announce' AND right(key, 6) <> '-2/001'")
    rows(connection, "DROP TABLE announcements; DROP VIEW entitlement_items, record_states, corporate_action_states")
    rows(connection, "DROP FUNCTION publish_again; DELETE FROM migrations WHERE name LIKE '0007%%'")
    assert migrate(connection) == ["0007_announcements.sql"]
    assert len(rows(connection, "SELECT 1 FROM entitlements")) == 3
    assert len(rows(connection, "SELECT 1 FROM announcements")) == 2


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("record", "shardId-000000000000:000001/2"),
        ("project", "CA-1/ACC-1/001"),
        ("project", "CA/with/slashes/ACC-2/001"),
        ("corporate_action", "CA-1"),
        ("tax_lots", "ACC-1"),
    ],
)
def test_what_is_published_again_goes_where_the_engine_publishes_it(connect, kind, key):
    connection = connect()
    assert rows(connection, "SELECT publish_again(%s, %s)", kind, key) == [(1,)]
    assert rows(connection, "SELECT kind, key, body, partition FROM outbox") == [
        (kind, key, {}, outbox.partition(kind, key))
    ]


def test_an_announcement_that_nobody_wrote_is_not_published_again(connect):
    assert rows(connect(), "SELECT publish_again('announce', 'CA-1/ACC-1/001/1')") == [(0,)]


def test_after_a_restore_no_revision_that_the_lost_database_may_have_announced_is_used_again(connect, cluster):
    connection = connect()
    _, _, holdings = fresh_facts()
    process(connection, facts(*holdings, event()), RULES, NOW)
    done = on_database(connection, cluster, "note-restore")
    assert (done.returncode, done.stdout) == (0, "the restore noted: new revisions are above 1000000\n")
    doubled = {**event()["options"][0], "gross_rate": "2.00"}
    for version, options in ((2, [doubled]), (3, event()["options"])):
        replaced = {**event(), "version": version, "function": "REPL", "options": options}
        process(connection, facts(replaced, prefix=f"v{version}"), RULES, NOW)
    numbered = rows(connection, "SELECT revision FROM entitlements WHERE NOT is_reversal ORDER BY 1")
    assert numbered == [(1,), (1_000_002,), (1_000_003,)]
    told = rows(
        connection,
        "SELECT body -> 'revision', body -> 'supersedes' FROM outbox WHERE kind = 'announce' ORDER BY outbox_id",
    )
    assert told == [(1, None), (1_000_002, 1), (1_000_003, 1_000_002)]


def test_a_restore_is_noted_once_until_something_is_calculated(connect, cluster):
    connection = connect()
    assert on_database(connection, cluster, "note-restore").stdout.startswith("the restore noted")
    again = on_database(connection, cluster, "note-restore")
    assert again.stdout == "the restore was noted before: new revisions are above 1000000\n"
