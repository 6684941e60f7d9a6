"""`status`: processes, endpoints and engine tasks of a target that the harness started, what waits and what is stuck, the last verdict."""

import argparse
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.table import Table

from harness.cli.stuck import backlog, stuck
from harness.deployment.recording import NO_TASK
from harness.embedded.processes import ProcessRecord
from harness.embedded.run_folder import CHECKOUT, RunFolder, read_json
from harness.embedded.state import LOST, READY, TargetState
from harness.results.deployment import Deployment
from harness.targets.registry import require_started_here

DOWN, UNATTENDED, STUCK = "DOWN", "UNATTENDED", "STUCK"
"""What `status` says beside the states of the state file: nothing was started; the supervisor alone is gone; `stuck` is not empty."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`--json` for programs."""
    parser.add_argument("--json", action="store_true", help="one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Prints tables, or one JSON object. Exit status 0 if the target is READY, or nothing was started; 1 if it is anything else."""
    target = require_started_here(arguments.target)
    run = RunFolder.of_target(target.name)
    state = {**observe(run, arguments.target), "backlog": backlog(target), "deployment": _deployment(run)}
    state["stuck"] = stuck(target, datetime.now(UTC))
    if state["stuck"] and state["status"] == READY:
        state["status"] = STUCK
    if arguments.json:
        print(json.dumps(state, indent=2, sort_keys=True))
    else:
        _show(state, arguments.target)
    return 0 if state["status"] in (READY, DOWN) else 1


def _show(state: Mapping[str, Any], target: str) -> None:
    console = Console()
    console.print(
        f"{target} target: {state['status']}{' - ' + state['detail'] if state['detail'] else ''}", soft_wrap=True
    )
    for line in state["stuck"]:
        console.print(f"stuck: {line}", soft_wrap=True, markup=False, highlight=False)
    if state["processes"]:
        console.print(_table("processes", state["processes"], ("name", "pid", "alive", "endpoint")))
    if state["tasks"]:
        console.print(_table("engine tasks", state["tasks"], ("service", "task_id", "pid", "state")))
    if state["backlog"]:
        console.print(_table("lag", state["backlog"], ("queue", "waiting", "in_flight")))
    elif state["status"] == READY:
        console.print("infrastructure: not applied (make apply)")
    if state["deployment"]:
        console.print(f"last apply: {state['deployment']}", soft_wrap=True)
    for service, problem in state["problems"].items():
        console.print(f"service {service}: {problem}")
    verdict = state["last_verdict"]
    console.print(f"last verdict: {verdict['verdict']} at {verdict['at']}" if verdict else "last verdict: none yet")


def _deployment(run: RunFolder) -> str:
    """Return what the last `apply` lacks, or "" where the whole system was applied or nothing was."""
    record = Deployment.read(run)
    if record is None:
        return ""
    engine = f"{NO_TASK}{record.engine}" if record.engine else ""
    absent = [f"without {service}" for service in sorted(record.absent)]
    return "; ".join(filter(None, [record.reason, engine, *absent]))


def observe(run: RunFolder, target: str) -> dict[str, Any]:
    """What runs: status, detail, processes, tasks that are alive (as Task.to_json gives them), problems by service."""
    state, agent = TargetState.read(run), read_json(run.tasks_file)
    latest = read_json(CHECKOUT / ".run" / "gate" / target / "latest.json")
    verdict = {"verdict": latest["verdict"]["judgement"], "at": latest["stamp"]["finished_at"]} if latest else None
    if state is None:
        return {"status": DOWN, "detail": "", "processes": [], "tasks": [], "problems": {}, "last_verdict": verdict}
    processes = [
        {
            "name": name,
            "pid": record.pid,
            "alive": record.alive(),
            "endpoint": f"127.0.0.1:{state.ports[name]}" if name in state.ports else "",
        }
        for name, record in state.processes.items()
    ]
    tasks = [task for task in agent.get("tasks", []) if ProcessRecord.from_json(task).alive()]
    status, detail = state.status, state.detail
    if state.unattended():
        status, detail = (
            UNATTENDED,
            "its supervisor ended, and all else runs on: `make apply` takes it up with all its data",
        )
    elif status == READY and not state.running():
        status, detail = (
            LOST,
            f"{', '.join(name for name, record in state.processes.items() if not record.alive())} ended: `make apply` starts afresh",
        )
    return {
        "status": status,
        "detail": detail,
        "processes": processes,
        "tasks": tasks,
        "problems": agent.get("problems", {}),
        "last_verdict": verdict,
    }


def _table(title: str, rows: list[dict[str, Any]], columns: tuple[str, ...]) -> Table:
    table = Table(*columns, title=title, title_justify="left")
    for row in rows:
        table.add_row(*(str(row[column]) for column in columns))
    return table
