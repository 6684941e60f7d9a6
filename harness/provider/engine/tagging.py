"""Tags: the forms that services give them, and bringing a resource's tags to what is wanted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.provider.engine.aws import Aws, at


@dataclass(frozen=True)
class Tags:
    """How a service tags.

    `create`: parameter of the creating request; None: the resource is tagged after it was created. `pair`: names in
    [{Key, Value}]; None: a map. `tag`, `untag`, `read`: operations; `read` "": the tags stand in what the type reads, at `at`.
    `key`: parameter -> attribute that names the resource in them. `values`, `keys`: the parameters of `tag` and `untag`.
    """

    tag: str = "TagResource"
    untag: str = "UntagResource"
    read: str = ""
    at: str = "Tags"
    create: str | None = "Tags"
    key: Mapping[str, str] = field(default_factory=lambda: {"ResourceArn": "arn"})
    values: str = "Tags"
    keys: str = "TagKeys"
    pair: tuple[str, str] | None = ("Key", "Value")

    def to_api(self, tags: Mapping[str, str]) -> Any:
        """Tags in the service's form."""
        if self.pair is None:
            return dict(tags)
        key, value = self.pair
        return [{key: name, value: text} for name, text in sorted(tags.items())]

    def from_api(self, given: Any) -> dict[str, str]:
        """Tags from the service's form."""
        if self.pair is None or isinstance(given, Mapping):
            return dict(given or {})
        key, value = self.pair
        return {tag[key]: tag.get(value, "") for tag in given or []}

    def observe(self, aws: Aws, service: str, state: Mapping[str, Any], answer: Any) -> dict[str, str]:
        """The tags that a resource has."""
        if self.read:
            answer = aws.call(service, self.read, **self._named(state))
        return self.from_api(at(self.at, answer))

    def change(self, aws: Aws, service: str, state: Mapping[str, Any], before: Mapping[str, str]) -> None:
        """Brings the tags from `before` to the state's `tags_all`."""
        wanted = state.get("tags_all") or {}
        gone = sorted(before.keys() - wanted.keys())
        new = {name: value for name, value in wanted.items() if before.get(name) != value}
        if gone:
            aws.call(service, self.untag, **self._named(state), **{self.keys: gone})
        if new:
            aws.call(service, self.tag, **self._named(state), **{self.values: self.to_api(new)})

    def _named(self, state: Mapping[str, Any]) -> dict[str, Any]:
        return {parameter: state[attribute] for parameter, attribute in self.key.items()}


BY_ARN = Tags(
    read="ListTagsForResource",
    at="tags",
    create="tags",
    key={"resourceArn": "arn"},
    values="tags",
    keys="tagKeys",
    pair=None,
)
"""A map of tags of a resource named by its ARN, all parameters in lower camel case: most of the younger services."""
