"""CodeCommit, CodeBuild and CodeDeploy: repositories and their files, projects, deployment groups; how a wrong request is refused."""

from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.deadline import await_answer
from harness.scenarios.scenario import scenario
from tests.conformance import makers
from tests.conformance.makers import Cleanup
from tests.conformance.refusing import refusal

pytestmark = scenario(lane="control plane")


@pytest.fixture
def repository(aws: AwsClients, name: str, cleanup: Cleanup) -> str:
    makers.a_source_repository(aws, name, cleanup, repositoryDescription="conformance")
    return name


def put(codecommit: Any, repository: str, path: str, content: bytes, **more: str) -> dict[str, str]:
    return dict(
        codecommit.put_file(repositoryName=repository, branchName="main", filePath=path, fileContent=content, **more)
    )


@scenario(
    "codecommit.repositories.metadata",
    service="codecommit",
    feature="repositories",
    aws="codecommit:RepositoryMetadata",
)
def test_a_repository_says_where_it_is(aws: AwsClients, codecommit: Any, repository: str) -> None:
    found = codecommit.get_repository(repositoryName=repository)["repositoryMetadata"]
    assert found["Arn"] == f"arn:aws:codecommit:{aws.region}:{makers.account(aws)}:{repository}"
    assert (found["repositoryName"], found["repositoryDescription"]) == (repository, "conformance")
    assert found["cloneUrlHttp"].endswith(f"/v1/repos/{repository}")


@scenario(
    "codecommit.repositories.error-codes",
    service="codecommit",
    feature="error codes",
    aws="codecommit:CreateRepository",
)
def test_a_repositorys_name_is_given_once(codecommit: Any, repository: str) -> None:
    assert refusal(codecommit.create_repository, repositoryName=repository) == ("RepositoryNameExistsException", 400)


@scenario("codecommit.repositories.not-found", service="codecommit", feature="error codes")
@pytest.mark.parametrize(
    ("operation", "more"),
    [
        pytest.param("get_repository", {}, marks=scenario(aws="codecommit:GetRepository")),
        pytest.param("get_branch", {"branchName": "main"}, marks=scenario(aws="codecommit:GetBranch")),
        pytest.param("get_file", {"filePath": "a"}, marks=scenario(aws="codecommit:GetFile")),
    ],
)
def test_a_repository_that_is_not_there_is_not_found(
    codecommit: Any, name: str, operation: str, more: dict[str, str]
) -> None:
    refused = refusal(getattr(codecommit, operation), repositoryName=name, **more)
    assert refused == ("RepositoryDoesNotExistException", 400)


@scenario("codecommit.repositories.name", service="codecommit", feature="validation", aws="codecommit:CreateRepository")
def test_a_repositorys_name_has_no_space(codecommit: Any, name: str) -> None:
    assert refusal(codecommit.create_repository, repositoryName=f"{name} x") == ("InvalidRepositoryNameException", 400)


@scenario(
    "codecommit.repositories.deleted", service="codecommit", feature="repositories", aws="codecommit:DeleteRepository"
)
def test_a_deleted_repository_is_gone_and_deleting_it_again_is_no_error(codecommit: Any, repository: str) -> None:
    assert codecommit.delete_repository(repositoryName=repository)["repositoryId"]
    assert refusal(codecommit.get_repository, repositoryName=repository) == ("RepositoryDoesNotExistException", 400)
    assert refusal(codecommit.delete_repository, repositoryName=repository) is None


@scenario(
    "codecommit.files.read-back", service="codecommit", lane="data plane", feature="files", aws="codecommit:GetFile"
)
def test_a_file_is_read_as_it_was_put_under_its_commit(codecommit: Any, repository: str) -> None:
    commit = put(codecommit, repository, "buildspecs/package.yml", b"version: 0.2\n")["commitId"]
    found = codecommit.get_file(repositoryName=repository, filePath="buildspecs/package.yml", commitSpecifier="main")
    assert (found["fileContent"], found["commitId"], found["fileSize"]) == (b"version: 0.2\n", commit, 13)
    assert codecommit.get_branch(repositoryName=repository, branchName="main")["branch"]["commitId"] == commit


@scenario("codecommit.files.parent", service="codecommit", lane="data plane", feature="files", aws="codecommit:PutFile")
def test_a_commit_whose_parent_is_not_the_tip_of_its_branch_is_refused(codecommit: Any, repository: str) -> None:
    first = put(codecommit, repository, "a", b"1")["commitId"]
    put(codecommit, repository, "a", b"2", parentCommitId=first)
    stale = {"branchName": "main", "filePath": "a", "fileContent": b"3", "parentCommitId": first}
    assert refusal(codecommit.put_file, repositoryName=repository, **stale) == ("ParentCommitIdOutdatedException", 400)


@scenario(
    "codecommit.files.error-codes",
    service="codecommit",
    lane="data plane",
    feature="error codes",
    aws="codecommit:GetFile",
)
def test_a_file_or_branch_that_is_not_there_does_not_exist(codecommit: Any, repository: str) -> None:
    put(codecommit, repository, "a", b"1")
    names = {"repositoryName": repository}
    assert refusal(codecommit.get_file, **names, filePath="none", commitSpecifier="main") == (
        "FileDoesNotExistException",
        400,
    )
    assert refusal(codecommit.get_branch, **names, branchName="none") == ("BranchDoesNotExistException", 400)


@scenario(
    "codecommit.repositories.listed", service="codecommit", feature="repositories", aws="codecommit:ListRepositories"
)
def test_a_repository_is_listed_while_it_is_there(codecommit: Any, repository: str) -> None:
    def listed() -> bool:
        pages = codecommit.get_paginator("list_repositories").paginate()
        return repository in [one["repositoryName"] for page in pages for one in page["repositories"]]

    await_answer(True, listed)
    codecommit.delete_repository(repositoryName=repository)
    await_answer(False, listed)


@pytest.fixture
def project(aws: AwsClients, name: str, cleanup: Cleanup) -> str:
    return makers.a_project(aws, name, cleanup, description="conformance", tags=[{"key": "owner", "value": name}])


def built(codebuild: Any, project: str) -> dict[str, Any]:
    return dict(codebuild.batch_get_projects(names=[project])["projects"][0])


@scenario("codebuild.projects.read-back", service="codebuild", feature="projects", aws="codebuild:BatchGetProjects")
def test_a_projects_environment_and_tags_are_read_as_they_were_given(codebuild: Any, project: str, name: str) -> None:
    variables = [{"name": "STAGE", "value": "live", "type": "PLAINTEXT"}]
    kept = built(codebuild, project)["environment"]
    codebuild.update_project(name=project, environment={**kept, "environmentVariables": variables})
    found = built(codebuild, project)
    assert (found["environment"]["environmentVariables"], found["tags"]) == (
        variables,
        [{"key": "owner", "value": name}],
    )


@scenario("codebuild.projects.exists", service="codebuild", feature="error codes", aws="codebuild:CreateProject")
def test_a_projects_name_is_given_once(codebuild: Any, project: str) -> None:
    found = built(codebuild, project)
    again = {key: found[key] for key in ("name", "source", "artifacts", "environment", "serviceRole")}
    assert refusal(codebuild.create_project, **again) == ("ResourceAlreadyExistsException", 400)


@scenario("codebuild.projects.missing", service="codebuild", feature="error codes", aws="codebuild:BatchGetProjects")
def test_a_project_that_is_not_there_is_named_as_not_found(codebuild: Any, project: str, name: str) -> None:
    answer = codebuild.batch_get_projects(names=[project, f"{name}-none"])
    assert ([one["name"] for one in answer["projects"]], answer["projectsNotFound"]) == ([project], [f"{name}-none"])
    assert refusal(codebuild.update_project, name=f"{name}-none", description="x") == ("ResourceNotFoundException", 400)
    assert refusal(codebuild.start_build, projectName=f"{name}-none") == ("ResourceNotFoundException", 400)


@scenario("codebuild.projects.updated", service="codebuild", feature="updates", aws="codebuild:UpdateProject")
def test_a_project_whose_time_is_changed_keeps_everything_else(codebuild: Any, project: str) -> None:
    before = built(codebuild, project)
    codebuild.update_project(name=project, timeoutInMinutes=17)
    after = built(codebuild, project)
    assert (before["timeoutInMinutes"], after["timeoutInMinutes"]) == (60, 17)
    changed = {"timeoutInMinutes", "lastModified"}
    assert {key: value for key, value in after.items() if key not in changed} == {
        key: value for key, value in before.items() if key not in changed
    }


@scenario("codebuild.projects.deleted", service="codebuild", feature="projects", aws="codebuild:DeleteProject")
def test_a_deleted_project_is_listed_no_more(codebuild: Any, project: str) -> None:
    def listed() -> bool:
        return project in codebuild.list_projects(sortBy="CREATED_TIME", sortOrder="DESCENDING")["projects"]

    await_answer(True, listed)
    codebuild.delete_project(name=project)
    await_answer(False, listed)


OF_FUNCTIONS = {
    "deploymentStyle": {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
    "autoRollbackConfiguration": {"enabled": True, "events": ["DEPLOYMENT_FAILURE"]},
    "deploymentConfigName": "CodeDeployDefault.LambdaAllAtOnce",
}


@pytest.fixture
def group(aws: AwsClients, codedeploy: Any, name: str, cleanup: Cleanup) -> dict[str, str]:
    """The names of a deployment group for functions that rolls back."""
    makers.a_deployment_application(aws, name, cleanup)
    role = makers.a_role(aws, name, cleanup, "codedeploy")
    names = {"applicationName": name, "deploymentGroupName": "live"}
    makers.await_role(codedeploy.create_deployment_group, **names, serviceRoleArn=role, **OF_FUNCTIONS)
    cleanup(codedeploy.delete_deployment_group, **names)
    return names


@scenario(
    "codedeploy.applications.exists", service="codedeploy", feature="error codes", aws="codedeploy:CreateApplication"
)
def test_an_applications_name_is_given_once(aws: AwsClients, codedeploy: Any, name: str, cleanup: Cleanup) -> None:
    makers.a_deployment_application(aws, name, cleanup)
    again = refusal(codedeploy.create_application, applicationName=name, computePlatform="Lambda")
    assert again == ("ApplicationAlreadyExistsException", 400)


@scenario(
    "codedeploy.applications.not-found", service="codedeploy", feature="error codes", aws="codedeploy:GetApplication"
)
def test_an_application_that_is_not_there_does_not_exist(codedeploy: Any, name: str) -> None:
    missing = ("ApplicationDoesNotExistException", 400)
    assert refusal(codedeploy.get_application, applicationName=name) == missing
    assert refusal(codedeploy.get_deployment_group, applicationName=name, deploymentGroupName="live") == missing


@scenario(
    "codedeploy.groups.of-no-application",
    service="codedeploy",
    feature="error codes",
    aws="codedeploy:ListDeploymentGroups",
)
def test_an_application_that_is_not_there_has_no_groups_to_list(codedeploy: Any, name: str) -> None:
    missing = ("ApplicationDoesNotExistException", 400)
    assert refusal(codedeploy.list_deployment_groups, applicationName=name) == missing


@scenario(
    "codedeploy.groups.error-codes", service="codedeploy", feature="error codes", aws="codedeploy:GetDeploymentGroup"
)
def test_a_group_that_is_not_there_does_not_exist_and_one_that_is_exists_once(
    codedeploy: Any, group: dict[str, str]
) -> None:
    other = {**group, "deploymentGroupName": "none"}
    assert refusal(codedeploy.get_deployment_group, **other) == ("DeploymentGroupDoesNotExistException", 400)
    role = codedeploy.get_deployment_group(**group)["deploymentGroupInfo"]["serviceRoleArn"]
    again = refusal(codedeploy.create_deployment_group, **group, serviceRoleArn=role, **OF_FUNCTIONS)
    assert again == ("DeploymentGroupAlreadyExistsException", 400)


@scenario("codedeploy.groups.updated", service="codedeploy", feature="updates", aws="codedeploy:UpdateDeploymentGroup")
def test_a_group_given_another_way_to_shift_traffic_keeps_everything_else(
    codedeploy: Any, group: dict[str, str]
) -> None:
    before = codedeploy.get_deployment_group(**group)["deploymentGroupInfo"]
    names = {"applicationName": group["applicationName"], "currentDeploymentGroupName": group["deploymentGroupName"]}
    codedeploy.update_deployment_group(
        **names, deploymentConfigName="CodeDeployDefault.LambdaLinear10PercentEvery1Minute"
    )
    after = codedeploy.get_deployment_group(**group)["deploymentGroupInfo"]
    assert after["deploymentConfigName"] == "CodeDeployDefault.LambdaLinear10PercentEvery1Minute"
    assert {**after, "deploymentConfigName": ""} == {**before, "deploymentConfigName": ""}


@scenario(
    "codedeploy.applications.renamed", service="codedeploy", feature="updates", aws="codedeploy:UpdateApplication"
)
def test_a_renamed_application_takes_its_groups_along(codedeploy: Any, group: dict[str, str], cleanup: Cleanup) -> None:
    old, new = group["applicationName"], f"{group['applicationName']}-new"
    cleanup(codedeploy.delete_application, applicationName=new)
    codedeploy.update_application(applicationName=old, newApplicationName=new)
    assert codedeploy.list_deployment_groups(applicationName=new)["deploymentGroups"] == ["live"]
    assert refusal(codedeploy.get_application, applicationName=old) == ("ApplicationDoesNotExistException", 400)
