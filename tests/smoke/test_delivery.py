"""CodeCommit, CodeBuild, CodeDeploy and CodePipeline: from source to running code."""

from typing import Any

import pytest

from harness.scenarios.scenario import scenario
from harness.system import System
from tests.resources import FUNCTIONS, PROJECTS, log_group, pipeline, project, source_repository

pytestmark = scenario(service="codepipeline", lane="control plane")

each_project = pytest.mark.parametrize("name", PROJECTS)
each_function = pytest.mark.parametrize("name", FUNCTIONS)


def _actions(system: System) -> list[tuple[str, str, str]]:
    """(category, provider, what it names) of every action, in order."""
    found = [action for stage in pipeline(system)["stages"] for action in stage["actions"]]
    return [
        (
            action["actionTypeId"]["category"],
            action["actionTypeId"]["provider"],
            action.get("configuration", {}).get("RepositoryName")
            or action.get("configuration", {}).get("ProjectName", ""),
        )
        for action in found
    ]


def _group(system: System, name: str) -> dict[str, Any]:
    """The deployment group of a function."""
    names = {
        "applicationName": system.outputs["codedeploy_application_name"],
        "deploymentGroupName": system.outputs["function_names"][name],
    }
    return dict(system.client("codedeploy").get_deployment_group(**names)["deploymentGroupInfo"])


@scenario(
    "codecommit.source.repository", feature="repository", aws="codecommit:RepositoryMetadata", service="codecommit"
)
def test_the_source_repository_is_there(system: System) -> None:
    assert source_repository(system)["repositoryName"] == system.outputs["codecommit_repository_name"]


@scenario("codebuild.builds.source", feature="source and artifacts", aws="codebuild:ProjectSource", service="codebuild")
@each_project
def test_a_build_is_run_by_the_pipeline(system: System, name: str) -> None:
    found = project(system, name)
    assert (found["source"]["type"], found["artifacts"]["type"]) == ("CODEPIPELINE", "CODEPIPELINE")


@scenario("codebuild.builds.buildspec", feature="buildspec", aws="codebuild:ProjectSource", service="codebuild")
@each_project
def test_a_build_has_its_buildspec(system: System, name: str) -> None:
    assert project(system, name)["source"].get("buildspec") == f"terraform/buildspecs/{name}.yml"


@scenario("codebuild.builds.role", feature="service role", aws="codebuild:Project", service="codebuild")
@each_project
def test_a_build_acts_as_the_build_role(system: System, name: str) -> None:
    assert project(system, name)["serviceRole"] == system.outputs["role_arns"]["build"]


@scenario("codebuild.builds.privileges", feature="environment", aws="codebuild:ProjectEnvironment", service="codebuild")
@pytest.mark.parametrize(("name", "privileged"), [("package", False), ("image", True)])
def test_only_the_image_is_built_with_privileges(system: System, name: str, privileged: bool) -> None:
    assert bool(project(system, name)["environment"].get("privilegedMode")) is privileged


@scenario("logs.builds.retention", feature="retention", aws="logs:LogGroup", service="logs")
@each_project
def test_a_builds_logs_are_kept_for_a_month(system: System, name: str) -> None:
    assert log_group(system, name).get("retentionInDays") == 30


@scenario("codebuild.builds.log-group", feature="logs", aws="codebuild:LogsConfig", service="codebuild")
@each_project
def test_a_build_writes_to_its_log_group(system: System, name: str) -> None:
    logs = project(system, name).get("logsConfig", {}).get("cloudWatchLogs", {})
    written = (logs.get("status"), logs.get("groupName"))
    assert written == ("ENABLED", f"/aws/codebuild/{system.outputs['codebuild_project_names'][name]}")


@scenario(
    "codedeploy.application.platform",
    feature="compute platform",
    aws="codedeploy:ApplicationInfo",
    service="codedeploy",
)
def test_the_application_deploys_functions(system: System) -> None:
    name = system.outputs["codedeploy_application_name"]
    found = system.client("codedeploy").get_application(applicationName=name)["application"]
    assert found["computePlatform"] == "Lambda"


@scenario(
    "codedeploy.groups.one-per-function",
    feature="deployment groups",
    aws="codedeploy:ListDeploymentGroups",
    service="codedeploy",
)
def test_each_function_has_a_deployment_group_and_nothing_else_has(system: System) -> None:
    name = system.outputs["codedeploy_application_name"]
    found = system.client("codedeploy").list_deployment_groups(applicationName=name)["deploymentGroups"]
    assert sorted(found) == sorted(system.outputs["function_names"].values())


@scenario("codedeploy.groups.role", feature="service role", aws="codedeploy:DeploymentGroupInfo", service="codedeploy")
@each_function
def test_a_deployment_acts_as_the_pipeline_role(system: System, name: str) -> None:
    assert _group(system, name)["serviceRoleArn"] == system.outputs["role_arns"]["pipeline"]


@scenario(
    "codedeploy.groups.traffic-control",
    feature="deployment style",
    aws="codedeploy:DeploymentStyle",
    service="codedeploy",
)
@each_function
def test_a_deployment_shifts_traffic_between_versions(system: System, name: str) -> None:
    expected = {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"}
    assert _group(system, name).get("deploymentStyle") == expected


@scenario(
    "codedeploy.groups.rollback",
    feature="automatic rollback",
    aws="codedeploy:AutoRollbackConfiguration",
    service="codedeploy",
)
@each_function
def test_a_deployment_that_fails_is_rolled_back(system: System, name: str) -> None:
    rollback = _group(system, name).get("autoRollbackConfiguration", {})
    assert (rollback.get("enabled"), rollback.get("events")) == (True, ["DEPLOYMENT_FAILURE"])


@scenario("codepipeline.pipeline.second-type", feature="pipeline type", aws="codepipeline:PipelineDeclaration")
def test_the_pipeline_is_of_the_second_type(system: System) -> None:
    assert pipeline(system).get("pipelineType") == "V2"


@scenario("codepipeline.pipeline.queued", feature="execution mode", aws="codepipeline:PipelineDeclaration")
def test_the_pipeline_lets_no_execution_overtake_another(system: System) -> None:
    assert pipeline(system).get("executionMode") == "QUEUED"


@scenario("codepipeline.pipeline.role", feature="service role", aws="codepipeline:PipelineDeclaration")
def test_the_pipeline_acts_as_its_role(system: System) -> None:
    assert pipeline(system)["roleArn"] == system.outputs["role_arns"]["pipeline"]


@scenario("codepipeline.pipeline.actions", feature="stages and actions", aws="codepipeline:StageDeclaration")
def test_the_pipeline_goes_from_our_repository_by_both_builds_to_the_deployment(system: System) -> None:
    outputs = system.outputs
    [source, *builds, deploy] = _actions(system)
    assert source == ("Source", "CodeCommit", outputs["codecommit_repository_name"])
    assert sorted(builds) == sorted(
        ("Build", "CodeBuild", name) for name in outputs["codebuild_project_names"].values()
    )
    assert deploy[:2] == ("Compute", "Commands")


@scenario("codepipeline.pipeline.artifacts", feature="artifact store", aws="codepipeline:ArtifactStore")
def test_the_pipeline_keeps_artifacts_in_our_bucket(system: System) -> None:
    assert pipeline(system)["artifactStore"]["location"] == system.outputs["artifacts_bucket"]


@scenario("events.commit-rule.target", feature="rules and targets", aws="events:ListTargetsByRule", service="events")
def test_a_commit_starts_the_pipeline(system: System) -> None:
    events, source = system.client("events"), source_repository(system)["Arn"]
    rules = [page["Rules"] for page in events.get_paginator("list_rules").paginate()]
    ours = [rule for page in rules for rule in page if source in rule.get("EventPattern", "")]
    targets = [t for rule in ours for t in events.list_targets_by_rule(Rule=rule["Name"])["Targets"]]
    assert [target["Arn"].split(":")[-1] for target in targets] == [system.outputs["codepipeline_name"]]
