"""Resource types: what each can do (ResourceType), and the plain one that is all data (Plain)."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from harness.provider.engine.aws import Aws, at, error_code, wait_until
from harness.provider.engine.mapping import Names, emptied, from_api, member, plain, to_api
from harness.provider.engine.planning import PlanRules
from harness.provider.engine.tagging import Tags
from harness.provider.equality import changed, is_unset
from harness.provider.values import Block, attributes, nested_blocks

State = Mapping[str, Any]
Answer = TypeVar("Answer")


class HalfMadeError(Exception):
    """What followed a creation failed (the cause says how); `made`: the attributes of what exists all the same."""

    def __init__(self, made: State) -> None:
        super().__init__(str(made.get("id")))
        self.made = made


@dataclass(frozen=True, kw_only=True)
class Plain(PlanRules):
    """A resource type that is made, read, changed and deleted by one operation each, with parameters named as its attributes.

    An odd type overrides the method in which it is odd. All raise botocore's ClientError.

    `service`: botocore's name. `create`, `read`, `update`, `delete`: operations ("" where there is none). `key`: API parameter ->
    attribute by which read, update and delete name the resource (`read_key`, `update_key`, `delete_key` where one differs).
    `at`: JMESPath of the resource in read's answer, in which attributes may stand ("Aliases[?AliasName=='{name}'] | [0]"); `made_at`: in
    create's. `id`: template over attributes, such as "{rest_api_id}/{name}": the import id too, unless `import_id` is another; `id_parts`:
    regular expression whose groups are attributes that only the id tells when one imports. `arn`: template of the ARN's last
    part, where no answer tells the ARN. `names`: see mapping. `fixed`: further parameters of create. `own`: attribute -> the operation
    that sets it alone, and the one that unsets it ("": the first with its zero); what create does not take is set after it. `cleared`:
    attribute -> what update sends for one that a change unset, where that is not the parameter's zero. `unread`: attributes kept as the
    state has them though read's answer has a place for them, each with the reason in a comment. `unmade`: what the schema has and our
    type does not make, dotted inside blocks: refused by validation where it is set. `missing`: error codes that say the resource is gone.
    `lingers`: it is still there when its deletion was answered, so its end is awaited.
    """

    service: str
    create: str
    read: str = ""
    update: str = ""
    delete: str = ""
    key: Mapping[str, str] = field(default_factory=dict)
    read_key: Mapping[str, str] | None = None
    update_key: Mapping[str, str] | None = None
    delete_key: Mapping[str, str] | None = None
    at: str = ""
    made_at: str | None = None
    id: str
    arn: str = ""
    id_parts: str = ""
    import_id: str = ""
    names: Names = field(default_factory=dict)
    fixed: Mapping[str, Any] = field(default_factory=dict)
    own: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    cleared: Mapping[str, Any] = field(default_factory=dict)
    unread: frozenset[str] = frozenset()
    unmade: frozenset[str] = frozenset()
    missing: tuple[str, ...] = ("ResourceNotFoundException", "NotFoundException")
    lingers: bool = False
    tags: Tags | None = None

    # -- what the provider calls ------------------------------------------------------------------------------------

    def make(self, aws: Aws, block: Block, planned: State) -> dict[str, Any]:
        """Creates the resource; returns its attributes as far as they are known: planned ones, and those that the answer gives.

        Raises HalfMadeError when the resource exists and what follows failed.
        """
        answer = aws.call(self.service, self.create, **self.creation(aws, block, planned))
        made = {**planned, **self.made(aws, block, planned, answer)}
        made["id"] = self.identity(made)
        made |= self._told_arn(aws, made)
        try:
            self._set_own(aws, block, made, self._own_after_creation(aws, made))
            self.created(aws, block, made)
            if self.tags and self.tags.create is None:
                self.tags.change(aws, self.service, made, {})
        except Exception as error:  # of any kind: Terraform must know of what was created
            raise HalfMadeError(made) from error
        return made

    def look(self, aws: Aws, block: Block, state: State) -> dict[str, Any] | None:
        """What the target has of the resource now, attribute by attribute; None when it is gone."""
        return self.unless_missing(lambda: self._look(aws, block, state))

    def _look(self, aws: Aws, block: Block, state: State) -> dict[str, Any] | None:
        resource = self.observe(aws, state)
        if resource is None:
            return None
        seen = self.observed(aws, block, state, resource)
        seen |= self._told_arn(aws, {**state, **seen})
        if self.tags and "tags_all" in block["a"]:
            seen["tags_all"] = self.tags.observe(aws, self.service, {**state, **seen}, resource)
        return {name: value for name, value in seen.items() if name not in self.unread}

    def change(self, aws: Aws, block: Block, prior: State, planned: State) -> None:
        """Brings the resource from prior to planned."""
        changes = changed(prior, planned)
        if settings := changes - {"tags", "tags_all", "timeouts"}:
            self.modify(aws, block, prior, planned, settings)
        if self.tags and "tags_all" in changes:  # afterwards: a new name can be a new ARN
            named = {**planned, **self._told_arn(aws, planned)}
            self.tags.change(aws, self.service, named, prior.get("tags_all") or {})

    def remove(self, aws: Aws, block: Block, state: State) -> None:
        """Delete the resource unless its `skip_destroy` keeps it, and if it `lingers` wait for its end. One that is gone is no error."""
        if state.get("skip_destroy"):
            return
        self.unless_missing(lambda: self.erase(aws, block, state))
        if self.lingers:
            what = f"{self.identity(state)} is gone"
            wait_until(what, lambda: self.unless_missing(lambda: self.observe(aws, state)), lambda seen: seen is None)

    def imported(self, identifier: str) -> dict[str, Any] | None:
        """Return the attributes that `terraform import ADDRESS ID` gives by its ID; None if the ID does not match the type's template."""
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+?)", re.escape(self.import_id or self.id))
        match, more = re.fullmatch(pattern, identifier), re.fullmatch(self.id_parts or ".*", identifier)
        if not match or not more:
            return None
        given = {**match.groupdict(), **more.groupdict()}
        try:
            return {**given, "id": self.identity(given) if self.import_id else identifier}
        except KeyError:
            return {**given, "id": identifier}  # the first read tells what the id is made of

    # -- what an odd type overrides ---------------------------------------------------------------------------------

    def creation(self, aws: Aws, block: Block, planned: State) -> dict[str, Any]:
        """The parameters of create."""
        parameters = to_api(block, planned, aws.request_shape(self.service, self.create), self.names)
        if self.tags and self.tags.create and planned.get("tags_all"):
            parameters[self.tags.create] = self.tags.to_api(planned["tags_all"])
        return {**parameters, **self.fixed}

    def made(self, aws: Aws, block: Block, planned: State, answer: Mapping[str, Any]) -> dict[str, Any]:
        """The computed attributes that create's answer gives; not blocks that nobody asked for: those are for the read to judge."""
        path = self.at if self.made_at is None else self.made_at
        shape = _shape_at(aws.answer_shape(self.service, self.create), path)
        resource = at(path, answer)
        if shape is None or not isinstance(resource, Mapping):
            return {}
        seen = from_api(block, resource, shape, self.names)
        computed = {name for name, _, flags in attributes(block) if "c" in flags}
        wanted = computed | {name for name, _ in nested_blocks(block) if planned.get(name)}
        return {name: value for name, value in seen.items() if name in wanted and value not in (None, [])}

    def created(self, aws: Aws, block: Block, made: State) -> None:
        """What follows a creation: waiting, further settings."""

    def observe(self, aws: Aws, state: State) -> Any:
        """What read answers for the resource, at its path; None when it is not there."""
        if not self.read:
            return {}
        return at(self.at.format(**state), aws.call(self.service, self.read, **self.named(state, self.read_key)))

    def observed(self, aws: Aws, block: Block, state: State, resource: Any) -> dict[str, Any]:
        """The attributes that read's answer shows."""
        if not self.read:
            return {}
        shape = _shape_at(aws.answer_shape(self.service, self.read), self.at)
        return from_api(block, resource, shape, self.names)

    def modify(self, aws: Aws, block: Block, prior: State, planned: State, changed: set[str]) -> None:
        """Change what is no tag: each of `own` by its operation, all else in one request with the zero of what was unset."""
        self._set_own(aws, block, planned, changed)
        if not self.update or not changed - self.own.keys():
            return
        shape = aws.request_shape(self.service, self.update)
        wanted = {**emptied(planned, changed, shape, self.names), **to_api(block, planned, shape, self.names)}
        unset = {
            member(shape, name, name, self.names) or name: value
            for name, value in self.cleared.items()
            if name in changed and is_unset(planned.get(name))
        }
        aws.call(self.service, self.update, **{**wanted, **unset, **self.named(planned, self.update_key)})

    def _set_own(self, aws: Aws, block: Block, planned: State, names: Iterable[str]) -> None:
        for name in sorted(self.own.keys() & set(names)):
            operation, unsetting = self.own[name]
            if unsetting and is_unset(planned.get(name)):
                aws.call(self.service, unsetting, **self.named(planned))
                continue
            shape = aws.request_shape(self.service, operation)
            zero = emptied(planned, {name}, shape, self.names)
            given = to_api(block, {name: planned.get(name)}, shape, self.names)
            aws.call(self.service, operation, **self.named(planned), **zero, **given)

    def _own_after_creation(self, aws: Aws, planned: State) -> list[str]:
        """Return the attributes of `own` that are set, other than by default, and that create does not take."""
        if not self.own:
            return []
        shape = aws.request_shape(self.service, self.create)
        given = [
            name for name in self.own if not is_unset(planned.get(name)) and planned[name] != self.defaults.get(name)
        ]
        return [name for name in given if member(shape, name, name, self.names) is None]

    def erase(self, aws: Aws, block: Block, state: State) -> None:
        """Delete the resource by one operation, if there is one. An error that says that it is gone already counts as done."""
        if self.delete:
            given = {name: value for name, value in self.named(state, self.delete_key).items() if value is not None}
            aws.call(self.service, self.delete, **given)

    # -- details ----------------------------------------------------------------------------------------------------

    def identity(self, state: State) -> str:
        """The id by its template."""
        return self.id.format(**state)

    def _told_arn(self, aws: Aws, state: State) -> dict[str, Any]:
        return {"arn": aws.arn(self.service, self.arn.format(**state))} if self.arn else {}

    def named(self, state: State, key: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The parameters that name the resource."""
        return {parameter: state[attribute] for parameter, attribute in (self.key if key is None else key).items()}

    def is_missing(self, error: ClientError) -> bool:
        """Return True if an error says that the resource is gone."""
        return error_code(error) in self.missing

    def unless_missing(self, call: Callable[[], Answer]) -> Answer | None:
        """Return what `call` returns, or None if the target answers it that the resource is gone."""
        try:
            return call()
        except ClientError as error:
            if self.is_missing(error):
                return None
            raise


def _shape_at(shape: Any, path: str) -> Any:
    """The shape at a simple JMESPath: names, [0], and "list[?Name=='value'] | [0]"."""
    for step in filter(None, re.split(r"[.\[]", re.sub(r"\[\?.*\] \| ", "", path))):
        if shape is None:
            return None
        if step.endswith("]"):
            shape = shape.member
        else:
            shape = next((inner for name, inner in shape.members.items() if plain(name) == plain(step)), None)
    return shape
