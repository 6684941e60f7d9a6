"""Rules that a type gives to the engine: blocks that the target computes, import ids, generated names."""

import re
from dataclasses import replace

from harness.provider.engine.naming import unique_name
from harness.provider.engine.planning import PlanRules, plan
from harness.provider.engine.resource import Plain
from harness.provider.values import Block

_BLOCK: Block = {"a": {"name": ["string", "r"]}, "b": {"storage": {"n": "list", "a": {"size": ["number", "o"]}}}}
_PRIOR = {"name": "a", "storage": [{"size": 512}]}
_RULES = PlanRules(force_new=frozenset({"storage"}), computed_blocks=frozenset({"storage"}))


def test_a_computed_block_that_the_configuration_leaves_out_stays_as_it_is() -> None:
    assert plan(_BLOCK, _RULES, _PRIOR, {"name": "a", "storage": []}, {}).state == _PRIOR
    assert plan(_BLOCK, PlanRules(), _PRIOR, {"name": "a", "storage": []}, {}).state["storage"] == []


def test_a_computed_block_that_the_configuration_gives_is_planned() -> None:
    found = plan(_BLOCK, _RULES, _PRIOR, {"name": "a", "storage": [{"size": 1024}]}, {})
    assert found.state["storage"] == [{"size": 1024}]
    assert found.requires_replace == ("storage",)


def test_an_import_id_names_the_attributes_and_the_id_follows_from_them() -> None:
    stage = Plain(service="s", create="C", id="ags-{api}-{name}", import_id="{api}/{name}")
    assert stage.imported("a/live") == {"api": "a", "name": "live", "id": "ags-a-live"}
    assert stage.imported("ags-a-live") is None
    assert replace(stage, import_id="").imported("ags-a-live") == {"api": "a", "name": "live", "id": "ags-a-live"}


def test_generated_names_differ_and_keep_their_prefix() -> None:
    names = {unique_name("rule-") for _ in range(1000)}
    assert len(names) == 1000
    assert all(re.fullmatch(r"rule-\d{18}[0-9a-f]{8}", each) for each in names)
