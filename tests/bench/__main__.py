"""`python -m tests.bench [--holders N] [--runs N]`: the ratio of each event over a dividend of as many holders, and the peak memory."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from harness.embedded import postgres
from tests.own_postgres import new_database, own_postgres

FOLD = Path(__file__).with_name("fold.py")
CHECKOUT = Path(__file__).parents[2]


def main() -> None:
    """Print the medians; clock and CPU seconds are of one run after the other on this machine."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument(
        "--holders", type=int, default=10_000, help="holders of each event, with three lots (default 10000)"
    )
    parser.add_argument("--runs", type=int, default=3, help="runs of each (default 3)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, own_postgres(Path(folder) / "run") as made:
        runs = [measured(made, f"bench_{number}", options.holders) for number in range(options.runs)]
    for event_type in ("SPLF", "SOFF", "MRGR"):
        for unit in ("clock", "cpu"):
            ratios = sorted(run[event_type][unit] / run["DVCA"][unit] for run in runs)
            seconds = ", ".join(f"{run[event_type][unit]:.1f}/{run['DVCA'][unit]:.1f}" for run in runs)
            print(
                f"{event_type} over DVCA of {options.holders} holders, {unit}: ratio {median(ratios):.2f} "
                f"({ratios[0]:.2f} to {ratios[-1]:.2f}); seconds {seconds}"
            )
    print(f"peak memory: {max(run['peak_mib'] for run in runs):.0f} MiB")


def measured(cluster: postgres.Cluster, database: str, holders: int) -> Any:
    """Return what the fold prints, of a database of its own."""
    command = [sys.executable, str(FOLD), new_database(cluster, database), str(holders)]
    environment = {"PYTHONPATH": str(CHECKOUT), **os.environ}
    return json.loads(subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE).stdout)


if __name__ == "__main__":
    main()
