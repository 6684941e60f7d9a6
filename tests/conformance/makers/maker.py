"""How a scenario's resource is made under a name of its own, and removed when the scenario is over."""

import uuid
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import jmespath
from botocore.exceptions import ClientError

from harness.aws_clients import AwsClients


def new_name(suffix: str = "") -> str:
    """Return a name that nobody else has, fit for every service (lower case, 22 characters and the suffix)."""
    return f"conformance-{uuid.uuid4().hex[:10]}{suffix}"


class Cleanup:
    """Calls to make when the scenario is over, the last one first."""

    def __init__(self) -> None:
        self._calls: list[tuple[Callable[..., Any], dict[str, Any]]] = []

    def __call__(self, operation: Callable[..., Any], **arguments: Any) -> None:
        """Remember a call, which may find that the scenario has removed the resource itself."""
        self._calls.append((operation, arguments))

    def run(self) -> None:
        """Make the calls. One that is refused is a warning: a scenario is judged by what it asserts."""
        for operation, arguments in reversed(self._calls):
            try:
                operation(**arguments)
            except ClientError as error:
                if not any(word in str(error) for word in ("NotFound", "NoSuch", "DoesNotExist", "NonExist")):
                    warnings.warn(f"not removed: {arguments}: {error}", stacklevel=1)


@dataclass(frozen=True)
class Maker:
    """Make a kind of resource by `create_<noun>`, register its removal, and return what identifies it.

    `named` is the parameter of CreateX that takes the name. `made` is the JMESPath of the identifier in the answer; without it
    the name identifies. `by` is the parameter of DeleteX (else `named`, or `made` where that is a parameter too), `also`
    its further ones; `delete` the operation if it is not `delete_<noun>`, and `deleted` the path of what it takes if that is
    not `made`. `defaults` go to CreateX, and `ready` waits.
    """

    service: str
    noun: str
    named: str
    made: str = ""
    by: str = ""
    also: Mapping[str, Any] = field(default_factory=dict)
    delete: str = ""
    deleted: str = ""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    ready: Callable[[AwsClients, str], object] | None = None

    def __call__(self, aws: AwsClients, name: str, cleanup: Cleanup, **more: Any) -> str:
        """Return the identifier of the new resource; `more` goes to CreateX."""
        client = aws.client(self.service)
        answer = getattr(client, f"create_{self.noun}")(**{self.named: name, **self.defaults, **more})
        made = jmespath.search(self.made, answer) if self.made else name
        assert made, f"{self.noun} {name}: the answer has no {self.made}"
        which = {self.by or self.made or self.named: jmespath.search(self.deleted, answer) if self.deleted else made}
        cleanup(getattr(client, self.delete or f"delete_{self.noun}"), **which, **self.also)
        if self.ready:
            self.ready(aws, made)
        return str(made)
