"""Lambda: three functions behind their alias, and the event source mappings that feed two of them."""

import json
from typing import Any

import pytest

from harness.scenarios.scenario import scenario
from harness.system import System
from tests.resources import ALIAS, FUNCTIONS, bucket_arn, function, log_group, stream, table

pytestmark = scenario(service="lambda", lane="control plane", aws="lambda:FunctionConfiguration")

SOURCES = ("position_stream_name", "positions_table_name", "entitlements_table_name", "queue_state_table_name")
# What a function is told, and the output that says the same.
VARIABLES = {
    "api_handler": {
        "ENTITLEMENTS_TABLE": "entitlements_table_name",
        "POSITIONS_TABLE": "positions_table_name",
        "POSITION_STREAM_NAME": "position_stream_name",
        "QUEUE_STATE_TABLE": "queue_state_table_name",
    },
    "ingest_normalizer": {
        "DEAD_LETTER_QUEUE_URL": "dead_letter_queue_url",
        "ENTITLEMENT_REQUESTS_QUEUE_URL": "entitlement_requests_queue_url",
        "POSITIONS_TABLE": "positions_table_name",
        "QUEUE_STATE_TABLE": "queue_state_table_name",
        "REPORTS_BUCKET": "reports_bucket",
    },
    "reconciliation": {
        "ENTITLEMENTS_TABLE": "entitlements_table_name",
        "POSITIONS_TABLE": "positions_table_name",
        "QUEUE_STATE_TABLE": "queue_state_table_name",
        "REPORTS_BUCKET": "reports_bucket",
    },
}

each_function = pytest.mark.parametrize("name", FUNCTIONS)
each_mapping = pytest.mark.parametrize("source", SOURCES)


@scenario("lambda.functions.runtime", feature="runtime")
@each_function
def test_a_function_runs_on_python_3_13(system: System, name: str) -> None:
    assert function(system, name)["Runtime"] == "python3.13"


@scenario("lambda.functions.active", feature="state")
@each_function
def test_a_function_is_active(system: System, name: str) -> None:
    assert function(system, name).get("State") == "Active"


@scenario("lambda.functions.alias", feature="aliases and versions", aws="lambda:GetAlias")
@each_function
def test_the_alias_names_a_published_version(system: System, name: str) -> None:
    deployed = system.outputs["function_names"][name]
    alias = system.client("lambda").get_alias(FunctionName=deployed, Name=ALIAS)
    assert alias["FunctionVersion"].isdigit()


@scenario("lambda.functions.role", feature="execution role")
@each_function
def test_a_function_acts_as_its_own_role(system: System, name: str) -> None:
    assert function(system, name)["Role"] == system.outputs["role_arns"][name]


@scenario("lambda.functions.key", feature="encryption")
@each_function
def test_a_function_encrypts_its_environment_with_a_key(system: System, name: str) -> None:
    assert function(system, name).get("KMSKeyArn")


@scenario("lambda.functions.environment", feature="environment", aws="lambda:EnvironmentResponse")
@each_function
def test_a_function_is_told_where_its_resources_are(system: System, name: str) -> None:
    told = function(system, name)["Environment"]["Variables"]
    expected = {variable: system.outputs[output] for variable, output in VARIABLES[name].items()}
    assert {variable: told.get(variable) for variable in expected} == expected


@scenario("logs.functions.retention", feature="retention", aws="logs:LogGroup", service="logs")
@each_function
def test_a_functions_logs_are_kept_for_a_month(system: System, name: str) -> None:
    assert log_group(system, name).get("retentionInDays") == 30


@scenario("lambda.functions.timeout", feature="timeout")
def test_the_api_handler_answers_within_what_api_gateway_waits(system: System) -> None:
    assert function(system, "api_handler")["Timeout"] <= 29


def _mapping(system: System, source: str) -> dict[str, Any]:
    arn = stream(system)["StreamARN"] if source == "position_stream_name" else table(system, source)["LatestStreamArn"]
    [only] = system.client("lambda").list_event_source_mappings(EventSourceArn=arn)["EventSourceMappings"]
    return dict(only)


@scenario("lambda.mappings.alias", feature="event source mappings", aws="lambda:EventSourceMappingConfiguration")
@each_mapping
def test_a_mapping_calls_the_alias_of_its_function(system: System, source: str) -> None:
    name = "ingest_normalizer" if source == "position_stream_name" else "reconciliation"
    called = _mapping(system, source)["FunctionArn"].split(":function:")[-1]
    assert called == f"{system.outputs['function_names'][name]}:{ALIAS}"


@scenario("lambda.mappings.enabled", feature="event source mappings", aws="lambda:EventSourceMappingConfiguration")
@each_mapping
def test_a_mapping_is_enabled(system: System, source: str) -> None:
    assert _mapping(system, source)["State"] == "Enabled"


@scenario("lambda.mappings.bisect", feature="event source mappings", aws="lambda:EventSourceMappingConfiguration")
@each_mapping
def test_a_mapping_halves_a_batch_that_fails(system: System, source: str) -> None:
    assert _mapping(system, source).get("BisectBatchOnFunctionError") is True


@scenario("lambda.mappings.retries", feature="event source mappings", aws="lambda:EventSourceMappingConfiguration")
@each_mapping
def test_a_mapping_tries_ten_times(system: System, source: str) -> None:
    assert _mapping(system, source).get("MaximumRetryAttempts") == 10


@scenario("lambda.mappings.record-age", feature="event source mappings", aws="lambda:EventSourceMappingConfiguration")
@each_mapping
def test_a_mapping_gives_up_records_after_a_day(system: System, source: str) -> None:
    assert _mapping(system, source).get("MaximumRecordAgeInSeconds") == 24 * 3600


@scenario("lambda.mappings.on-failure", feature="event source mappings", aws="lambda:EventSourceMappingConfiguration")
@each_mapping
def test_a_mapping_keeps_what_it_gives_up_in_the_reports_bucket(system: System, source: str) -> None:
    destination = _mapping(system, source).get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
    assert destination == bucket_arn(system, "reports_bucket")


@scenario("lambda.mappings.batch-size", feature="event source mappings", aws="lambda:EventSourceMappingConfiguration")
@each_mapping
def test_a_mapping_hands_over_batches_of_a_hundred(system: System, source: str) -> None:
    assert _mapping(system, source)["BatchSize"] == 100


@scenario("lambda.mappings.batch-window", feature="event source mappings", aws="lambda:EventSourceMappingConfiguration")
@each_mapping
def test_a_mapping_waits_a_second_for_a_batch_to_fill(system: System, source: str) -> None:
    assert _mapping(system, source).get("MaximumBatchingWindowInSeconds") == 1


@scenario(
    "lambda.mappings.item-failures", feature="event source mappings", aws="lambda:EventSourceMappingConfiguration"
)
@each_mapping
def test_a_mapping_lets_the_function_name_the_items_that_failed(system: System, source: str) -> None:
    assert _mapping(system, source).get("FunctionResponseTypes") == ["ReportBatchItemFailures"]


@scenario(
    "lambda.mappings.starting-position", feature="event source mappings", aws="lambda:EventSourceMappingConfiguration"
)
@each_mapping
def test_a_mapping_begins_with_the_oldest_record(system: System, source: str) -> None:
    assert _mapping(system, source).get("StartingPosition") == "TRIM_HORIZON"


@scenario(
    "lambda.mappings.parallelization", feature="event source mappings", aws="lambda:EventSourceMappingConfiguration"
)
def test_the_position_feed_is_worked_on_by_two_batches_of_a_shard_at_once(system: System) -> None:
    assert _mapping(system, "position_stream_name").get("ParallelizationFactor") == 2


@scenario("lambda.mappings.filter", feature="event source mappings", aws="lambda:FilterCriteria")
def test_of_queue_state_only_what_reconciliation_compares_with_is_followed(system: System) -> None:
    filters = _mapping(system, "queue_state_table_name").get("FilterCriteria", {}).get("Filters", [])
    images = [image for one in filters for image in json.loads(one["Pattern"])["dynamodb"].items()]
    followed = {name: sorted(image["kind"]["S"]) for name, image in images}
    kinds = ["confirmation", "second_source", "statement", "tax_lots"]
    assert followed == {"NewImage": kinds, "OldImage": kinds}
