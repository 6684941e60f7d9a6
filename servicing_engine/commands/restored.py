"""`note-restore`: tells the engine that its database was restored from a snapshot, before anything is calculated with it."""

from contextlib import closing

from servicing_engine.settings import Settings
from servicing_engine.store.connect import connect
from servicing_engine.store.migrate import migrate


def note_restore() -> int:
    """Note a restore, unless one is noted since which nothing was calculated, and return the exit status.

    Revisions count from the next million on. Raises UnusableError without a task's environment.
    """
    with closing(connect(Settings.from_environment())) as connection:
        migrate(connection)  # the snapshot may be older than this release
        with connection, connection.cursor() as cursor:
            cursor.execute(
                """INSERT INTO restores SELECT WHERE NOT EXISTS (
                       SELECT 1 FROM restores WHERE restored_at > ALL (SELECT calculated_at FROM entitlements))"""
            )
            done = "noted" if cursor.rowcount else "was noted before"
            cursor.execute("SELECT lost_revisions()")
            print(f"the restore {done}: new revisions are above {cursor.fetchone()[0]}", flush=True)
    return 0
