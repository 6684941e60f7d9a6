"""What RDS does with a server: a role and a database for each instance, gone when the instance is."""

from collections.abc import Iterable
from contextlib import closing

from psycopg2 import sql

from harness.embedded.control_plane import DatabaseInstance
from harness.embedded.postgres import Cluster


class DatabaseControl:
    """Brings the cluster to what RDS reports; call `reconcile` as often as you like, it does only what changed."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._served: dict[str, DatabaseInstance] = {}

    def reconcile(self, instances: Iterable[DatabaseInstance]) -> None:
        """Makes what is missing, sets changed passwords, drops what RDS no longer has."""
        wanted = {instance.identifier: instance for instance in instances if instance.password is not None}
        for identifier in self._served.keys() - wanted.keys():
            self._drop(self._served.pop(identifier))
        for identifier, instance in wanted.items():
            if self._served.get(identifier) != instance:
                self._serve(instance)
                self._served[identifier] = instance

    def _serve(self, instance: DatabaseInstance) -> None:
        user, database = sql.Identifier(instance.username), sql.Identifier(instance.database)
        with closing(self._cluster.connect()) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (instance.username,))
            verb = sql.SQL("ALTER" if cursor.fetchone() else "CREATE")
            rights = sql.SQL("{} ROLE {} LOGIN CREATEDB CREATEROLE PASSWORD {}")
            cursor.execute(rights.format(verb, user, sql.Literal(instance.password)))
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (instance.database,))
            if cursor.fetchone() is None:
                cursor.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, user))

    def _drop(self, instance: DatabaseInstance) -> None:
        with closing(self._cluster.connect()) as connection, connection.cursor() as cursor:
            if instance.database != "postgres":
                cursor.execute(
                    sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(instance.database))
                )
            cursor.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(instance.username)))
