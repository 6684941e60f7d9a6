"""`python -m harness COMMAND`: see `--help`, or contracts in the README."""

import sys

from harness.cli.main import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
