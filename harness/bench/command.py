"""`python -m harness bench`: both ratios, and where the time goes."""

import argparse
from collections.abc import Sequence
from statistics import median

from rich.console import Console

from harness.bench import apply_over_replay, dividend_over_floor
from harness.system import running_system

HOLDERS, RUNS = 10_000, 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How much, and which."""
    parser.add_argument("--holders", type=int, default=HOLDERS, help=f"holders of the dividend (default {HOLDERS})")
    parser.add_argument("--runs", type=int, default=RUNS, help=f"pairs of each comparison (default {RUNS})")
    parser.add_argument("--only", choices=("dividend", "apply"), help="one of the two comparisons")


def run(arguments: argparse.Namespace) -> int:
    """Prints the ratios; times are shown for their parts only."""
    console = Console(stderr=True, highlight=False)
    if arguments.only != "apply":
        system = running_system(arguments.target)
        dividend = dividend_over_floor.measure(system, arguments.holders, arguments.runs, console.print)
        _print(f"dividend of {arguments.holders} holders, request to last notification, over the floor", dividend.pairs)
        for name, seconds in dividend.parts.items():
            print(f"  {name}: {seconds:.2f} s (median)")
    if arguments.only != "dividend":
        _print(
            "apply after destroy over a replay of its calls", apply_over_replay.measure(arguments.runs, console.print)
        )
    return 0


def _print(what: str, pairs: Sequence[tuple[float, float]]) -> None:
    ratios = sorted(ours / floor for ours, floor in pairs)
    print(f"{what}: ratio {median(ratios):.2f} (median of {len(ratios)}, {ratios[0]:.2f} to {ratios[-1]:.2f})")
    shown = ", ".join(f"{ours:.2f}/{floor:.2f}" for ours, floor in pairs)
    print(f"  seconds, ours/floor: {shown}")
