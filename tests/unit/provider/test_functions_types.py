"""Functions, their aliases, permissions and event sources: made, read back, changed, replaced, drifted, destroyed by Terraform."""

import base64
import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.unit.provider.conftest import Stack

FUNCTIONS = """
resource "aws_kms_key" "k" {
  description = "environments"
}
resource "aws_lambda_function" "f" {
  function_name = "%(name)s"
  description   = "Function f"
  role          = "%(role)s"
  runtime       = "python3.13"
  architectures = ["x86_64"]
  handler       = "handler.handle"
  filename      = "%(folder)s/%(package)s"
  kms_key_arn   = aws_kms_key.k.arn
  memory_size   = %(memory)d
  timeout       = 29
  publish       = true
  tags          = { Purpose = "test" }
  %(hash)s
  environment {
    variables = { LEVEL = "%(level)s" }
  }
}
resource "aws_lambda_alias" "live" {
  name             = "live"
  description      = "What callers call"
  function_name    = aws_lambda_function.f.function_name
  function_version = aws_lambda_function.f.version
  %(routing)s
}
resource "aws_lambda_permission" "api" {
  statement_id   = "ApiGatewayInvokes"
  action         = "lambda:InvokeFunction"
  function_name  = aws_lambda_function.f.function_name
  qualifier      = aws_lambda_alias.live.name
  principal      = "apigateway.amazonaws.com"
  source_account = "000000000000"
  source_arn     = "%(source)s"
}
resource "aws_lambda_event_source_mapping" "stream" {
  event_source_arn                   = "%(stream)s"
  function_name                      = aws_lambda_alias.live.arn
  starting_position                  = "TRIM_HORIZON"
  batch_size                         = %(batch)d
  maximum_batching_window_in_seconds = 1
  parallelization_factor             = 2
  bisect_batch_on_function_error     = true
  maximum_retry_attempts             = 10
  maximum_record_age_in_seconds      = 86400
  function_response_types            = ["ReportBatchItemFailures"]
  destination_config {
    on_failure {
      destination_arn = "arn:aws:s3:::reports"
    }
  }
}
resource "aws_lambda_event_source_mapping" "table" {
  event_source_arn        = "%(table)s"
  function_name           = aws_lambda_alias.live.arn
  starting_position       = "TRIM_HORIZON"
  function_response_types = ["ReportBatchItemFailures"]
  %(filter)s
}
"""
FILTER = 'filter_criteria {\n filter {\n pattern = jsonencode({ dynamodb = { NewImage = { kind = { S = ["tax_lots"] } } } })\n }\n }'


@dataclass
class Functions:
    """A stack with what functions need: role, stream, table and packages."""

    stack: Stack
    values: dict[str, Any]

    def body(self, **changed: Any) -> str:
        return FUNCTIONS % {**self.values, **changed}

    def apply(self, **changed: Any) -> dict[str, str]:
        return self.stack.apply(self.body(**changed))

    def plan(self, **changed: Any) -> dict[str, str]:
        return self.stack.plan(self.body(**changed))


@pytest.fixture
def functions(stack: Stack) -> Iterator[Functions]:
    for package, said in (("first.zip", "first"), ("second.zip", "second")):
        (stack.folder / package).write_bytes(_package(said))
    iam, kinesis, dynamodb = (stack.client(service) for service in ("iam", "kinesis", "dynamodb"))
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = iam.create_role(RoleName="function", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    kinesis.create_stream(StreamName="feed", ShardCount=1)
    table = dynamodb.create_table(
        TableName="changes",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )["TableDescription"]["LatestStreamArn"]
    stream = kinesis.describe_stream_summary(StreamName="feed")["StreamDescriptionSummary"]["StreamARN"]
    values = {
        "name": "f", "role": role, "folder": stack.folder, "package": "first.zip", "memory": 256, "hash": "", "level": "INFO", "routing": "",
        "source": "arn:aws:execute-api:us-east-1:000000000000:a/*/*/*", "stream": stream, "batch": 50, "table": table, "filter": FILTER,
    }  # fmt: skip
    yield Functions(stack, values)
    kinesis.delete_stream(StreamName="feed")
    dynamodb.delete_table(TableName="changes")
    iam.delete_role(RoleName="function")


def _package(said: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(zipfile.ZipInfo("handler.py"), f"def handle(event, context):\n    return '{said}'\n")
    return content.getvalue()


def _hash(folder: Path, package: str) -> str:
    return f'source_code_hash = filebase64sha256("{folder}/{package}")'


def test_what_was_applied_is_there_and_a_second_plan_has_no_changes(functions: Functions) -> None:
    assert set(functions.apply().values()) == {"create"}
    assert functions.plan() == {}
    stack = functions.stack
    made, lambda_ = stack.resources(), stack.client("lambda")
    found = lambda_.get_function(FunctionName="f")
    assert found["Configuration"]["KMSKeyArn"] == made["aws_kms_key.k"]["arn"]
    assert found["Configuration"]["Environment"] == {"Variables": {"LEVEL": "INFO"}}
    assert found["Configuration"]["State"] == "Active"
    assert found["Tags"] == {"Application": "provider-tests", "Purpose": "test"}
    answer = lambda_.invoke(FunctionName="f", Qualifier="live")
    assert answer["Payload"].read() == b'"first"'
    mappings = {each["EventSourceArn"]: each for each in lambda_.list_event_source_mappings()["EventSourceMappings"]}
    stream = mappings[functions.values["stream"]]
    assert (stream["BisectBatchOnFunctionError"], stream["MaximumRetryAttempts"]) == (True, 10)
    assert stream["DestinationConfig"] == {"OnFailure": {"Destination": "arn:aws:s3:::reports"}}
    assert "tax_lots" in mappings[functions.values["table"]]["FilterCriteria"]["Filters"][0]["Pattern"]


def test_identifiers_have_the_real_providers_form(functions: Functions) -> None:
    functions.apply()
    made = functions.stack.resources()
    function, alias = made["aws_lambda_function.f"], made["aws_lambda_alias.live"]
    arn = "arn:aws:lambda:us-east-1:000000000000:function:f"
    api = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions"
    assert (function["id"], function["arn"], function["version"], function["qualified_arn"]) == (
        "f",
        arn,
        "1",
        f"{arn}:1",
    )
    assert (function["invoke_arn"], alias["invoke_arn"]) == (
        f"{api}/{arn}/invocations",
        f"{api}/{arn}:live/invocations",
    )
    assert (alias["id"], alias["arn"]) == (f"{arn}:live", f"{arn}:live")
    assert made["aws_lambda_permission.api"]["id"] == "ApiGatewayInvokes"
    mapping = made["aws_lambda_event_source_mapping.stream"]
    assert (mapping["id"], mapping["function_name"], mapping["function_arn"]) == (
        mapping["uuid"],
        f"{arn}:live",
        f"{arn}:live",
    )


def test_changed_configuration_and_code_update_in_place_and_publish_versions_that_the_alias_follows(
    functions: Functions,
) -> None:
    functions.apply()
    stack, followed = functions.stack, {"aws_lambda_function.f": "update", "aws_lambda_alias.live": "update"}
    assert functions.apply(level="DEBUG", memory=512) == followed
    assert functions.plan(level="DEBUG", memory=512) == {}
    hashed = {"level": "DEBUG", "memory": 512, "package": "second.zip", "hash": _hash(stack.folder, "second.zip")}
    assert functions.apply(**hashed) == followed
    assert functions.plan(**hashed) == {}
    made = stack.resources()
    assert made["aws_lambda_function.f"]["version"] == made["aws_lambda_alias.live"]["function_version"] == "3"
    lambda_ = stack.client("lambda")
    assert lambda_.invoke(FunctionName="f", Qualifier="live")["Payload"].read() == b'"second"'
    assert lambda_.get_function_configuration(FunctionName="f", Qualifier="2")["Environment"]["Variables"] == {
        "LEVEL": "DEBUG"
    }


def test_mappings_and_aliases_change_in_place_and_unset_what_is_no_longer_wanted(functions: Functions) -> None:
    weights = 'routing_config {\n additional_version_weights = { "1" = 0.25 }\n }'
    changed = {
        "aws_lambda_alias.live": "update",
        "aws_lambda_event_source_mapping.stream": "update",
        "aws_lambda_event_source_mapping.table": "update",
    }
    functions.apply()
    assert functions.apply(routing=weights, batch=60, filter="enabled = false") == changed
    assert functions.plan(routing=weights, batch=60, filter="enabled = false") == {}
    lambda_ = functions.stack.client("lambda")
    assert lambda_.get_alias(FunctionName="f", Name="live")["RoutingConfig"] == {
        "AdditionalVersionWeights": {"1": 0.25}
    }
    mapping = lambda_.list_event_source_mappings(EventSourceArn=functions.values["table"])["EventSourceMappings"][0]
    assert (mapping["State"], mapping["FilterCriteria"]["Filters"]) == ("Disabled", [])
    assert functions.apply() == changed
    assert functions.plan() == {}
    assert "RoutingConfig" not in lambda_.get_alias(FunctionName="f", Name="live")


FURTHER = """
resource "aws_lambda_permission" "any" {
  statement_id_prefix = "any-"
  action              = "lambda:InvokeFunction"
  function_name       = aws_lambda_function.f.arn
  principal           = "000000000000"
}
resource "aws_sqs_queue" "dead" {
  name = "dead"
}
resource "aws_lambda_function" "f" {
  function_name = "further"
  role          = "%(role)s"
  runtime       = "python3.13"
  handler       = "handler.handle"
  filename      = "%(folder)s/first.zip"
  %(settings)s
}
"""
SETTINGS = """
  reserved_concurrent_executions = 0
  code_sha256                    = filebase64sha256("%(folder)s/first.zip")
  dead_letter_config {
    target_arn = aws_sqs_queue.dead.arn
  }
  ephemeral_storage {
    size = 1024
  }
  logging_config {
    log_format = "JSON"
    log_group  = "/further"
  }
  snap_start {
    apply_on = "None"
  }
  tracing_config {
    mode = "Active"
  }
"""


def test_further_settings_are_made_and_unset_again_save_those_that_every_function_has(functions: Functions) -> None:
    stack, lambda_ = functions.stack, functions.stack.client("lambda")
    settings = SETTINGS % functions.values
    stack.apply(FURTHER % {**functions.values, "settings": settings})
    assert stack.plan() == {}
    found = lambda_.get_function(FunctionName="further")
    assert found["Concurrency"] == {"ReservedConcurrentExecutions": 0}
    assert (found["Configuration"]["EphemeralStorage"], found["Configuration"]["TracingConfig"]) == (
        {"Size": 1024},
        {"Mode": "Active"},
    )
    assert stack.resources()["aws_lambda_function.f"]["version"] == "$LATEST"
    statement = stack.resources()["aws_lambda_permission.any"]
    assert statement["id"].startswith("any-")
    assert (statement["function_name"], statement["principal"]) == (
        found["Configuration"]["FunctionArn"],
        "000000000000",
    )
    lambda_.update_function_code(FunctionName="further", ZipFile=_package("other"))
    lambda_.put_function_concurrency(FunctionName="further", ReservedConcurrentExecutions=5)
    assert stack.plan() == {"aws_lambda_function.f": "update"}
    stack.apply(FURTHER % {**functions.values, "settings": settings})
    found = lambda_.get_function(FunctionName="further")
    digest = hashlib.sha256(_package("first")).digest()
    assert found["Concurrency"] == {"ReservedConcurrentExecutions": 0}
    assert found["Configuration"]["CodeSha256"] == base64.b64encode(digest).decode()
    stack.apply(FURTHER % {**functions.values, "settings": ""})
    assert stack.plan() == {}
    found = lambda_.get_function(FunctionName="further")
    assert "Concurrency" not in found
    assert not found["Configuration"]["DeadLetterConfig"].get("TargetArn")
    assert found["Configuration"]["EphemeralStorage"] == {"Size": 1024}


def test_what_was_changed_behind_terraforms_back_shows_in_the_plan_and_is_mended(functions: Functions) -> None:
    functions.apply()
    lambda_ = functions.stack.client("lambda")
    lambda_.update_function_configuration(FunctionName="f", Timeout=1, KMSKeyArn="")
    lambda_.update_alias(FunctionName="f", Name="live", FunctionVersion="$LATEST")
    table, stream = (
        functions.stack.resources()[f"aws_lambda_event_source_mapping.{each}"]["uuid"] for each in ("table", "stream")
    )
    lambda_.update_event_source_mapping(UUID=table, FunctionName="f")
    lambda_.update_event_source_mapping(UUID=stream, MaximumRetryAttempts=1)
    lambda_.remove_permission(FunctionName="f", Qualifier="live", StatementId="ApiGatewayInvokes")
    shown = {
        "aws_lambda_function.f": "update",
        "aws_lambda_alias.live": "update",
        "aws_lambda_event_source_mapping.table": "update",
        "aws_lambda_event_source_mapping.stream": "update",
        "aws_lambda_permission.api": "create",
    }
    assert functions.plan() == shown
    functions.apply()
    assert functions.plan() == {}
    mended = lambda_.get_function_configuration(FunctionName="f")
    assert (mended["Timeout"], mended["KMSKeyArn"]) == (29, functions.stack.resources()["aws_kms_key.k"]["arn"])
    assert lambda_.get_event_source_mapping(UUID=table)["FunctionArn"].endswith(":f:live")


def test_a_new_name_replaces_a_function_and_a_new_source_a_permission(functions: Functions) -> None:
    functions.apply()
    assert functions.plan(name="other")["aws_lambda_function.f"] == "replace"
    source = "arn:aws:execute-api:us-east-1:000000000000:b/*/*/*"
    assert functions.apply(source=source) == {"aws_lambda_permission.api": "create"}
    policy = json.loads(functions.stack.client("lambda").get_policy(FunctionName="f", Qualifier="live")["Policy"])
    assert [each["Condition"]["ArnLike"]["AWS:SourceArn"] for each in policy["Statement"]] == [source]


def test_after_destroy_nothing_is_left(functions: Functions) -> None:
    functions.apply()
    functions.stack.destroy()
    lambda_ = functions.stack.client("lambda")
    assert lambda_.list_functions()["Functions"] == []
    assert lambda_.list_event_source_mappings()["EventSourceMappings"] == []
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        lambda_.get_policy(FunctionName="f", Qualifier="live")


def test_alias_permission_and_mapping_are_imported_by_their_ids(functions: Functions) -> None:
    functions.apply()
    uuid = functions.stack.resources()["aws_lambda_event_source_mapping.stream"]["uuid"]
    identifiers = {
        "aws_lambda_alias.live": "f/live",
        "aws_lambda_permission.api": "f:live/ApiGatewayInvokes",
        "aws_lambda_event_source_mapping.stream": uuid,
    }
    with functions.stack.driver() as driver:
        for address, identifier in identifiers.items():
            assert driver.run("state rm", address).returncode == 0
            imported = driver.run("import", address, identifier)
            assert imported.returncode == 0, imported.stderr
    assert functions.plan() == {}
