#!/bin/sh
# Makes the cluster at first start, with the user, password and database that the environment names, then runs the server.
set -eu
PATH=$(echo /usr/lib/postgresql/*/bin):$PATH
as_postgres() { setpriv --reuid=postgres --regid=postgres --init-groups "$@"; }
mkdir -p "$PGDATA" && chown postgres:postgres "$PGDATA" && chmod 700 "$PGDATA"
if [ ! -s "$PGDATA/PG_VERSION" ]; then
	password=$(mktemp) && chown postgres "$password" && printf '%s' "$POSTGRES_PASSWORD" >"$password"
	as_postgres initdb --pgdata "$PGDATA" --username "$POSTGRES_USER" --pwfile "$password" \
		--auth scram-sha-256 --encoding UTF8 --locale C.UTF-8 >/dev/null
	rm "$password"
	echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
	database=${POSTGRES_DB:-$POSTGRES_USER}
	[ "$database" = postgres ] || echo "CREATE DATABASE \"$database\" OWNER \"$POSTGRES_USER\"" |
		as_postgres postgres --single -jD "$PGDATA" postgres >/dev/null
fi
shift # the word postgres
exec setpriv --reuid=postgres --regid=postgres --init-groups postgres -D "$PGDATA" -c listen_addresses='*' \
	-c unix_socket_directories=/tmp "$@"
