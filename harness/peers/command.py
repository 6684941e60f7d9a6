"""`python -m harness peer`: what a peer's suite finds on an emulator, and what our last result says of it."""

import argparse
from pathlib import Path

from harness.peers.comparison import Agreement, compare, read_mapping, read_peer, share
from harness.results.document import read_run


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The two results of one emulator."""
    parser.add_argument(
        "--results", type=Path, required=True, metavar="PEER.json", help="what vitest's JSON reporter wrote"
    )
    parser.add_argument("--ours", type=Path, required=True, metavar="RESULT.json", help="the gate's result document")


def run(arguments: argparse.Namespace) -> int:
    """Print the behaviours by agreement, then our share; exit status 0."""
    ours = read_run(arguments.ours)
    by_agreement = compare(read_peer(arguments.results), ours, read_mapping())
    for agreement in Agreement:
        behaviours = sorted(by_agreement.get(agreement, ()))
        print(f"{agreement}: {len(behaviours)}")
        if agreement is not Agreement.BOTH:
            print("".join(f"  {behaviour}\n" for behaviour in behaviours), end="")
    both, peers = share(by_agreement)
    percent = f" ({100 * both // peers} %)" if peers else ""
    print(
        f"{ours.stamp.emulator} {ours.stamp.emulator_version}: {both} of the peer's {peers} wrong behaviours found by ours{percent}"
    )
    return 0
