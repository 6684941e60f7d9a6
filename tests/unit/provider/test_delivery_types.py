"""CodeCommit, CodeBuild, CodeDeploy and CodePipeline, as our module sets them."""

import json
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import pytest

from harness.failure import HarnessError
from tests.unit.provider.conftest import Stack
from tests.unit.provider.lives import Life, Root

DELIVERY = """
resource "aws_kms_key" "k" {
  description             = "a key"
  deletion_window_in_days = 7
}
resource "aws_kms_key" "other" {
  description             = "another key"
  deletion_window_in_days = 7
}
resource "aws_codecommit_repository" "this" {
  repository_name = "ops"
  description     = "%(description)s"
  kms_key_id      = aws_kms_key.%(key)s.arn
  tags            = %(tags)s
}
resource "aws_codebuild_project" "image" {
  name           = "%(project)s"
  description    = "Builds the image"
  service_role   = "arn:aws:iam::000000000000:role/builds"
  encryption_key = aws_kms_key.%(key)s.arn
  build_timeout  = %(timeout)d
  tags           = %(tags)s
  artifacts {
    type = "CODEPIPELINE"
  }
  environment {
    compute_type    = "BUILD_GENERAL1_SMALL"
    image           = "aws/codebuild/amazonlinux-x86_64-standard:5.0"
    type            = "LINUX_CONTAINER"
    privileged_mode = true
    environment_variable {
      name  = "ENGINE_REPOSITORY_URL"
      value = "%(url)s"
    }
  }
  logs_config {
    cloudwatch_logs {
      group_name = "/aws/codebuild/image"
      status     = "ENABLED"
    }
  }
  source {
    type      = "CODEPIPELINE"
    buildspec = "terraform/buildspecs/image.yml"
  }
}
resource "aws_codedeploy_app" "functions" {
  name             = "%(app)s"
  compute_platform = "%(platform)s"
  tags             = %(tags)s
}
resource "aws_codedeploy_deployment_group" "api" {
  app_name               = aws_codedeploy_app.functions.name
  deployment_group_name  = "%(group)s"
  deployment_config_name = "CodeDeployDefault.LambdaAllAtOnce"
  service_role_arn       = "arn:aws:iam::000000000000:role/delivery-tests"
  tags                   = %(tags)s
  auto_rollback_configuration {
    enabled = true
    events  = ["DEPLOYMENT_FAILURE"]
  }
  deployment_style {
    deployment_option = "WITH_TRAFFIC_CONTROL"
    deployment_type   = "BLUE_GREEN"
  }
  %(alarms)s
}
resource "aws_codepipeline" "this" {
  name           = "%(pipeline)s"
  role_arn       = "arn:aws:iam::000000000000:role/delivery-tests"
  pipeline_type  = "V2"
  execution_mode = "QUEUED"
  tags           = %(tags)s
  artifact_store {
    location = "artifacts"
    type     = "S3"
    encryption_key {
      id   = aws_kms_key.%(key)s.arn
      type = "KMS"
    }
  }
  stage {
    name = "Source"
    action {
      name             = "Repository"
      category         = "Source"
      owner            = "AWS"
      provider         = "CodeCommit"
      version          = "1"
      output_artifacts = ["source"]
      configuration = {
        BranchName           = "%(branch)s"
        PollForSourceChanges = "false"
        RepositoryName       = aws_codecommit_repository.this.repository_name
      }
    }
  }
  stage {
    name = "Build"
    action {
      name             = "Image"
      category         = "Build"
      owner            = "AWS"
      provider         = "CodeBuild"
      version          = "1"
      input_artifacts  = ["source"]
      output_artifacts = ["image"]
      configuration    = { ProjectName = aws_codebuild_project.image.name }
    }
  }
  stage {
    name = "Deploy"
    action {
      name            = "Functions"
      category        = "Compute"
      owner           = "AWS"
      provider        = "Commands"
      version         = "1"
      input_artifacts = ["image"]
      commands        = ["python3 deploy.py ${aws_codedeploy_app.functions.name}"]
    }
  }
}
"""
ALARMS = """
  alarm_configuration {
    enabled = true
    alarms  = ["late", "failed"]
  }
"""
REPOSITORY, PROJECT = "aws_codecommit_repository.this", "aws_codebuild_project.image"
APPLICATION, GROUP = "aws_codedeploy_app.functions", "aws_codedeploy_deployment_group.api"
PIPELINE = "aws_codepipeline.this"
ADDRESSES = (REPOSITORY, PROJECT, APPLICATION, GROUP, PIPELINE)
delivery = Root(DELIVERY, {
    "description": "Source", "key": "k", "tags": '{ One = "1", Two = "2" }', "project": "image", "timeout": 20, "url": "here",
    "app": "functions", "platform": "Lambda", "group": "api", "alarms": ALARMS, "pipeline": "ops", "branch": "main",
})  # fmt: skip


@pytest.fixture(autouse=True)
def role(stack: Stack) -> None:
    """The role that CodePipeline assumes: it looks for it when a pipeline is made."""
    iam = stack.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "codepipeline.amazonaws.com"}, "Action": "sts:AssumeRole"}
    with suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_role(
            RoleName="delivery-tests",
            AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
        )


class TestDelivery(Life):
    root = delivery
    named = {
        REPOSITORY: {"id": "ops", "arn": "arn:aws:codecommit:us-east-1:000000000000:ops"},
        PROJECT: {name: "arn:aws:codebuild:us-east-1:000000000000:project/image" for name in ("id", "arn")},
        APPLICATION: {
            "id": "{application_id}:functions",
            "arn": "arn:aws:codedeploy:us-east-1:000000000000:application:functions",
        },
        GROUP: {
            "id": "{deployment_group_id}",
            "arn": "arn:aws:codedeploy:us-east-1:000000000000:deploymentgroup:functions/api",
        },
        PIPELINE: {"id": "ops", "arn": "arn:aws:codepipeline:us-east-1:000000000000:ops"},
    }
    imported_by = {REPOSITORY: "ops", APPLICATION: "functions", GROUP: "functions:api", PIPELINE: "ops"}
    changes = {
        "description": "", "key": "other", "tags": '{ One = "1" }', "timeout": 30, "url": "elsewhere", "app": "renamed", "group": "renamed",
        "alarms": "", "branch": "next",
    }  # fmt: skip
    updated = ADDRESSES
    replaced = [
        ({"project": "other"}, [PROJECT]),
        ({"platform": "Server"}, [APPLICATION]),
        ({"pipeline": "other"}, [PIPELINE]),
    ]
    drifted = dict.fromkeys(ADDRESSES, "update")

    def applied(self, stack: Stack) -> None:
        key = stack.resources()["aws_kms_key.k"]["arn"]
        repository = stack.client("codecommit").get_repository(repositoryName="ops")["repositoryMetadata"]
        assert (repository["repositoryDescription"], repository["kmsKeyId"]) == ("Source", key)
        assert stack.resources()[REPOSITORY]["clone_url_http"].endswith("/v1/repos/ops")
        [project] = stack.client("codebuild").batch_get_projects(names=["image"])["projects"]
        assert (project["timeoutInMinutes"], project["encryptionKey"]) == (20, key)
        assert project["environment"]["environmentVariables"] == [
            {"name": "ENGINE_REPOSITORY_URL", "value": "here", "type": "PLAINTEXT"}
        ]
        group = stack.client("codedeploy").get_deployment_group(applicationName="functions", deploymentGroupName="api")
        info = group["deploymentGroupInfo"]
        assert info["autoRollbackConfiguration"] == {"enabled": True, "events": ["DEPLOYMENT_FAILURE"]}
        assert info["deploymentStyle"] == {"deploymentOption": "WITH_TRAFFIC_CONTROL", "deploymentType": "BLUE_GREEN"}
        assert info["alarmConfiguration"]["alarms"] == [{"name": "failed"}, {"name": "late"}]
        pipeline = stack.client("codepipeline").get_pipeline(name="ops")["pipeline"]
        assert (pipeline["pipelineType"], pipeline["executionMode"]) == ("V2", "QUEUED")
        assert pipeline["artifactStore"]["encryptionKey"] == {"id": key, "type": "KMS"}
        source, build, deploy = (stage["actions"][0] for stage in pipeline["stages"])
        kind = {"category": "Source", "owner": "AWS", "provider": "CodeCommit", "version": "1"}
        assert (source["actionTypeId"], source["configuration"]["RepositoryName"]) == (kind, "ops")
        assert (build["inputArtifacts"], build["outputArtifacts"]) == ([{"name": "source"}], [{"name": "image"}])
        assert deploy["commands"] == ["python3 deploy.py functions"]

    def changed(self, stack: Stack) -> None:
        codedeploy = stack.client("codedeploy")
        assert codedeploy.list_applications()["applications"] == ["renamed"]
        assert codedeploy.list_deployment_groups(applicationName="renamed")["deploymentGroups"] == ["renamed"]
        tags = codedeploy.list_tags_for_resource(ResourceArn=stack.resources()[GROUP]["arn"])["Tags"]
        assert {each["Key"]: each["Value"] for each in tags} == {"Application": "provider-tests", "One": "1"}
        [project] = stack.client("codebuild").batch_get_projects(names=["image"])["projects"]
        assert {each["key"] for each in project["tags"]} == {"Application", "One"}

    def drift(self, stack: Stack) -> None:
        stack.client("codecommit").update_repository_description(repositoryName="ops", repositoryDescription="Others'")
        stack.client("codebuild").update_project(name="image", timeoutInMinutes=5)
        codedeploy, codepipeline = stack.client("codedeploy"), stack.client("codepipeline")
        codedeploy.untag_resource(ResourceArn=stack.resources()[APPLICATION]["arn"], TagKeys=["One"])
        codedeploy.update_deployment_group(
            applicationName="functions",
            currentDeploymentGroupName="api",
            autoRollbackConfiguration={"enabled": False, "events": []},
        )
        pipeline = codepipeline.get_pipeline(name="ops")["pipeline"]
        pipeline["stages"][2]["actions"][0]["commands"] = ["true"]
        codepipeline.update_pipeline(pipeline=pipeline)

    def left(self, stack: Stack) -> Iterable[Any]:
        yield from stack.client("codecommit").list_repositories()["repositories"]
        yield from stack.client("codebuild").list_projects()["projects"]
        yield from stack.client("codedeploy").list_applications()["applications"]
        yield from stack.client("codepipeline").list_pipelines()["pipelines"]


def test_an_environment_variable_of_a_build_may_be_empty(stack: Stack) -> None:
    stack.apply(delivery(url=""))
    assert stack.plan() == {}
    [project] = stack.client("codebuild").batch_get_projects(names=["image"])["projects"]
    assert [variable["value"] for variable in project["environment"]["environmentVariables"]] == [""]


def test_a_default_branch_that_a_push_made_is_no_difference(stack: Stack) -> None:
    stack.apply(delivery())
    stack.client("codecommit").put_file(
        repositoryName="ops", branchName="main", fileContent=b"text", filePath="README.md"
    )
    assert stack.plan() == {}


def test_what_the_target_cannot_do_is_refused_in_words(stack: Stack) -> None:
    body = delivery().replace("build_timeout  = 20", 'build_timeout  = 20\n  project_visibility = "PUBLIC_READ"')
    with pytest.raises(HarnessError, match="project_visibility must be PRIVATE"):
        stack.apply(body)
