"""CodeCommit, CodeDeploy and CodePipeline: Moto's server with what it lacks added in the same process.

Run as `python -m harness.embedded.code_services PORT MINISTACK_ENDPOINT`. Added: in CodeCommit ListRepositories, PutFile,
GetFile, GetBranch and tags; in CodeDeploy UpdateDeploymentGroup, DeleteDeploymentGroup and DeleteApplication; in
CodePipeline GetPipelineState, and CreatePipeline finds the roles of MiniStack's IAM. Without them Moto answers 500,
which SDKs retry for 6 to 11 seconds.
"""

import hashlib
import json
import signal
import sys
from types import FrameType
from typing import Any

from moto.codecommit.exceptions import RepositoryDoesNotExistException
from moto.codecommit.responses import CodeCommitResponse
from moto.codedeploy.responses import CodeDeployResponse
from moto.codepipeline.models import CodePipelineBackend
from moto.codepipeline.responses import CodePipelineResponse
from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult, EmptyResult
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from harness.embedded.clients import ROOT, client

GROUP_ATTRIBUTES = {
    "newDeploymentGroupName": "deployment_group_name",
    "deploymentConfigName": "deployment_config_name",
    "serviceRoleArn": "service_role_arn",
    "triggerConfigurations": "trigger_configurations",
    "autoRollbackConfiguration": "auto_rollback_configuration",
    "alarmConfiguration": "alarm_configuration",
    "deploymentStyle": "deployment_style",
    "outdatedInstancesStrategy": "outdated_instances_strategy",
    "terminationHookEnabled": "termination_hook_enabled",
}


class CodeCommitAdditions:
    """Operations of CodeCommit; a repository keeps its tags, and its files by branch."""

    codecommit_backend: Any
    _get_param: Any

    def _repository(self, name: str) -> Any:
        repository = self.codecommit_backend.repositories.get(name)
        if repository is None:
            raise RepositoryDoesNotExistException(name)
        for attribute in ("tags", "branches"):
            if not hasattr(repository, attribute):
                setattr(repository, attribute, {})
        return repository

    def _tagged(self) -> Any:
        return self._repository(str(self._get_param("resourceArn")).rsplit(":", 1)[-1])

    def create_repository(self) -> str:
        """CreateRepository with its tags, which Moto drops."""
        answer: str = self.create_untagged_repository()  # type: ignore[attr-defined]
        self._repository(self._get_param("repositoryName")).tags.update(self._get_param("tags") or {})
        return answer

    def list_repositories(self) -> str:
        """ListRepositories, all in one page."""
        found = [repository.repository_metadata for repository in self.codecommit_backend.repositories.values()]
        return json.dumps(
            {"repositories": [{key: one[key] for key in ("repositoryName", "repositoryId")} for one in found]}
        )

    def list_tags_for_resource(self) -> str:
        """ListTagsForResource."""
        return json.dumps({"tags": self._tagged().tags})

    def tag_resource(self) -> str:
        """TagResource."""
        self._tagged().tags.update(self._get_param("tags"))
        return "{}"

    def untag_resource(self) -> str:
        """UntagResource."""
        for key in self._get_param("tagKeys"):
            self._tagged().tags.pop(key, None)
        return "{}"

    def update_repository_description(self) -> str:
        """UpdateRepositoryDescription."""
        metadata = self._repository(self._get_param("repositoryName")).repository_metadata
        metadata["repositoryDescription"] = self._get_param("repositoryDescription")
        return "{}"

    def put_file(self) -> str:
        """PutFile: one commit on a branch, which the first one creates; ids are digests of what was put."""
        repository = self._repository(self._get_param("repositoryName"))
        name, path, content = (self._get_param(key) for key in ("branchName", "filePath", "fileContent"))
        branch = repository.branches.setdefault(name, {"commitId": "", "files": {}})
        branch["files"][path] = content
        blob = hashlib.sha1(content.encode(), usedforsecurity=False).hexdigest()
        tree = hashlib.sha1(json.dumps(branch["files"], sort_keys=True).encode(), usedforsecurity=False).hexdigest()
        branch["commitId"] = hashlib.sha1(f"{branch['commitId']}{tree}".encode(), usedforsecurity=False).hexdigest()
        repository.repository_metadata.setdefault("defaultBranch", name)
        return json.dumps({"commitId": branch["commitId"], "blobId": blob, "treeId": tree})

    def get_branch(self) -> str:
        """GetBranch."""
        name = self._get_param("branchName")
        branch = self._repository(self._get_param("repositoryName")).branches.get(name)
        if branch is None:
            raise JsonRESTError("BranchDoesNotExistException", f"the branch {name} does not exist")
        return json.dumps({"branch": {"branchName": name, "commitId": branch["commitId"]}})

    def get_file(self) -> str:
        """GetFile, from the branch named as commit specifier or else the default one."""
        repository = self._repository(self._get_param("repositoryName"))
        name = self._get_param("commitSpecifier") or repository.repository_metadata.get("defaultBranch", "")
        path = self._get_param("filePath")
        branch = repository.branches.get(name, {"commitId": "", "files": {}})
        if path not in branch["files"]:
            raise JsonRESTError(
                "FileDoesNotExistException", f"{path} does not exist in {name or 'an empty repository'}"
            )
        content = branch["files"][path]
        blob = hashlib.sha1(content.encode(), usedforsecurity=False).hexdigest()
        known = {"commitId": branch["commitId"], "blobId": blob, "filePath": path, "fileMode": "NORMAL"}
        return json.dumps({**known, "fileSize": len(content), "fileContent": content})


class CodeDeployAdditions:
    """Operations of CodeDeploy on groups and applications that exist."""

    codedeploy_backend: Any
    _get_param: Any

    def update_deployment_group(self) -> ActionResult:
        """UpdateDeploymentGroup: the attributes given, the others stay."""
        application, name = self._get_param("applicationName"), self._get_param("currentDeploymentGroupName")
        group = self.codedeploy_backend.get_deployment_group(application, name)
        for parameter, attribute in GROUP_ATTRIBUTES.items():
            value = self._get_param(parameter)
            if value is not None:
                setattr(group, attribute, value)
        groups = self.codedeploy_backend.deployment_groups[application]
        groups[group.deployment_group_name] = groups.pop(name)
        return ActionResult({"hooksNotCleanedUp": []})

    def delete_deployment_group(self) -> ActionResult:
        """DeleteDeploymentGroup; as on AWS, one that is not there is no error."""
        groups = self.codedeploy_backend.deployment_groups.get(self._get_param("applicationName"), {})
        groups.pop(self._get_param("deploymentGroupName"), None)
        return ActionResult({"hooksNotCleanedUp": []})

    def delete_application(self) -> EmptyResult:
        """DeleteApplication with its groups."""
        name = self._get_param("applicationName")
        self.codedeploy_backend.applications.pop(name, None)
        self.codedeploy_backend.deployment_groups.pop(name, None)
        return EmptyResult()


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
                "actionStates": [{"actionName": one["name"]} for one in stage["actions"]],
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
    services: list[str] = []
    for statement in document["Statement"]:
        named = statement.get("Principal", {}).get("Service", [])
        services += [named] if isinstance(named, str) else named
    return [{"Effect": "Allow", "Principal": {"Service": one}, "Action": "sts:AssumeRole"} for one in services]


def extend_moto(ministack_endpoint: str) -> None:
    """Adds the operations to Moto's response classes; call it before the first request."""
    CodeCommitResponse.create_untagged_repository = CodeCommitResponse.create_repository
    additions = (
        (CodeCommitResponse, CodeCommitAdditions),
        (CodeDeployResponse, CodeDeployAdditions),
        (CodePipelineResponse, CodePipelineAdditions),
    )
    for response, addition in additions:
        for name, operation in vars(addition).items():
            if callable(operation):
                setattr(response, name, operation)
    create, roles = CodePipelineBackend.create_pipeline, RolesOfMiniStack(ministack_endpoint)

    def create_pipeline(backend: Any, pipeline: dict[str, Any], tags: list[dict[str, str]]) -> Any:
        roles.mirror(backend, pipeline["roleArn"])
        return create(backend, pipeline, tags)

    CodePipelineBackend.create_pipeline = create_pipeline


def main(port: int, ministack_endpoint: str) -> None:
    """Serves on 127.0.0.1 until SIGTERM."""

    def end(_number: int, _frame: FrameType | None) -> None:
        sys.exit(0)

    signal.signal(signal.SIGTERM, end)
    extend_moto(ministack_endpoint)
    application = DomainDispatcherApplication(create_backend_app)
    make_server("127.0.0.1", port, application, threaded=True, request_handler=MotoRequestHandler).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
