"""Short-lived commands of the engine, run as processes."""

import os
import subprocess
import sys

from servicing_engine.settings import Settings
from tests.unit.engine.engine_target import CHECKOUT


def run(*arguments, environment=None, stdin="", cwd=CHECKOUT, python=()):
    """The finished process; without an environment it has PATH only. Standard output and error as bytes' text, line ends kept."""
    done = subprocess.run(
        [sys.executable, *python, "-m", "servicing_engine", *arguments],
        cwd=cwd, env={"PATH": os.environ["PATH"], **(environment or {})}, input=stdin.encode(), capture_output=True, check=False,
        timeout=120,
    )  # fmt: skip
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def on_database(connection, cluster, *arguments):
    """The command with a task's environment, in which only the database is real."""
    named = connection.get_dsn_parameters()
    environment = dict.fromkeys((name.upper() for name in Settings.__dataclass_fields__), "x") | {
        "RULES_POLL_SECONDS": "0",
        "ENGINE_WORKERS": "1",
        "OUTBOX_DAYS": "7",
        "QUEUE_STATE_DAYS": "30",
        "DATABASE_HOST": "127.0.0.1",
        "DATABASE_PORT": str(cluster.port),
        "DATABASE_NAME": named["dbname"],
        "DATABASE_USERNAME": named["user"],
        "DATABASE_PASSWORD": cluster.superuser_password,
    }
    return run(*arguments, environment=environment)
