"""Names that Terraform makes up: where HCL gives a prefix or nothing."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from harness.provider.engine.aws import Aws
from harness.provider.engine.resource import Plain, State
from harness.provider.values import Block

_DIGITS_OF_TIME = 18  # a date and a time to a ten-thousandth of a second


@dataclass(frozen=True, kw_only=True)
class Named(Plain):
    """A type whose name may be left to us. `naming`: the attribute; its prefix is `<naming>_prefix`."""

    naming: str = "name"

    def make(self, aws: Aws, block: Block, planned: State) -> dict[str, Any]:
        """Creates the resource, under its name or one of ours."""
        return super().make(aws, block, {**planned, self.naming: planned.get(self.naming) or self._unique(planned)})

    def _unique(self, planned: State) -> str:
        prefix = planned.get(f"{self.naming}_prefix") or "terraform-"
        return f"{prefix}{datetime.now(UTC):%Y%m%d%H%M%S%f}"[: len(prefix) + _DIGITS_OF_TIME] + uuid.uuid4().hex[:8]
