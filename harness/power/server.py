"""A pytest plugin that collects once and then runs the test that it is asked for, each time in a process forked from there.

So a trial costs no interpreter, no import and no collection. Loaded by `-p`; talks through the two pipes whose numbers are in
POWER_PIPES. It is asked by a JSON line `{"id": …}` and says `{"ready": true}` once, `{"pid": …}` when a run has begun and
`{"ended": exit status}`.
"""

import json
import os
import random
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import IO, Any

import pytest
from botocore.exceptions import UnknownServiceError

from harness.failure import HarnessError
from harness.scenarios.recorder import SCENARIO
from harness.system import running_clients, running_system

PIPES = "POWER_PIPES"
DONE, INTERRUPTED, BROKEN = 0, 2, 3


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool:
    """Run the scenarios that are asked for, in place of pytest's own loop, until the pipe of requests is closed."""
    asked, told = (int(descriptor) for descriptor in os.environ.pop(PIPES).split(","))
    by_id = {item.stash[SCENARIO].id: item for item in session.items if SCENARIO in item.stash}
    getattr(
        session.config.pluginmanager.get_plugin("known-divergences"), "reasons", None
    )  # asked here, not by each child
    _warm(str(session.config.getoption("--target")), {item.stash[SCENARIO].service for item in by_id.values()})
    with os.fdopen(asked) as requests, os.fdopen(told, "w", buffering=1) as answers:
        _say(answers, ready=True)
        for request in _requests(requests):
            sys.stdout.flush()
            child = os.fork()
            if child == 0:
                _as_child(session, by_id[request["id"]])
            _say(answers, pid=child)
            _, status = os.waitpid(child, 0)
            _say(answers, ended=os.waitstatus_to_exitcode(status))
    return True


def _warm(target: str, services: Iterable[str]) -> None:
    """Make what all that are forked would make: clients, and the outputs of a target with the system on it."""
    clients = running_clients(target)
    for service in services:
        with suppress(UnknownServiceError):  # "terraform" is judged, too
            clients.client(service)
    with suppress(HarnessError):
        running_system(target)


def _requests(pipe: IO[str]) -> Iterator[dict[str, Any]]:
    for line in pipe:
        yield json.loads(line)


def _say(pipe: IO[str], **what: Any) -> None:
    pipe.write(json.dumps(what) + "\n")


def _as_child(session: pytest.Session, item: pytest.Item) -> None:
    """Run one test and end this process; a process group of its own, so that it can be stopped with what it started."""
    status = BROKEN
    try:
        os.setpgid(0, 0)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        random.seed()  # else each would draw what the others drew
        session.items = [item]
        session.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
        status = DONE
    except KeyboardInterrupt:
        status = INTERRUPTED
    finally:
        if status == BROKEN:
            sys.excepthook(*sys.exc_info())
        session._setupstate.teardown_exact(None)  # as pytest does at the end of a session: fixtures of wider scope too
        sys.stdout.flush()
        os._exit(status)
