"""`python -m harness COMMAND`: see `--help`, or contracts in the README."""

import sys

INTERRUPTED = 130

if __name__ == "__main__":
    try:
        from harness.cli.main import main  # takes a second, in which Ctrl-C may come

        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
