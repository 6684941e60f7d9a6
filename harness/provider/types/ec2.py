"""What all types of EC2 have in common."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.provider.engine.aws import Aws
from harness.provider.engine.resource import Plain, State
from harness.provider.engine.tagging import Tags
from harness.provider.values import Block


@dataclass(frozen=True)
class _Ec2Tags(Tags):
    """EC2 tags any resource by its id, and untags by pairs."""

    def change(self, aws: Aws, service: str, state: Mapping[str, Any], before: Mapping[str, str]) -> None:
        wanted = state.get("tags_all") or {}
        gone = [{"Key": name} for name in sorted(before.keys() - wanted.keys())]
        new = {name: value for name, value in wanted.items() if before.get(name) != value}
        if gone:
            aws.call(service, self.untag, Resources=[state["id"]], Tags=gone)
        if new:
            aws.call(service, self.tag, Resources=[state["id"]], Tags=self.to_api(new))


@dataclass(frozen=True, kw_only=True)
class Ec2(Plain):
    """A type of EC2: created with its tags, described by a list of ids. `kind`: its name in tag specifications.

    `settings`: attribute -> parameter of those that `write` sets, one a request. `born`: what a new resource has of
    them; false where not said.
    """

    service: str = "ec2"
    id: str = "{id}"
    kind: str
    settings: Mapping[str, str] = field(default_factory=dict)
    write: str = ""
    born: Mapping[str, Any] = field(default_factory=dict)
    tags: Tags | None = _Ec2Tags(tag="CreateTags", untag="DeleteTags", create="TagSpecifications")

    def creation(self, aws: Aws, block: Block, planned: State) -> dict[str, Any]:
        """The parameters of create, with the tags."""
        parameters = super().creation(aws, block, planned)
        parameters.pop("TagSpecifications", None)
        return {**parameters, **self.tagged(planned)}

    def tagged(self, planned: State) -> dict[str, Any]:
        """The parameter that tags a new resource."""
        pairs = [{"Key": key, "Value": value} for key, value in sorted((planned.get("tags_all") or {}).items())]
        return {"TagSpecifications": [{"ResourceType": self.kind, "Tags": pairs}]} if pairs else {}

    def created(self, aws: Aws, block: Block, made: State) -> None:
        """Sets what a new resource does not have by itself."""
        self._set(
            aws, made, [name for name in self.settings if made.get(name) not in (None, self.born.get(name, False))]
        )

    def modify(self, aws: Aws, block: Block, prior: State, planned: State, changed: set[str]) -> None:
        """Sets the changed settings; LookupError for anything else."""
        refuse(changed - self.settings.keys())
        self._set(aws, planned, [name for name in self.settings if name in changed])

    def named(self, state: State, key: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The parameters that name the resource: a list where the operation takes several."""
        parameters = super().named(state, key)
        return {parameter: [value] if parameter.endswith("Ids") else value for parameter, value in parameters.items()}

    def _set(self, aws: Aws, state: State, names: Iterable[str]) -> None:
        for name in names:
            value = {"Value": state[name]} if isinstance(state[name], bool) else state[name]
            aws.call("ec2", self.write, **self.named(state, self.update_key), **{self.settings[name]: value})


def refuse(changed: set[str]) -> None:
    """LookupError where a change in place is not one of those that we can make."""
    if changed:
        raise LookupError(f"our stand-in cannot change {', '.join(sorted(changed))} in place")
