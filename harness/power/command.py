"""`python -m harness power`: plants defects one by one and says which scenario catches each."""

import argparse
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from rich.console import Console

from harness.embedded.fault_layer import ASKED
from harness.embedded.run_folder import CHECKOUT, RunFolder
from harness.embedded.state import TargetState
from harness.failure import HarnessError
from harness.faults.defects import FOLDER, Defect, defects_of
from harness.faults.layer import FaultLayer
from harness.gate.judging import Judged, judging_alone, judging_suites
from harness.gate.selection import QUICK, collected, quick_part
from harness.gate.watchdog import answers
from harness.power import quick
from harness.power.clean import clean_run
from harness.power.results import OF_QUICK, THRESHOLD, Fate, PowerRun, Trial
from harness.power.session import Sessions
from harness.power.trials import Trials
from harness.results.document import write_document
from harness.steps import bar
from harness.targets.registry import choose
from harness.targets.target import Target

RESULTS = CHECKOUT / ".run" / "power"
TOKEN = "FAULT_TOKEN"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which defects, compared with what, and where the result goes."""
    parser.add_argument(
        "--defects", type=Path, nargs="+", default=[FOLDER], help="YAML files or folders (default: ours)"
    )
    parser.add_argument("--only", nargs="+", metavar="ID", help="only these defects, or those of a service")
    parser.add_argument("--quick", action="store_true", help="use only the scenarios of `gate --quick`")
    parser.add_argument("--clean", type=Path, help="a result document without defects (default: one of this instance)")
    parser.add_argument(
        "--seconds",
        type=Decimal,
        default=Decimal(30),
        help="for one defect, scenarios that took so long (the nearest ten times)",
    )
    parser.add_argument("--output", type=Path, help="the JSON of the result (default: .run/power/<target>/power.json)")
    parser.add_argument(
        "--control",
        type=int,
        help="of a target not started by us: the control port of the fault layer before it (token: FAULT_TOKEN)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Return 0 if at least 95 % of the visible defects were caught (of QUICK: 60 %), 1 if fewer, 2 if it could not be told.

    A whole run of our defects also chooses anew what QUICK runs.
    """
    defects = _chosen(defects_of(arguments.defects), arguments.only)
    target, folder = choose(arguments.target), RESULTS / arguments.target / ("quick" if arguments.quick else "")
    with judging_alone(target, folder, "power"):
        return _run(arguments, target, folder, defects)


def _run(arguments: argparse.Namespace, target: Target, folder: Path, defects: list[Defect]) -> int:
    begun, console = datetime.now(UTC), Console(stderr=True, highlight=False)
    os.environ[ASKED] = "1"  # what is brought up from here on gets the layer
    judged = Judged.brought_up(target)
    layer, since = _layer(arguments.target, arguments.control)
    layer.clear()
    key = judged.clients.environment
    layer.tell_key(
        key["AWS_ACCESS_KEY_ID"], key["AWS_SECRET_ACCESS_KEY"], "user/deployer", key.get("AWS_SESSION_TOKEN")
    )
    listed = collected(arguments.target, judging_suites())
    part = quick_part(listed) if arguments.quick else None
    clean = clean_run(judged, folder, arguments.clean, since, part)
    console.print(f"clean: {len(clean.scenarios)} scenarios at {clean.stamp.started_at}")
    endpoint = judged.clients.endpoint("sts")
    output = arguments.output or folder / "power.json"

    def document(done: Sequence[Trial], spent: Mapping[str, str]) -> PowerRun:
        began, ended = (at.isoformat(timespec="seconds") for at in (begun, datetime.now(UTC)))
        wanted = OF_QUICK if arguments.quick else THRESHOLD
        power_run = PowerRun(vars(clean.stamp), began, ended, tuple(done), dict(spent), wanted)
        write_document(output, power_run.as_json())
        return power_run

    done: list[Trial] = []
    try:
        with (
            Sessions.on(arguments.target, endpoint, folder, clean.scenarios.values()) as sessions,
            bar("planting", console) as drawn,
        ):
            trials = Trials(clean, layer, sessions, arguments.seconds, lambda: answers(endpoint))
            task = drawn.add_task("", total=len(defects))
            for defect in defects:
                drawn.update(task, description=defect.id)
                done.append(trials.of(defect))
                print(_line(done[-1]), flush=True)
                document(done, trials.spent)
                drawn.advance(task)
    finally:
        layer.clear()
    power_run = document(done, trials.spent)
    for scenario, defect_id in trials.spent.items():
        print(f"not used any more: {scenario} fails without a defect too, since {defect_id}")
    if power_run.enough and not (arguments.quick or arguments.only) and arguments.defects == [FOLDER]:
        print(quick.write(QUICK, quick.choose(done, clean, listed), done, clean))
    print(f"{power_run.summary}; {output}")
    return 0 if power_run.enough else 1


def _chosen(defects: list[Defect], only: Sequence[str] | None) -> list[Defect]:
    if not only:
        return defects
    known = {name for defect in defects for name in (defect.id, defect.service)}
    if unknown := [name for name in only if name not in known]:
        raise HarnessError(f"there is no defect {', '.join(unknown)}", exit_status=3)
    return [defect for defect in defects if {defect.id, defect.service} & set(only)]


def _layer(target: str, control: int | None) -> tuple[FaultLayer, datetime | None]:
    """Return the fault layer before the target, and the instant since which its instance lives."""
    if control:
        token = os.environ.get(TOKEN)
        if not token:
            raise HarnessError(f"--control wants the layer's token in {TOKEN}", exit_status=3)
        return FaultLayer(control, token), None
    state = TargetState.read(RunFolder.of_target(target))
    if state is None or state.fault_layer is None:
        raise HarnessError(
            "the target is up without the fault layer: take it down first (make down), or give --control"
        )
    since = datetime.fromtimestamp(state.processes["ministack"].created, UTC)
    return FaultLayer(state.fault_layer.port, state.fault_layer.token), since


def _line(trial: Trial) -> str:
    said = f"{trial.fate.value:<11} {trial.id}"
    if trial.by:
        detail = " ".join(trial.by.detail.split())[:140]
        seen = f"caught {trial.noticed} of {trial.fired} firings"
        return (
            f"{said}  by {trial.by.scenario} ({trial.by.was} → {trial.by.now}) in {trial.seconds} s, {seen}: {detail}"
        )
    if trial.fate is Fate.MISSED:
        tried = f"{trial.scenarios} scenarios, fired {trial.fired} times, {trial.seconds} s"
        return f"{said}  {'; '.join(filter(None, (tried, trial.because)))}: {trial.suffers}"
    return f"{said}  {trial.because}"
