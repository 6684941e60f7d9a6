import pytest

from servicing_engine.store.migrate import ChangedMigrationError, migrate


def test_a_second_migration_changes_nothing(connect):
    assert migrate(connect()) == []


def test_a_migration_that_was_edited_after_it_was_applied_is_refused_by_name(connect):
    connection = connect()
    with connection, connection.cursor() as cursor:
        cursor.execute("UPDATE migrations SET digest = 'of another text' WHERE name LIKE '0002%'")
    with pytest.raises(ChangedMigrationError, match="0002_"):
        migrate(connection)


def test_a_database_of_the_time_before_digests_is_migrated(connect):
    connection = connect()
    with connection, connection.cursor() as cursor:
        cursor.execute("ALTER TABLE migrations DROP COLUMN digest")
    assert migrate(connection) == []
