"""What terraform/modules/delivery sets on the Code* services comes back as it was set: else every plan would show drift."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from harness.embedded.clients import client
from harness.embedded.state import TargetState

KEY = "arn:aws:kms:us-east-1:000000000000:key/11111111-2222-3333-4444-555555555555"
ROLE = "arn:aws:iam::000000000000:role/release"
TAGS = {"Application": "asset-servicing", "Owner": "a"}
LISTED = [{"key": key, "value": value} for key, value in TAGS.items()]


@pytest.fixture
def service(up: TargetState) -> Any:
    def make(name: str) -> Any:
        assert up.deployer is not None
        return client(name, up.endpoint_variables().get(f"AWS_ENDPOINT_URL_{name.upper()}", up.endpoint), up.deployer)

    return make


def _tags(answer: Any) -> Any:
    """Tags as a map, whatever case and form the service gives them in."""
    found = answer.get("tags") if "tags" in answer else answer["Tags"]
    return found if isinstance(found, dict) else {(o.get("key") or o["Key"]): (o.get("value") or o["Value"]) for o in found}  # fmt: skip


def test_a_repository(service: Any) -> None:
    codecommit = service("codecommit")
    given = {"repositoryName": "servicing", "repositoryDescription": "Source", "kmsKeyId": KEY}
    arn = codecommit.create_repository(**given, tags=TAGS)["repositoryMetadata"]["Arn"]
    read = codecommit.get_repository(repositoryName="servicing")["repositoryMetadata"]
    assert {key: read[key] for key in given} == given
    assert codecommit.list_tags_for_resource(resourceArn=arn)["tags"] == TAGS
    codecommit.update_repository_description(repositoryName="servicing", repositoryDescription="Other")
    codecommit.update_repository_encryption_key(repositoryName="servicing", kmsKeyId=f"{KEY}0")
    read = codecommit.get_repository(repositoryName="servicing")["repositoryMetadata"]
    assert (read["repositoryDescription"], read["kmsKeyId"], read["Arn"]) == ("Other", f"{KEY}0", arn)
    codecommit.delete_repository(repositoryName="servicing")
    with pytest.raises(ClientError, match="RepositoryDoesNotExist"):
        codecommit.get_repository(repositoryName="servicing")
    codecommit.create_repository(repositoryName="servicing")
    assert codecommit.list_tags_for_resource(resourceArn=arn)["tags"] == {}


def test_an_application(service: Any) -> None:
    codedeploy = service("codedeploy")
    arn, renamed = (f"arn:aws:codedeploy:us-east-1:000000000000:application:{name}" for name in ("servicing", "other"))
    listed = [{"Key": key, "Value": value} for key, value in TAGS.items()]
    codedeploy.create_application(applicationName="servicing", computePlatform="Lambda", tags=listed)
    first = codedeploy.get_application(applicationName="servicing")["application"]
    assert first["computePlatform"] == "Lambda"
    codedeploy.tag_resource(ResourceArn=arn, Tags=[{"Key": "More", "Value": "1"}])
    codedeploy.untag_resource(ResourceArn=arn, TagKeys=["Owner"])
    codedeploy.update_application(applicationName="servicing", newApplicationName="other")
    assert codedeploy.get_application(applicationName="other")["application"]["applicationId"] == first["applicationId"]
    with pytest.raises(ClientError, match="ApplicationDoesNotExist"):
        codedeploy.get_application(applicationName="servicing")
    expected = {"Application": "asset-servicing", "More": "1"}
    assert _tags(codedeploy.list_tags_for_resource(ResourceArn=renamed)) == expected
    codedeploy.delete_application(applicationName="other")
    codedeploy.create_application(applicationName="other", computePlatform="Lambda")
    assert _tags(codedeploy.list_tags_for_resource(ResourceArn=renamed)) == {}


def test_a_deployment_group(service: Any) -> None:
    codedeploy = service("codedeploy")
    names = {"applicationName": "groups", "deploymentGroupName": "servicing-api-handler"}
    arn = "arn:aws:codedeploy:us-east-1:000000000000:deploymentgroup:groups/servicing-api-handler"
    given: dict[str, Any] = {
        "deploymentConfigName": "CodeDeployDefault.LambdaAllAtOnce",
        "serviceRoleArn": ROLE,
        "autoRollbackConfiguration": {"enabled": True, "events": ["DEPLOYMENT_FAILURE"]},
        "deploymentStyle": {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
        "alarmConfiguration": {"enabled": True, "ignorePollAlarmFailure": False, "alarms": [{"name": "errors"}]},
    }
    codedeploy.create_application(applicationName="groups", computePlatform="Lambda")
    tags = [{"Key": key, "Value": value} for key, value in TAGS.items()]
    identifier = codedeploy.create_deployment_group(**names, **given, tags=tags)["deploymentGroupId"]

    def read() -> dict[str, Any]:
        return dict(codedeploy.get_deployment_group(**names)["deploymentGroupInfo"])

    assert {key: read()[key] for key in given} == given
    assert (read()["deploymentGroupId"], read()["computePlatform"]) == (identifier, "Lambda")
    assert _tags(codedeploy.list_tags_for_resource(ResourceArn=arn)) == TAGS
    changed = {
        "autoRollbackConfiguration": {"enabled": False, "events": []},
        "alarmConfiguration": {"enabled": False, "ignorePollAlarmFailure": False, "alarms": []},
    }
    codedeploy.update_deployment_group(
        applicationName="groups", currentDeploymentGroupName="servicing-api-handler", **changed
    )
    assert {key: read()[key] for key in given} == {**given, **changed}
    codedeploy.delete_deployment_group(**names)
    with pytest.raises(ClientError, match="DeploymentGroupDoesNotExist"):
        read()
    codedeploy.create_deployment_group(**names, serviceRoleArn=ROLE)
    assert _tags(codedeploy.list_tags_for_resource(ResourceArn=arn)) == {}


def _action(name: str, category: str, provider: str, **more: Any) -> dict[str, Any]:
    kind = {"category": category, "owner": "AWS", "provider": provider, "version": "1"}
    empty: dict[str, Any] = {"runOrder": 1, "configuration": {}, "inputArtifacts": [], "outputArtifacts": []}
    return {"name": name, "actionTypeId": kind, **empty, **more}


def _pipeline() -> dict[str, Any]:
    source = {"BranchName": "main", "PollForSourceChanges": "false", "RepositoryName": "servicing"}
    build = {"configuration": {"ProjectName": "p"}, "inputArtifacts": [{"name": "source"}], "outputArtifacts": [{"name": "package"}]}  # fmt: skip
    commands = {"commands": ["python deploy_functions.py servicing"], "inputArtifacts": [{"name": "package"}]}
    stages = {
        "Source": _action(
            "Repository", "Source", "CodeCommit", configuration=source, outputArtifacts=[{"name": "source"}]
        ),
        "Build": _action("Package", "Build", "CodeBuild", **build),
        "Deploy": _action("Functions", "Compute", "Commands", **commands),
    }
    store = {"type": "S3", "location": "artifacts", "encryptionKey": {"id": KEY, "type": "KMS"}}
    return {
        "name": "servicing", "roleArn": ROLE, "pipelineType": "V2", "executionMode": "QUEUED", "artifactStore": store,
        "stages": [{"name": name, "actions": [action]} for name, action in stages.items()],
    }  # fmt: skip


def test_a_pipeline_of_type_v2_with_commands_and_a_queue(service: Any) -> None:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": ["codedeploy.amazonaws.com", "codepipeline.amazonaws.com"]},
    }
    trust = {"Version": "2012-10-17", "Statement": [{**statement, "Action": "sts:AssumeRole"}]}
    service("iam").create_role(RoleName="release", AssumeRolePolicyDocument=json.dumps(trust))
    codepipeline = service("codepipeline")
    codepipeline.create_pipeline(pipeline=_pipeline(), tags=LISTED)
    read = codepipeline.get_pipeline(name="servicing")
    assert read["pipeline"] == {**_pipeline(), "version": 1}
    arn = read["metadata"]["pipelineArn"]
    codepipeline.tag_resource(resourceArn=arn, tags=[{"key": "More", "value": "1"}])
    codepipeline.untag_resource(resourceArn=arn, tagKeys=["Owner"])
    assert _tags(codepipeline.list_tags_for_resource(resourceArn=arn)) == {"Application": "asset-servicing", "More": "1"}  # fmt: skip
    changed = {**_pipeline(), "executionMode": "SUPERSEDED"}
    changed["stages"][2]["actions"][0]["commands"] = ["true"]
    codepipeline.update_pipeline(pipeline=changed)
    assert codepipeline.get_pipeline(name="servicing")["pipeline"] == {**changed, "version": 2}
    codepipeline.delete_pipeline(name="servicing")
    with pytest.raises(ClientError, match="PipelineNotFound"):
        codepipeline.get_pipeline(name="servicing")
