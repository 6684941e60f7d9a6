"""Chooses the command and turns every failure that people can mend into one line."""

import argparse
import errno
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from types import FrameType, ModuleType
from typing import NoReturn

from harness.bench import command as bench
from harness.cli import apply, logs, reconcile, short, status
from harness.containers import lane as containers
from harness.embedded.run_folder import RunFolder, alone
from harness.failure import HarnessError
from harness.feed import command as feed
from harness.gate import accept
from harness.gate import command as gate
from harness.peers import command as peer
from harness.power import command as power
from harness.recovery import replay
from harness.recovery.engine_commands import ENGINE_COMMANDS
from harness.redrive import command as redrive
from harness.report import command as report
from harness.reproduction import command as reproduce
from harness.soak import command as soak
from harness.targets.registry import DEFAULT, ENDPOINT, choose, settle_environment
from harness.targets.waits import stretch_waits
from harness.trail import audit, trace
from harness.verification import command as verify

ALONE = ("apply", "plan", "destroy", "up", "down")
_WRITABLE = "make it writable, or set RUN_FOLDER where it is in .run"
_ROOM = "make room on the disk"
MACHINE = {
    errno.EACCES: _WRITABLE,
    errno.EPERM: _WRITABLE,
    errno.EROFS: _WRITABLE,
    errno.ENOSPC: _ROOM,
    errno.EDQUOT: _ROOM,
}
Command = Callable[[argparse.Namespace], int]
Options = Callable[[argparse.ArgumentParser], None]
INTERRUPTED = 130
USAGE = 3
FAILED = 2


def _no_options(_parser: argparse.ArgumentParser) -> None:
    """Declare nothing."""


def _of(module: ModuleType) -> tuple[Command, Options]:
    """Return the command of a module that holds one."""
    return module.run, module.add_arguments


COMMANDS: Mapping[str, tuple[Command, Options, str]] = {
    "apply": (apply.run, _no_options, "everything up to a running system; a second run changes nothing"),
    "plan": (short.plan, short.plan_options, "what apply would change in the infrastructure"),
    "destroy": (short.destroy, _no_options, "destroys the infrastructure; the target goes on running"),
    "up": (short.up, _no_options, "starts the target's emulators, PostgreSQL and engine agent"),
    "down": (short.down, _no_options, "stops every local process; leaves nothing outside the checkout"),
    "package": (short.package, _no_options, "makes the deterministic zips of functions and engine in build/"),
    "image": (short.image, short.image_options, "builds the engine's container image, where Docker or Podman is there"),
    "env": (short.env, _no_options, "prints export lines for the AWS CLI, boto3 and psql"),
    "outputs": (short.outputs, _no_options, "prints every Terraform output as one JSON object"),
    "feed": (*_of(feed), "puts a file's records on the stream and shows what became of each"),
    "reconcile": (*_of(reconcile), "adds up a day's reconciliation reports and writes its summary"),
    "redrive": (*_of(redrive), "lists what was given up; shows it, sends it again or discards it; who did so: --history"),
    "replay": (*_of(replay), "sends records that the stream still holds through ingestion again, to a restored database"),
    **{command.name: (command.run, command.add_arguments, command.text) for command in ENGINE_COMMANDS},
    "audit": (*_of(audit), "who redrove or discarded letters, released elections and changed rules"),
    "trace": (*_of(trace), "the way of a record from the stream to its notifications, hop by hop"),
    "verify": (*_of(verify), "whether nothing was lost, doubled or left behind; each violation with the next command"),
    "soak": (*_of(soak), "feeds at a steady rate for an hour, and says whether memory is flat and lag does not grow"),
    "bench": (*_of(bench), "compares, in one run, with floors: a dividend of many holders, and apply"),
    "gate": (*_of(gate), "judges a target by all scenarios, or by a part of them, and ends with the verdict"),
    "containers": (*_of(containers), "the whole system and the gate on MiniStack in a container: images, apply, feed, gate, down"),
    "baseline": (*_of(accept), "shows how the gate's last result differs from the accepted one; --accept takes it"),
    "power": (*_of(power), "plants defects one by one and says which scenario catches each: judges the gate itself"),
    "report": (*_of(report), "makes JUnit XML, a pull request comment and a page of a result document"),
    "reproduce": (*_of(reproduce), "writes a boto3 script that shows the divergence of one scenario without the harness"),
    "matrix": (report.matrix, report.matrix_options, "puts the results of several targets side by side, as data and as a page"),
    "peer": (*_of(peer), "holds the gate's result against that of a peer's suite on the same emulator"),
    "status": (*_of(status), "what runs and where, and what is stuck; fails where the target is not ready"),
    "logs": (*_of(logs), "the ends of all logs"),
}  # fmt: skip


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise HarnessError(f"{message} (see python -m harness --help)", exit_status=USAGE)


def main(arguments: Sequence[str]) -> int:
    """Runs a command; returns its exit status."""
    signal.signal(signal.SIGTERM, _terminate)
    # A shell that starts us with `&` lets us, and all that we start, ignore it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        parsed = _parser().parse_args(arguments)
        if parsed.endpoint:
            os.environ[ENDPOINT] = parsed.endpoint  # so that what we start is told it too
        parsed.forgotten = settle_environment(parsed.target)
        stretch_waits(parsed.target)
        run: Command = parsed.run
        with _alone(parsed):
            return run(parsed)
    except HarnessError as problem:
        print(f"error: {problem}", file=sys.stderr)
        return problem.exit_status
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # as in `make logs | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as problem:
        if problem.errno not in MACHINE:
            raise
        print(f"error: {problem.filename or 'a file'}: {problem.strerror}: {MACHINE[problem.errno]}", file=sys.stderr)
        return FAILED


@contextmanager
def _alone(parsed: argparse.Namespace) -> Iterator[None]:
    """Let one command at a time change a target. `down` wants no folder, nor room in it."""
    if parsed.command not in ALONE:
        yield
        return
    run = RunFolder.of_target(choose(parsed.target).name)
    if parsed.command != "down":
        run.make()
    with alone(run.path, parsed.command) if run.path.is_dir() else nullcontext():
        yield


def _terminate(_number: int, _frame: FrameType | None) -> None:
    """A SIGTERM cleans up as Ctrl-C does."""
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m harness", description=__doc__)
    commands = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=_Parser)
    for name, (run, add_options, text) in COMMANDS.items():
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument(
            "--target",
            default=os.environ.get("TARGET") or DEFAULT,
            help="a name of harness/targets (default: $TARGET, else embedded)",
        )
        command.add_argument("--endpoint", help="where the target is, instead of what harness/targets says ($ENDPOINT)")
        add_options(command)
        command.set_defaults(run=run, command=name)
    return parser
