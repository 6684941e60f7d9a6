"""Which part of the system makes a request: the process at the other end of its connection, on this machine."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import psutil

ENGINE = "servicing_engine"
"""The name of each engine task; a function's is its own."""
_OF_A_FUNCTION = "AWS_LAMBDA_FUNCTION_NAME"


@dataclass
class Caller:
    """The process behind a connection, by its port there and ours here. It is looked for when first asked for: that takes 20 ms."""

    port: int
    ours: int

    @cached_property
    def _found(self) -> tuple[str, psutil.Process | None]:
        for name, process in _of_the_system():
            try:
                ends = [end for end in process.net_connections("tcp") if end.laddr and end.raddr]
                # Both ports: a process may use one port of its own for connections to several others.
                if any((end.laddr.port, end.raddr.port) == (self.port, self.ours) for end in ends):
                    return name, process
            except psutil.Error:  # it has ended
                continue
        return "", None

    @property
    def name(self) -> str:
        """Return ENGINE for an engine task, a function's name for what runs it, and "" for everybody else."""
        return self._found[0]

    def kill(self) -> bool:
        """End the process by SIGKILL; return False where it is no task's or function's, which nobody kills."""
        process = self._found[1]
        if process is None:
            return False
        try:
            process.kill()
        except psutil.NoSuchProcess:
            return False
        return True


def _of_the_system() -> Iterator[tuple[str, psutil.Process]]:
    for process in psutil.process_iter():
        try:
            name = ENGINE if process.cmdline()[1:3] == ["-m", ENGINE] else process.environ().get(_OF_A_FUNCTION, "")
        except psutil.Error:
            continue
        if name:
            yield name, process
