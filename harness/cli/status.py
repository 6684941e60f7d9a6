"""`status`: processes, endpoints and engine tasks of a target that the harness started, what waits on the queues, the last verdict."""

import argparse
import json
from typing import Any

from rich.console import Console
from rich.table import Table

from harness.cli.backlog import backlog
from harness.cli.started_here import run_folder
from harness.deployment.record import Deployment
from harness.deployment.recording import NO_TASK
from harness.embedded.processes import ProcessRecord
from harness.embedded.run_folder import CHECKOUT, RunFolder, read_json
from harness.embedded.state import TargetState
from harness.targets.registry import choose


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`--json` for programs."""
    parser.add_argument("--json", action="store_true", help="one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Prints a table, or one JSON object; exit status 0 also when nothing runs."""
    run = run_folder(arguments.target)
    found = {
        **observe(run, arguments.target), "backlog": backlog(choose(arguments.target)), "deployment": _deployment(run),
    }  # fmt: skip
    if arguments.json:
        print(json.dumps(found, indent=2, sort_keys=True))
        return 0
    console = Console()
    console.print(f"{arguments.target} target: {found['status']}{' - ' + found['detail'] if found['detail'] else ''}")
    if found["processes"]:
        console.print(_table("processes", found["processes"], ("name", "pid", "alive", "endpoint")))
    if found["tasks"]:
        console.print(_table("engine tasks", found["tasks"], ("service", "task_id", "pid", "state")))
    if found["backlog"]:
        console.print(_table("lag", found["backlog"], ("queue", "waiting", "in_flight")))
    else:
        console.print("infrastructure: not applied (make apply)")
    if found["deployment"]:
        console.print(f"last apply: {found['deployment']}", soft_wrap=True)
    for service, problem in found["problems"].items():
        console.print(f"service {service}: {problem}")
    verdict = found["last_verdict"]
    console.print(f"last verdict: {verdict['verdict']} at {verdict['at']}" if verdict else "last verdict: none yet")
    return 0


def _deployment(run: RunFolder) -> str:
    """Return what the last `apply` lacks, or "" where the whole system was applied or nothing was."""
    record = Deployment.read(run)
    if record is None:
        return ""
    engine = f"{NO_TASK}{record.engine}" if record.engine else ""
    return "; ".join(filter(None, [record.reason, engine, *(f"without {one}" for one in sorted(record.absent))]))


def observe(run: RunFolder, target: str) -> dict[str, Any]:
    """What runs: status, detail, processes, tasks that are alive (as Task.to_json gives them), problems by service."""
    state, agent = TargetState.read(run), read_json(run.tasks_file)
    latest = read_json(CHECKOUT / ".run" / "gate" / target / "latest.json")
    verdict = {"verdict": latest["verdict"]["judgement"], "at": latest["stamp"]["finished_at"]} if latest else None
    if state is None:
        return {"status": "DOWN", "detail": "", "processes": [], "tasks": [], "problems": {}, "last_verdict": verdict}
    processes = [
        {
            "name": name,
            "pid": record.pid,
            "alive": record.alive(),
            "endpoint": f"127.0.0.1:{state.ports[name]}" if name in state.ports else "",
        }
        for name, record in state.processes.items()
    ]
    tasks = [one for one in agent.get("tasks", []) if ProcessRecord.from_json(one).alive()]
    status = state.status if state.running() or state.status != "READY" else "LOST"
    return {
        "status": status,
        "detail": state.detail,
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
