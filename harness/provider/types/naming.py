"""Names that Terraform makes up: where HCL gives a prefix or nothing."""

from dataclasses import dataclass
from typing import Any

from harness.provider.engine.aws import Aws
from harness.provider.engine.naming import unique_name
from harness.provider.engine.resource import Plain, State
from harness.provider.values import Block


@dataclass(frozen=True, kw_only=True)
class Named(Plain):
    """A type whose name may be left to us. `naming`: the attribute; its prefix is `<naming>_prefix`."""

    naming: str = "name"

    def make(self, aws: Aws, block: Block, planned: State) -> dict[str, Any]:
        """Creates the resource, under its name or one of ours."""
        prefix = planned.get(f"{self.naming}_prefix") or "terraform-"
        named = {self.naming: planned.get(self.naming) or unique_name(prefix)}
        return super().make(aws, block, {**planned, **named})
