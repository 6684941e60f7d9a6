"""What a change would give: pure functions over values, as the real provider's older type system plans."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.provider.equality import Alike, changed, in_words_of, is_unset, same
from harness.provider.values import UNKNOWN, Block, attributes, known, nested_blocks, select


@dataclass(frozen=True)
class PlanRules:
    """What the schema does not say of a type: attribute names (top level) throughout.

    `force_new`: a change replaces the resource. `defaults`: value of an attribute left unset, one inside blocks by its dotted path
    ("logs.status": in each `logs` block that there is). `recomputed`: computed
    attributes that a change makes unknown, as {attribute: attributes whose change does it}; () means any change.
    `computed_blocks`: blocks that stay as the target has them where the configuration has none.
    `alike`: for attributes that say one thing in several ways, whether two known values mean the same.
    """

    force_new: frozenset[str] = frozenset()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    recomputed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    computed_blocks: frozenset[str] = frozenset()
    alike: Mapping[str, Alike] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """The planned object, and the attributes whose change asks for a replacement."""

    state: dict[str, Any]
    requires_replace: tuple[str, ...] = ()


def plan(
    block: Block,
    rules: PlanRules,
    prior: Mapping[str, Any] | None,
    proposed: Mapping[str, Any],
    common: Mapping[str, Any],
) -> Plan:
    """Return the planned state. `common`: region and tags that the provider's own configuration gives to each resource."""
    wanted = _with_common(block, _with_defaults(rules, proposed), common)
    if prior is None:
        return Plan(select(block, wanted, _unknown_where_computed))
    planned = _in_words_of_prior(block, rules, prior, wanted)
    changes = changed(prior, planned) - {name for name, _, flags in attributes(block) if flags == "c"}
    return Plan({**planned, **_recomputed(rules, changes)}, tuple(sorted(changes & rules.force_new)))


def _in_words_of_prior(
    block: Block, rules: PlanRules, prior: Mapping[str, Any], wanted: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what is wanted, in the words of `prior` where that means the same, with computed blocks kept and without write-only values."""
    kept = {name: prior.get(name) for name in rules.computed_blocks if not wanted.get(name)}
    planned = {
        name: in_words_of(prior.get(name), value, rules.alike.get(name)) for name, value in {**wanted, **kept}.items()
    }
    return select(block, planned, lambda _name, flags, value: None if "w" in flags else value)


def _recomputed(rules: PlanRules, changes: set[str]) -> dict[str, Any]:
    """Return UNKNOWN for each attribute that these changes make anew; one that is configured anew is known."""
    if not changes - {"timeouts"}:
        return {}
    return {
        name: UNKNOWN
        for name, causes in rules.recomputed.items()
        if name not in changes and (not causes or changes & set(causes))
    }


def _with_defaults(rules: PlanRules, proposed: Mapping[str, Any]) -> dict[str, Any]:
    filled = dict(proposed)
    for path, value in rules.defaults.items():
        filled = _with_default(filled, path, value)
    return filled


def _with_default(given: Mapping[str, Any], path: str, default: Any) -> dict[str, Any]:
    name, _, rest = path.partition(".")
    value = given.get(name)
    if not rest:
        return {**given, name: default if value is None else value}
    if not isinstance(value, list):
        return dict(given)
    return {
        **given,
        name: [_with_default(item, rest, default) if isinstance(item, Mapping) else item for item in value],
    }


def _with_common(block: Block, wanted: Mapping[str, Any], common: Mapping[str, Any]) -> dict[str, Any]:
    filled, names = dict(wanted), block.get("a", {})
    if "region" in names and filled.get("region") is None:
        filled["region"] = common.get("region")
    if "tags_all" in names:
        own = filled.get("tags")
        filled["tags_all"] = UNKNOWN if own is UNKNOWN else {**common.get("tags", {}), **(own or {})}
    return filled


def _unknown_where_computed(_name: str, flags: str, value: Any) -> Any:
    if "w" in flags:
        return None
    return UNKNOWN if value is None and "c" in flags else value


def settle(block: Block, planned: Mapping[str, Any], observed: Mapping[str, Any]) -> dict[str, Any]:
    """The state after a change or refresh: what was observed; in the words of `planned` where that means the same.

    Attributes that `observed` does not have stay as planned, and unset where they were unknown.
    """
    settled = dict(known(planned))
    for name, _, flags in attributes(block):
        if name in observed:
            settled[name] = known(in_words_of(planned.get(name), observed[name]))
        if "w" in flags:
            settled[name] = None
    for name, nested in nested_blocks(block):
        if name in observed:
            settled[name] = _settle_block(nested, planned.get(name), observed[name])
    return settled


def _settle_block(nested: Block, planned: Any, observed: Any) -> Any:
    """Nested blocks: one that nobody planned and that says nothing is no block; computed parts come from what was observed."""
    if same(known(planned), observed):
        return known(planned)
    if not isinstance(planned, list) or not isinstance(observed, list) or len(planned) != len(observed):
        return [] if isinstance(observed, list) and not planned and is_unset(observed) else observed
    return [settle(nested, mine, theirs) for mine, theirs in zip(planned, observed, strict=True)]
