"""`python -m tests.agreement [--documents N] [--seed N]`: where `calculate` and the engine differ, on the fewest facts, and how many documents
hold what. Exit status 1 for a difference."""

import argparse
import json
import sys
import tempfile
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import psycopg2

from tests.agreement.documents import random_document
from tests.agreement.sides import differences, holds, minimal
from tests.own_postgres import new_database, own_postgres

_DOCUMENTS_A_LINE = 100
"""How many documents make one line of progress."""


def main():
    """Return 1 if a document was told apart."""
    parser = argparse.ArgumentParser(prog="python -m tests.agreement")
    parser.add_argument("--documents", type=int, default=1_000, help="how many (default 1000)")
    parser.add_argument("--seed", type=int, default=1_000, help="of the first one (default 1000)")
    options = parser.parse_args()
    held, apart = Counter(), 0
    with (
        tempfile.TemporaryDirectory() as folder,
        own_postgres(Path(folder) / "run") as cluster,
        closing(psycopg2.connect(new_database(cluster, "agreement"))) as connection,
    ):
        for done, seed in enumerate(range(options.seed, options.seed + options.documents)):
            if done and done % _DOCUMENTS_A_LINE == 0:
                print(f"{done} of {options.documents} documents: {apart} told apart", flush=True)
            document = random_document(seed)
            held.update(holds(document))
            if differences(connection, document, seed):
                apart += 1
                least = minimal(connection, document, seed)
                print(
                    f"seed {seed}: {json.dumps(differences(connection, least, seed), indent=1)}\n{json.dumps(least)}",
                    flush=True,
                )
    print(*(f"{name} {count / options.documents:.0%}" for name, count in sorted(held.items())), sep=", ")
    print(f"{datetime.now(UTC):%Y-%m-%d}: {options.documents} documents from seed {options.seed}: {apart} told apart")
    return bool(apart)


if __name__ == "__main__":
    sys.exit(main())
