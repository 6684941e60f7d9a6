"""Delivery that really runs: executions and builds that begin and end, and a repository before its first commit."""

from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.deadline import wait_for
from harness.scenarios.scenario import scenario
from tests.conformance import makers
from tests.conformance.makers import Cleanup
from tests.conformance.refusing import refusal

PIPELINES = scenario(service="codepipeline", lane="control plane", feature="executions")
BUILDS = scenario(service="codebuild", lane="control plane", feature="builds")
COMMITS = scenario(service="codecommit", lane="control plane", feature="branches")
SECONDS = 300
ENDED = {"Succeeded", "Failed", "Stopped", "Superseded", "Cancelled"}


@pytest.fixture
def pipeline(aws: AwsClients, name: str, cleanup: Cleanup) -> str:
    """A pipeline whose repository is not there."""
    return makers.a_pipeline(aws, name, cleanup, pipelineType="V2", executionMode="QUEUED")


def _execution(codepipeline: Any, pipeline: str, execution: str) -> dict[str, Any]:
    asked = {"pipelineName": pipeline, "pipelineExecutionId": execution}
    return dict(codepipeline.get_pipeline_execution(**asked)["pipelineExecution"])


@PIPELINES
@scenario("codepipeline.executions.started", aws="codepipeline:StartPipelineExecution")
def test_an_execution_that_was_started_is_found_by_its_id(codepipeline: Any, pipeline: str) -> None:
    execution = codepipeline.start_pipeline_execution(name=pipeline)["pipelineExecutionId"]
    found = _execution(codepipeline, pipeline, execution)
    assert (found["pipelineName"], found["pipelineVersion"]) == (pipeline, 1)
    listed = codepipeline.list_pipeline_executions(pipelineName=pipeline)["pipelineExecutionSummaries"]
    assert execution in [one["pipelineExecutionId"] for one in listed]


@PIPELINES
@scenario("codepipeline.executions.failed", aws="codepipeline:PipelineExecution")
def test_an_execution_without_its_source_fails(codepipeline: Any, pipeline: str) -> None:
    execution = codepipeline.start_pipeline_execution(name=pipeline)["pipelineExecutionId"]
    ended = wait_for(
        "the execution has ended",
        lambda: _execution(codepipeline, pipeline, execution)["status"],
        ENDED.__contains__,
        SECONDS,
    )
    assert ended == "Failed"


@PIPELINES
@scenario("codepipeline.executions.stage-not-reached", aws="codepipeline:GetPipelineState")
def test_a_stage_behind_one_that_failed_has_not_succeeded(codepipeline: Any, pipeline: str) -> None:
    codepipeline.start_pipeline_execution(name=pipeline)

    def source() -> str:
        state = codepipeline.get_pipeline_state(name=pipeline)["stageStates"][0]
        return str(state.get("latestExecution", {}).get("status"))

    assert wait_for("the source has ended", source, ENDED.__contains__, SECONDS) == "Failed"
    build = codepipeline.get_pipeline_state(name=pipeline)["stageStates"][1]
    assert build["stageName"] == "Build"
    assert build.get("latestExecution", {}).get("status") != "Succeeded"


@PIPELINES
@scenario("codepipeline.executions.missing", feature="error codes", aws="codepipeline:GetPipelineExecution")
def test_an_execution_that_is_not_there_is_not_found(codepipeline: Any, pipeline: str) -> None:
    asked = {"pipelineName": pipeline, "pipelineExecutionId": "00000000-0000-4000-8000-000000000000"}
    assert refusal(codepipeline.get_pipeline_execution, **asked) == ("PipelineExecutionNotFoundException", 400)


@PIPELINES
@scenario("codepipeline.executions.no-pipeline", feature="error codes", aws="codepipeline:StartPipelineExecution")
def test_a_pipeline_that_is_not_there_is_not_started(codepipeline: Any, name: str) -> None:
    assert refusal(codepipeline.start_pipeline_execution, name=name) == ("PipelineNotFoundException", 400)


@pytest.fixture
def project(aws: AwsClients, name: str, cleanup: Cleanup) -> str:
    return makers.a_project(aws, name, cleanup)


def _build(codebuild: Any, build: str) -> dict[str, Any]:
    return dict(codebuild.batch_get_builds(ids=[build])["builds"][0])


@BUILDS
@scenario("codebuild.runs.started", aws="codebuild:StartBuild")
def test_a_build_is_in_progress_when_it_was_started_and_of_its_project(codebuild: Any, project: str) -> None:
    build = codebuild.start_build(projectName=project)["build"]
    assert (build["projectName"], build["buildStatus"]) == (project, "IN_PROGRESS")
    assert build["id"].startswith(f"{project}:")
    assert codebuild.list_builds_for_project(projectName=project)["ids"] == [build["id"]]


@BUILDS
@scenario("codebuild.runs.numbered", aws="codebuild:Build")
def test_builds_of_a_project_are_numbered(codebuild: Any, project: str) -> None:
    assert [codebuild.start_build(projectName=project)["build"]["buildNumber"] for _ in range(2)] == [1, 2]


@BUILDS
@scenario("codebuild.runs.ended", aws="codebuild:Build")
def test_a_build_that_has_ended_says_when_and_in_which_phase(codebuild: Any, project: str) -> None:
    build = codebuild.start_build(projectName=project)["build"]["id"]
    found = wait_for(
        "the build has ended",
        lambda: _build(codebuild, build),
        lambda said: said["buildStatus"] != "IN_PROGRESS",
        SECONDS,
    )
    assert found.get("buildComplete") is True
    assert found["endTime"] >= found["startTime"]
    phases = [phase["phaseType"] for phase in found["phases"]]
    assert (phases[0], phases[-1]) == ("SUBMITTED", "COMPLETED")


@BUILDS
@scenario("codebuild.runs.missing", feature="error codes", aws="codebuild:StartBuild")
def test_a_project_that_is_not_there_is_not_built(codebuild: Any, name: str) -> None:
    assert refusal(codebuild.start_build, projectName=name) == ("ResourceNotFoundException", 400)


@BUILDS
@scenario("codebuild.runs.not-found", aws="codebuild:BatchGetBuilds")
def test_a_build_that_is_not_there_is_named_as_not_found(codebuild: Any, project: str) -> None:
    build = f"{project}:00000000-0000-4000-8000-000000000000"
    found = codebuild.batch_get_builds(ids=[build])
    assert (found["builds"], found["buildsNotFound"]) == ([], [build])


@pytest.fixture
def repository(aws: AwsClients, name: str, cleanup: Cleanup) -> str:
    makers.a_source_repository(aws, name, cleanup)
    return name


@COMMITS
@scenario("codecommit.branches.none-yet", aws="codecommit:ListBranches")
def test_a_repository_has_no_branch_before_its_first_commit(codecommit: Any, repository: str) -> None:
    assert codecommit.list_branches(repositoryName=repository)["branches"] == []
    assert "defaultBranch" not in codecommit.get_repository(repositoryName=repository)["repositoryMetadata"]


@COMMITS
@scenario("codecommit.branches.missing", feature="error codes", aws="codecommit:GetBranch")
def test_a_branch_before_the_first_commit_is_not_found(codecommit: Any, repository: str) -> None:
    asked = {"repositoryName": repository, "branchName": "main"}
    assert refusal(codecommit.get_branch, **asked) == ("BranchDoesNotExistException", 400)


@COMMITS
@scenario("codecommit.branches.first-commit", aws="codecommit:PutFile")
def test_the_first_commit_makes_its_branch(codecommit: Any, repository: str) -> None:
    which = {"repositoryName": repository, "branchName": "main"}
    commit = codecommit.put_file(**which, filePath="a.txt", fileContent=b"a")["commitId"]
    assert codecommit.get_branch(**which)["branch"] == {"branchName": "main", "commitId": commit}
    assert codecommit.list_branches(repositoryName=repository)["branches"] == ["main"]
