"""CodePipeline: a declaration whose nesting is not Terraform's."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from harness.provider.engine.aws import Aws, at
from harness.provider.engine.mapping import from_api, to_api
from harness.provider.engine.resource import Plain, State
from harness.provider.engine.tagging import BY_ARN
from harness.provider.values import Block

_ACTION_TYPE = (
    "category",
    "owner",
    "provider",
    "version",
)  # of an action for Terraform, of its actionTypeId for CodePipeline
_ARTIFACTS = ("inputArtifacts", "outputArtifacts")  # lists of names for Terraform, of structures for CodePipeline


@dataclass(frozen=True, kw_only=True)
class _Pipeline(Plain):
    """A pipeline: made and changed by a whole declaration."""

    def creation(self, aws: Aws, block: Block, planned: State) -> dict[str, Any]:
        tags = {"tags": self.tags.to_api(planned["tags_all"])} if self.tags and planned.get("tags_all") else {}
        return {"pipeline": self._declaration(aws, block, planned), **tags}

    def modify(self, aws: Aws, block: Block, prior: State, planned: State, changed: set[str]) -> None:
        aws.call("codepipeline", "UpdatePipeline", pipeline=self._declaration(aws, block, planned))

    def _declaration(self, aws: Aws, block: Block, planned: State) -> dict[str, Any]:
        shape = aws.request_shape("codepipeline", "CreatePipeline").members["pipeline"]
        declaration = _wrapped(to_api(block, planned, shape, self.names))
        for stage, declared in zip(planned["stage"], declaration["stages"], strict=True):
            for action, api_action in zip(stage["action"], declared["actions"], strict=True):
                api_action["actionTypeId"] = {name: action[name] for name in _ACTION_TYPE}
                computed = action.get("output_artifacts_for_compute_action") or []
                if computed:
                    api_action["outputArtifacts"] = [
                        {"name": artifact["name"], "files": artifact.get("files") or []} for artifact in computed
                    ]
        return {**declaration, **_declared_stores(block["b"]["artifact_store"], planned["artifact_store"], shape)}

    def observed(self, aws: Aws, block: Block, state: State, resource: Any) -> dict[str, Any]:
        shape, pipeline = aws.answer_shape("codepipeline", "GetPipeline").members["pipeline"], resource["pipeline"]
        seen = from_api(block, _unwrapped(pipeline), shape, self.names)
        for stage, declared in zip(seen["stage"], pipeline["stages"], strict=True):
            for action, api_action in zip(stage["action"], declared["actions"], strict=True):
                action |= {name: api_action["actionTypeId"].get(name) for name in _ACTION_TYPE}
                action["output_artifacts_for_compute_action"] = [
                    artifact for artifact in api_action.get("outputArtifacts", []) if "files" in artifact
                ]
        seen["artifact_store"] = _seen_stores(block["b"]["artifact_store"], pipeline, shape)
        seen["trigger_all"] = seen["trigger"]
        if not state.get("trigger"):
            seen["trigger"] = []  # CodePipeline makes one by itself; only a configured one is ours
        return {**seen, "arn": at("metadata.pipelineArn", resource)}


def _wrapped(declared: Any) -> Any:
    """A declaration with its artifacts as structures, in actions and rules alike."""
    if isinstance(declared, list):
        return [_wrapped(item) for item in declared]
    if not isinstance(declared, Mapping):
        return declared
    return {
        name: [{"name": item} for item in value] if name in _ARTIFACTS else _wrapped(value)
        for name, value in declared.items()
    }


def _unwrapped(declared: Any) -> Any:
    """A declaration with its artifacts as names; those with files are left to their own block."""
    if isinstance(declared, list):
        return [_unwrapped(item) for item in declared]
    if not isinstance(declared, Mapping):
        return declared
    return {
        name: [item["name"] for item in value if "files" not in item] if name in _ARTIFACTS else _unwrapped(value)
        for name, value in declared.items()
    }


def _declared_stores(block: Block, stores: list[State], shape: Any) -> dict[str, Any]:
    """One store is the pipeline's; several are one for each region."""
    store_shape = shape.members["artifactStore"]
    declared = [to_api(block, store, store_shape, {}) for store in stores]
    if len(declared) == 1:
        return {"artifactStore": declared[0]}
    return {"artifactStores": {str(given["region"]): store for given, store in zip(stores, declared, strict=True)}}


def _seen_stores(block: Block, pipeline: Mapping[str, Any], shape: Any) -> list[dict[str, Any]]:
    stores = pipeline.get("artifactStores") or {None: pipeline.get("artifactStore", {})}
    store_shape = shape.members["artifactStore"]
    return [{**from_api(block, store, store_shape, {}), "region": region} for region, store in stores.items()]


_HOOKS = ("before_entry", "on_failure", "on_success")

TYPES: dict[str, Plain] = {
    "aws_codepipeline": _Pipeline(
        service="codepipeline", create="CreatePipeline", read="GetPipeline", delete="DeletePipeline", made_at="",
        key={"name": "name"}, id="{name}",
        names={
            "artifact_store": None, "id": None, "region": None, "tags": None, "stage": "stages", "stage.action": "actions",
            "stage.action.output_artifacts_for_compute_action": None, "trigger": "triggers", "trigger_all": None, "variable": "variables",
            **{f"stage.{hook}.condition": "conditions" for hook in _HOOKS},
            **{f"stage.{hook}.condition.rule": "rules" for hook in _HOOKS},
        },
        force_new=frozenset({"name"}), defaults={"pipeline_type": "V1", "execution_mode": "SUPERSEDED"},
        missing=("PipelineNotFoundException",),
        tags=replace(BY_ARN, pair=("key", "value")),
    ),
}  # fmt: skip
