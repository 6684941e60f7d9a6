"""Types that are not ready when their operations answer."""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.provider.engine.aws import Aws, wait_until
from harness.provider.engine.resource import Plain, State


@dataclass(frozen=True, kw_only=True)
class Waiting(Plain):
    """A type with an attribute `name`, whose changes go one at a time, each when the one before is done. `ended`: see `wait_for`."""

    lingers: bool = True
    ended: Callable[[Mapping[str, Any]], str]

    @abstractmethod
    def status(self, resource: Mapping[str, Any]) -> set[str]:
        """What read's answer tells of the resource and its parts; {"ACTIVE"} when it takes the next change."""

    def wait(self, aws: Aws, state: State) -> None:
        """Wait until everything is active. Raises DeadlineError, at once in a terminal state."""
        what = f"{state['name']} is active"
        wait_until(
            what, lambda: self.observe(aws, state), lambda seen: self.status(seen) == {"ACTIVE"}, ended=self.ended
        )

    def do(self, aws: Aws, state: State, operation: str, **parameters: Any) -> None:
        """One change, until it is done."""
        aws.call(self.service, operation, **self.named(state), **parameters)
        self.wait(aws, state)
