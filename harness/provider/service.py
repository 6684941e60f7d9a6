"""What the provider does for Terraform, request by request: the schema, the engine and the types joined. Values in, values out."""

import json
import logging
import os
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from harness.deadline import DeadlineError
from harness.provider.data_sources import read_data_source
from harness.provider.engine.aws import Aws, explained
from harness.provider.engine.planning import Plan, plan, settle
from harness.provider.engine.resource import HalfMadeError, Plain, State
from harness.provider.types.catalogue import resource_types
from harness.provider.values import Block, complete, known

_LOGGER = logging.getLogger(__name__)
Object = dict[str, Any]


class ProviderError(Exception):
    """A diagnostic: what was being done to which type, and what the target said. `state`: what exists all the same."""

    def __init__(self, text: str, state: Object | None = None) -> None:
        super().__init__(text)
        self.state = state


class Provider:
    """The provider after Terraform has configured it. Safe for several threads."""

    def __init__(self, schema: Mapping[str, Any], environment: Mapping[str, str] = os.environ) -> None:
        self._schema, self._environment = schema, environment
        self._types = resource_types()
        self._common: dict[str, Any] = {}
        self._aws: Aws | None = None

    @property
    def aws(self) -> Aws:
        """The target; ProviderError before `configure`."""
        if self._aws is None:
            raise ProviderError("the provider is not configured")
        return self._aws

    def block(self, type_name: str) -> Block:
        """The schema of a resource type."""
        block: Block = self._schema["resources"][type_name]
        return block

    def data_block(self, type_name: str) -> Block:
        """The schema of a data source."""
        block: Block = self._schema["data"][type_name]
        return block

    def provider_block(self) -> Block:
        """The schema of the provider's own configuration."""
        block: Block = self._schema["provider"]
        return block

    def configure(self, config: Object) -> None:
        """Region and default tags."""
        region = (
            config.get("region") or self._environment.get("AWS_REGION") or self._environment.get("AWS_DEFAULT_REGION")
        )
        if not region:
            raise ProviderError("no region: set it in the provider block or as AWS_REGION")
        tags = [block.get("tags") or {} for block in config.get("default_tags") or []]
        self._common = {"region": region, "tags": tags[0] if tags else {}}
        self._aws = Aws(region, self._environment)

    def validate(self, type_name: str, config: Object) -> None:
        """Refuses a type, an attribute or a block that the schema has and our table has not."""
        refused = [path for path in sorted(self._type(type_name).unmade) if _is_set(config, path)]
        if refused:
            raise ProviderError(
                f"{type_name}: {', '.join(refused)}: our stand-in provider does not make that; use PROVIDER=registry"
            )

    def upgrade(self, type_name: str, state: bytes) -> Object:
        """A state as it was stored, in the form of today's schema."""
        return complete(self.block(type_name), json.loads(state))

    def plan(self, type_name: str, prior: Object | None, proposed: Object | None) -> Plan | None:
        """None for a deletion."""
        if proposed is None:
            return None
        return plan(self.block(type_name), self._type(type_name), prior, proposed, self._common)

    def apply(
        self, type_name: str, prior: Object | None, planned: Object | None, config: Object | None
    ) -> Object | None:
        """Creates, changes or deletes; the new state. ProviderError with the state that is there where it failed half way."""
        resource_type, block = self._type(type_name), self.block(type_name)
        if planned is None:
            with _explained(type_name, "deleting"):
                resource_type.remove(self.aws, block, prior or {})
            return None
        wanted = {**known(planned), **_write_only(block, config or {})}
        if prior is None:
            with _explained(type_name, "creating", keep=lambda half: settle(block, planned, half)):
                made = resource_type.make(self.aws, block, wanted)
            with _explained(type_name, "reading what was created", settle(block, planned, made)):
                return self._seen(type_name, {**planned, **_new(planned, made)}, made)
        with _explained(type_name, "changing", dict(prior)):
            resource_type.change(self.aws, block, prior, wanted)
            return self._seen(type_name, planned, wanted)

    def _seen(self, type_name: str, planned: Object, state: Object) -> Object:
        """The state by what the target shows."""
        block = self.block(type_name)
        observed = self._type(type_name).look(self.aws, block, state)
        if observed is None:
            left = settle(block, planned, state)  # without write-only values
            raise ProviderError(f"{type_name}: the target does not show what was just made ({state.get('id')})", left)
        return settle(block, planned, self._with_own_tags(observed, planned))

    def read(self, type_name: str, state: Object) -> Object | None:
        """The state by what the target shows now; None when the resource is gone."""
        block = self.block(type_name)
        with _explained(type_name, "reading"):
            observed = self._type(type_name).look(self.aws, block, state)
        return None if observed is None else settle(block, state, self._with_own_tags(observed, state))

    def imported(self, type_name: str, identifier: str) -> Object:
        """The state from which a read finds the rest; ProviderError where the id has not the type's form."""
        resource_type = self._type(type_name)
        state = resource_type.imported(identifier)
        if state is None:
            raise ProviderError(f"{type_name}: the import id is {resource_type.id}, not {identifier!r}")
        return complete(self.block(type_name), {**resource_type.defaults, **state, "region": self._common["region"]})

    def read_data(self, type_name: str, config: Object) -> Object:
        """A data source's object."""
        with _explained(type_name, "reading"):
            return complete(
                self.data_block(type_name), read_data_source(self.aws, type_name, config, self._common["region"])
            )

    def _type(self, type_name: str) -> Plain:
        if type_name not in self._types:
            raise ProviderError(
                f"{type_name} is not among the types that our stand-in provider can make; use PROVIDER=registry"
            )
        return self._types[type_name]

    def _with_own_tags(self, observed: Object, state: Mapping[str, Any]) -> Object:
        """`tags` beside `tags_all`: without those that only the provider's default_tags give."""
        if "tags_all" not in observed:
            return observed
        defaults, own = self._common.get("tags", {}), known(state.get("tags")) or {}
        tags = {k: v for k, v in observed["tags_all"].items() if k in own or defaults.get(k) != v}
        return {**observed, "tags": tags or None}


def _new(planned: Object, made: Object) -> Object:
    """What creation told of attributes that were unknown."""
    return {name: made.get(name) for name, value in planned.items() if value is not known(value) or value is None}


def _is_set(value: Any, path: str) -> bool:
    """Whether something stands at a dotted path; in a list of blocks: in any of them."""
    if isinstance(value, list):
        return any(_is_set(item, path) for item in value)
    name, _, rest = path.partition(".")
    inner = value.get(name) if isinstance(value, Mapping) else None
    return _is_set(inner, rest) if rest else inner not in (None, [])


def _write_only(block: Block, config: Object) -> Object:
    return {name: config.get(name) for name, (_, flags) in block["a"].items() if "w" in flags}


class _explained:
    """Turns the target's refusals into a ProviderError that names type and step. `keep`: the state of what was half made."""

    def __init__(
        self, type_name: str, doing: str, state: Object | None = None, keep: Callable[[State], Object] = dict
    ) -> None:
        self._what, self._state, self._keep = f"{type_name}: {doing}", state, keep

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, HalfMadeError):
            self._state, error = self._keep(error.made), error.__cause__
        if isinstance(error, ClientError):
            raise ProviderError(f"{self._what}: {explained(error)}", self._state) from error
        if isinstance(error, BotoCoreError | DeadlineError | OSError | LookupError):
            raise ProviderError(f"{self._what}: {error}", self._state) from error
        if self._state is not None and isinstance(error, Exception) and not isinstance(error, ProviderError):
            _LOGGER.error(self._what, exc_info=error)
            what = f"{self._what}: a defect of our provider: {type(error).__name__}: {error}"
            raise ProviderError(what, self._state) from error  # with what exists, or Terraform would forget it
