"""What became of a deployment: written by `apply`, read by the gate, the tests and `status`."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from harness.embedded.run_folder import RunFolder, read_json, write_json

APPLIED, REFUSED, IMPOSSIBLE = "applied", "refused", "impossible"


@dataclass(frozen=True)
class Refusal:
    """A call that the target refused. `resource`: Terraform's address; `call`: `service:Operation`; `answer`: status, code and message."""

    resource: str
    call: str
    answer: str


@dataclass(frozen=True)
class Deployment:
    """The outcome of one `apply`: APPLIED, REFUSED (by the target, see `refusal`) or IMPOSSIBLE (`reason`).

    `reason` is empty when applied. `absent` maps each service that was switched off to the reason. `engine` says why no engine task
    runs; it is empty when tasks run. `provider` is `embedded` or `registry`.
    """

    outcome: str
    reason: str = ""
    refusal: Refusal | None = None
    absent: Mapping[str, str] = field(default_factory=dict)
    engine: str = ""
    provider: str = ""

    @classmethod
    def read(cls, run: RunFolder) -> "Deployment | None":
        """Return the record of the last `apply`, or None where there was none. Raises HarnessError if the file is not JSON."""
        content = read_json(run.deployment_file)
        if not content:
            return None
        refusal: Any = content.pop("refusal")
        return cls(**content, refusal=Refusal(**refusal) if refusal else None)

    def write(self, run: RunFolder) -> None:
        """Replace the record of the last `apply`."""
        write_json(run.deployment_file, asdict(self))
