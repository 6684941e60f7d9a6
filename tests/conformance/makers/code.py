"""Builds and pipelines: what acts under a role of its own is made as soon as its service knows the role."""

from typing import Any

from harness.aws_clients import AwsClients
from tests.conformance.makers.maker import Cleanup
from tests.conformance.makers.roles import a_role, await_role

WITHOUT_SOURCE: dict[str, Any] = {
    "source": {"type": "NO_SOURCE", "buildspec": "version: 0.2"},
    "artifacts": {"type": "NO_ARTIFACTS"},
    "environment": {
        "type": "LINUX_CONTAINER",
        "image": "aws/codebuild/standard:7.0",
        "computeType": "BUILD_GENERAL1_SMALL",
    },
}


def a_project(aws: AwsClients, name: str, cleanup: Cleanup, **more: Any) -> str:
    """Return the name of a CodeBuild project without source."""
    codebuild = aws.client("codebuild")
    role = a_role(aws, name, cleanup, "codebuild")
    await_role(codebuild.create_project, name=name, serviceRole=role, **WITHOUT_SOURCE, **more)
    cleanup(codebuild.delete_project, name=name)
    return name


def a_pipeline(
    aws: AwsClients, name: str, cleanup: Cleanup, tags: list[dict[str, str]] | None = None, **more: Any
) -> str:
    """Return the name of a pipeline from a repository to a build; `more` goes into its declaration."""
    codepipeline = aws.client("codepipeline")
    role = a_role(aws, name, cleanup, "codepipeline")
    declared = {**pipeline_declaration(name, role), **more}
    await_role(codepipeline.create_pipeline, pipeline=declared, tags=tags or [])
    cleanup(codepipeline.delete_pipeline, name=name)
    return name


def pipeline_declaration(name: str, role: str) -> dict[str, Any]:
    """Return two stages: the source from CodeCommit, a build by CodeBuild."""

    def action(category: str, provider: str, **more: Any) -> dict[str, Any]:
        kind = {"category": category, "owner": "AWS", "provider": provider, "version": "1"}
        return {"name": category, "actionTypeId": kind, "runOrder": 1, **more}

    branch = {"RepositoryName": name, "BranchName": "main", "PollForSourceChanges": "false"}
    source = action(
        "Source", "CodeCommit", configuration=branch, outputArtifacts=[{"name": "source"}], inputArtifacts=[]
    )
    build = action(
        "Build",
        "CodeBuild",
        configuration={"ProjectName": name},
        inputArtifacts=[{"name": "source"}],
        outputArtifacts=[],
    )
    stages = [{"name": "Source", "actions": [source]}, {"name": "Build", "actions": [build]}]
    return {"name": name, "roleArn": role, "artifactStore": {"type": "S3", "location": name}, "stages": stages}
