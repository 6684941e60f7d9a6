"""What is measured at one instant: lag, memory of processes, and what PostgreSQL holds."""

from collections.abc import Iterable
from contextlib import closing, suppress

import psutil

from harness.embedded.processes import ProcessRecord, members
from harness.embedded.run_folder import RunFolder, read_json
from harness.embedded.state import TargetState
from harness.failure import UnsupportedError
from harness.queues import counts
from harness.soak.feeding import UnderWay
from harness.system import System

Quantities = dict[str, float]
UNDER_WAY, OLDEST = "records under way", "oldest record under way (s)"
OUTBOX, OUTBOX_OLDEST = "outbox rows unpublished", "oldest outbox row unpublished (s)"
REQUESTS = "requests on the queue"
OURS, EMULATOR, STORED = "memory of ", "emulator's memory of ", "PostgreSQL "
"""What the names of memory that is judged, of memory that is stated, and of what is stored begin with."""
MEGABYTE = 1_000_000
EMULATORS = {"ministack": "MiniStack", "code_services": "Moto", "postgres": "PostgreSQL"}


def measured(system: System, under_way: UnderWay) -> Quantities:
    """Return all quantities by name. What cannot be read on this target is left out: a private database, processes elsewhere."""
    number, oldest = under_way.look()
    found: Quantities = {UNDER_WAY: number, OLDEST: round(oldest, 1)}
    sqs = system.client("sqs")
    found[REQUESTS] = sum(counts(sqs, system.outputs["entitlement_requests_queue_url"]))
    found["dead letters"] = sum(counts(sqs, system.outputs["dead_letter_queue_url"]))
    return {**found, **_stored(system), **_memory(RunFolder.of_target(system.target))}


def _stored(system: System) -> Quantities:
    """Return what waits in the outbox, the size of the database in MB, and the rows of each table as PostgreSQL estimates them."""
    try:
        connection = system.database()
    except UnsupportedError:
        return {}
    with closing(connection), connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), coalesce(extract(epoch FROM now() - min(created_at)), 0)::float FROM outbox"
            " WHERE published_at IS NULL AND parked IS NULL"
        )
        unpublished, age = cursor.fetchone()
        cursor.execute("SELECT pg_database_size(current_database())")
        size = cursor.fetchone()[0] / MEGABYTE
        cursor.execute("SELECT relname, n_live_tup FROM pg_stat_user_tables ORDER BY relname")
        rows = {f"{STORED}rows of {name}": float(number) for name, number in cursor.fetchall()}
    return {OUTBOX: unpublished, OUTBOX_OLDEST: round(age, 1), f"{STORED}size (MB)": round(size, 1), **rows}


def _memory(run: RunFolder) -> Quantities:
    """Return the memory, in MB, of each engine task, of the largest runtime of each function, and of each emulator; {} where the
    processes are not of this machine."""
    state = TargetState.read(run)
    if state is None:
        return {}
    tasks = sorted(read_json(run.tasks_file).get("tasks", []), key=lambda task: float(task["created"]))
    found = {
        f"{OURS}engine task {number} (MB)": _megabytes(members(ProcessRecord.from_json(task)))
        for number, task in enumerate(tasks, 1)
    }
    for name, shown in EMULATORS.items():
        if name in state.processes:
            own = [process for process in members(state.processes[name]) if not _function(process)]
            found[f"{EMULATOR}{shown} (MB)"] = _megabytes(own)
    return {**found, **_functions(members(state.processes["ministack"]) if "ministack" in state.processes else [])}


def _functions(processes: Iterable[psutil.Process]) -> Quantities:
    """Return the memory of the largest runtime of each function: how many there are follows the load."""
    found: Quantities = {}
    for process in processes:
        if function := _function(process):
            name = f"{OURS}{function.partition('-')[2] or function} (MB)"
            found[name] = max(found.get(name, 0.0), _megabytes([process]))
    return found


def _function(process: psutil.Process) -> str:
    """Return the name of the function whose runtime a process is, or ""."""
    try:
        return process.environ().get("AWS_LAMBDA_FUNCTION_NAME", "")
    except psutil.Error:
        return ""


def _megabytes(processes: Iterable[psutil.Process]) -> float:
    """Return the memory of processes. What several share counts in parts (PSS), where the machine can tell; else what each has alone."""
    total = 0
    for process in processes:
        with suppress(psutil.Error):
            memory = process.memory_full_info()
            total += getattr(memory, "pss", memory.uss)
    return round(total / MEGABYTE, 1)
