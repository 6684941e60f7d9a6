"""`python -m tests.mutation [--sample N] [--seed N]`: mutates `domain/`, runs the tests, prints the figure; exit code 1 for an unexplained survivor.

Without `--sample` every mutant is run: some hours. The share counts killed mutants only, and of all that were tried: one that no test reaches and one
that only ran out of time are not killed.
"""

import argparse
import os
import sys
from collections import Counter

from tests.mutation import tool
from tests.mutation.sample import stratified, wilson
from tests.mutation.survivors import Change, change_of, explained


def main() -> int:
    """The exit code: 0 everything killed or explained, 1 not so, 2 could not judge, 130 interrupted."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation")
    parser.add_argument(
        "--sample", type=int, help="how many mutants, drawn from each module in proportion; default all"
    )
    parser.add_argument("--seed", type=int, default=1, help="draws another sample")
    options = parser.parse_args()
    os.nice(10)
    try:
        known = explained()
        tool.prepare()
        mutants = sorted(tool.results())
        chosen = stratified(mutants, options.sample, options.seed) if options.sample else []
        tool.judge(chosen)
        statuses = tool.results()
    except (tool.MutationError, ValueError) as error:
        print(f"could not judge: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted; mutants/ holds what there is", file=sys.stderr)
        return 130
    return _report({mutant: statuses[mutant] for mutant in chosen or mutants}, len(mutants), known)


def _report(statuses: dict[str, str], total: int, known: dict[Change, str]) -> int:
    unexplained = []
    for mutant, status in statuses.items():
        if status not in ("killed", "timeout"):
            change = change_of(mutant, *tool.diff(mutant))
            if change not in known:
                unexplained.append((mutant, status, change))
    for mutant, status, change in unexplained:
        print(f"\n{status}: {mutant}\n{change.file} {change.function}\n- {change.before}\n+ {change.after}")
    counts = Counter(statuses.values())
    low, high = wilson(counts["killed"], len(statuses))
    print(
        f"\n{len(statuses)} of {total} mutants: "
        + ", ".join(f"{count} {status}" for status, count in counts.most_common())
    )
    print(
        f"killed {counts['killed'] / len(statuses):.1%} (95 %: {low:.1%} to {high:.1%}); {len(unexplained)} of the others unexplained"
    )
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
