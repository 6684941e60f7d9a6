"""CodePipeline: a declaration and its versions, what a declaration must have, and executions."""

from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.scenarios.scenario import scenario
from tests.conformance import makers
from tests.conformance.makers import Cleanup
from tests.conformance.refusing import each_operation, refusal

pytestmark = scenario(service="codepipeline", lane="control plane")


@pytest.fixture
def pipeline(aws: AwsClients, name: str, cleanup: Cleanup) -> str:
    return makers.a_pipeline(aws, name, cleanup, pipelineType="V2", executionMode="QUEUED")


def declared(codepipeline: Any, pipeline: str) -> dict[str, Any]:
    return dict(codepipeline.get_pipeline(name=pipeline)["pipeline"])


@scenario("codepipeline.pipelines.read-back", feature="declaration", aws="codepipeline:PipelineDeclaration")
def test_a_declaration_is_read_as_it_was_given(codepipeline: Any, pipeline: str) -> None:
    found = declared(codepipeline, pipeline)
    given = makers.pipeline_declaration(pipeline, found["roleArn"])
    assert (found["version"], found["pipelineType"], found["executionMode"]) == (1, "V2", "QUEUED")
    assert (found["artifactStore"], [stage["name"] for stage in found["stages"]]) == (
        given["artifactStore"],
        ["Source", "Build"],
    )
    [source] = found["stages"][0]["actions"]
    assert source["configuration"] == given["stages"][0]["actions"][0]["configuration"]
    assert source["outputArtifacts"] == [{"name": "source"}]


@scenario("codepipeline.pipelines.version", feature="updates", aws="codepipeline:UpdatePipeline")
def test_an_update_counts_the_version_and_keeps_what_it_repeats(codepipeline: Any, pipeline: str) -> None:
    before = declared(codepipeline, pipeline)
    codepipeline.update_pipeline(pipeline={**before, "executionMode": "SUPERSEDED"})
    after = declared(codepipeline, pipeline)
    assert (before["version"], after["version"], after["executionMode"]) == (1, 2, "SUPERSEDED")
    assert {**after, "version": 1, "executionMode": "QUEUED"} == before


@scenario("codepipeline.pipelines.old-version", feature="versions", aws="codepipeline:GetPipeline")
def test_an_older_version_can_still_be_read(codepipeline: Any, pipeline: str) -> None:
    codepipeline.update_pipeline(pipeline={**declared(codepipeline, pipeline), "executionMode": "SUPERSEDED"})
    found = codepipeline.get_pipeline(name=pipeline, version=1)["pipeline"]
    assert (found["version"], found["executionMode"]) == (1, "QUEUED")


@scenario("codepipeline.pipelines.exists", feature="error codes", aws="codepipeline:CreatePipeline")
def test_a_pipelines_name_is_given_once(codepipeline: Any, pipeline: str) -> None:
    given = makers.pipeline_declaration(pipeline, declared(codepipeline, pipeline)["roleArn"])
    assert refusal(codepipeline.create_pipeline, pipeline=given) == ("PipelineNameInUseException", 400)


@scenario("codepipeline.pipelines.not-found", feature="error codes")
@each_operation("codepipeline", "get_pipeline", "get_pipeline_state", "start_pipeline_execution")
def test_a_pipeline_that_is_not_there_is_not_found(codepipeline: Any, name: str, operation: str) -> None:
    assert refusal(getattr(codepipeline, operation), name=name) == ("PipelineNotFoundException", 400)


@scenario("codepipeline.pipelines.one-stage", feature="validation", aws="codepipeline-guide:pipeline-requirements")
def test_a_pipeline_of_one_stage_is_refused(aws: AwsClients, codepipeline: Any, name: str, cleanup: Cleanup) -> None:
    given = makers.pipeline_declaration(name, makers.a_role(aws, name, cleanup, "codepipeline"))
    cleanup(codepipeline.delete_pipeline, name=name)
    refused = refusal(codepipeline.create_pipeline, pipeline={**given, "stages": given["stages"][:1]})
    assert refused == ("InvalidStructureException", 400)


@scenario("codepipeline.pipelines.source-first", feature="validation", aws="codepipeline-guide:pipeline-requirements")
def test_a_pipeline_whose_first_stage_is_no_source_is_refused(
    aws: AwsClients, codepipeline: Any, name: str, cleanup: Cleanup
) -> None:
    given = makers.pipeline_declaration(name, makers.a_role(aws, name, cleanup, "codepipeline"))
    cleanup(codepipeline.delete_pipeline, name=name)
    refused = refusal(codepipeline.create_pipeline, pipeline={**given, "stages": given["stages"][::-1]})
    assert refused == ("InvalidStructureException", 400)


@scenario("codepipeline.pipelines.deleted", feature="pipelines", aws="codepipeline:DeletePipeline")
def test_a_deleted_pipeline_is_gone(codepipeline: Any, pipeline: str) -> None:
    codepipeline.delete_pipeline(name=pipeline)
    assert refusal(codepipeline.get_pipeline, name=pipeline) == ("PipelineNotFoundException", 400)


@scenario("codepipeline.pipelines.state", feature="state", aws="codepipeline:GetPipelineState")
def test_the_state_of_a_pipeline_names_its_stages_and_actions(codepipeline: Any, pipeline: str) -> None:
    found = codepipeline.get_pipeline_state(name=pipeline)
    stages = [
        (stage["stageName"], [one["actionName"] for one in stage["actionStates"]]) for stage in found["stageStates"]
    ]
    assert (found["pipelineName"], stages) == (pipeline, [("Source", ["Source"]), ("Build", ["Build"])])
