"""What Moto's CodePipeline lacks: the state of a pipeline, and roles that are in another process's IAM."""

import json
from typing import Any

from moto.codepipeline.models import CodePipelineBackend
from moto.codepipeline.responses import CodePipelineResponse

from harness.embedded.clients import ROOT, client
from harness.embedded.code_services.additions import add_operations
from harness.embedded.code_services.trust import trusted_services


class CodePipelineAdditions:
    """Operations of CodePipeline."""

    codepipeline_backend: Any
    _get_param: Any

    def get_pipeline_state(self) -> str:
        """GetPipelineState: the stages, each with the status of the last execution where there was one."""
        name = self._get_param("name")
        pipeline, metadata = self.codepipeline_backend.get_pipeline(name)
        executions = list(self.codepipeline_backend.pipelines[name].executions.values())
        last = executions[-1] if executions else None
        latest = (
            {"latestExecution": {"pipelineExecutionId": last.pipeline_execution_id, "status": last.status}}
            if last
            else {}
        )
        stages = [
            {
                "stageName": stage["name"],
                "actionStates": [{"actionName": action["name"]} for action in stage["actions"]],
                **latest,
            }
            for stage in pipeline["stages"]
        ]
        known = {"pipelineName": name, "pipelineVersion": pipeline["version"], "stageStates": stages}
        return json.dumps({**known, "created": metadata["created"], "updated": metadata["updated"]})


class RolesOfMiniStack:
    """Brings the role of a new pipeline from MiniStack's IAM into Moto's, whose CreatePipeline looks there for it."""

    def __init__(self, endpoint: str) -> None:
        self._iam = client("iam", endpoint, ROOT)

    def mirror(self, backend: Any, arn: str) -> None:
        """Nothing where Moto has it or MiniStack does not: Moto then answers as AWS does for a role that is missing."""
        roles = backend.iam_backend
        name = arn.rsplit("/", 1)[-1]
        if any(role.arn == arn for role in roles.roles.values()):
            return
        try:
            role = self._iam.get_role(RoleName=name)["Role"]
        except self._iam.exceptions.NoSuchEntityException:
            return
        trust = json.dumps({"Version": "2012-10-17", "Statement": _one_service_each(role["AssumeRolePolicyDocument"])})
        roles.create_role(name, trust, role["Path"], None, "", [], "3600")


def _one_service_each(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Moto compares each statement's service with one name: a statement of several becomes several."""
    services = trusted_services(document)
    return [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"} for service in services]


def extend(ministack_endpoint: str) -> None:
    """Adds the operations to Moto's response class, and MiniStack's roles to CreatePipeline."""
    add_operations(CodePipelineResponse, CodePipelineAdditions)
    create, roles = CodePipelineBackend.create_pipeline, RolesOfMiniStack(ministack_endpoint)

    def create_pipeline(backend: Any, pipeline: dict[str, Any], tags: list[dict[str, str]]) -> Any:
        roles.mirror(backend, pipeline["roleArn"])
        return create(backend, pipeline, tags)

    CodePipelineBackend.create_pipeline = create_pipeline
