"""Functions, their aliases, permissions and event sources."""

import base64
import hashlib
import io
import json
import zipfile
from collections.abc import Iterable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.unit.provider.conftest import Stack
from tests.unit.provider.lives import Life, Root

ROLE = """
resource "aws_iam_role" "function" {
  name               = "function"
  assume_role_policy = jsonencode({ Version = "2012-10-17",
    Statement = [{ Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }] })
}
"""
FUNCTIONS = (
    ROLE
    + """
resource "aws_kms_key" "k" {
  description = "environments"
}
resource "aws_kinesis_stream" "feed" {
  name        = "feed"
  shard_count = 1
}
resource "aws_dynamodb_table" "changes" {
  name             = "changes"
  billing_mode     = "PAY_PER_REQUEST"
  hash_key         = "pk"
  stream_enabled   = true
  stream_view_type = "NEW_AND_OLD_IMAGES"
  attribute {
    name = "pk"
    type = "S"
  }
}
resource "aws_lambda_function" "f" {
  function_name = "%(name)s"
  description   = "Function f"
  role          = aws_iam_role.function.arn
  runtime       = "python3.13"
  architectures = ["x86_64"]
  handler       = "handler.handle"
  filename      = "${abspath(path.root)}/%(package)s"
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
  event_source_arn                   = aws_kinesis_stream.feed.arn
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
  event_source_arn        = aws_dynamodb_table.changes.stream_arn
  function_name           = aws_lambda_alias.live.arn
  starting_position       = "TRIM_HORIZON"
  function_response_types = ["ReportBatchItemFailures"]
  %(filter)s
}
"""
)
FUNCTION, ALIAS, PERMISSION = "aws_lambda_function.f", "aws_lambda_alias.live", "aws_lambda_permission.api"
STREAM, TABLE = "aws_lambda_event_source_mapping.stream", "aws_lambda_event_source_mapping.table"
ARN = "arn:aws:lambda:us-east-1:000000000000:function:f"
INVOKED = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions"
FILTER = 'filter_criteria {\n filter {\n pattern = jsonencode({ dynamodb = { NewImage = { kind = { S = ["tax_lots"] } } } })\n }\n }'


functions = Root(FUNCTIONS, {
    "name": "f", "package": "first.zip", "memory": 256, "hash": "", "level": "INFO", "routing": "",
    "source": "arn:aws:execute-api:us-east-1:000000000000:a/*/*/*", "batch": 50, "filter": FILTER,
})  # fmt: skip


@pytest.fixture(autouse=True)
def packages(stack: Stack) -> None:
    """Two packages of a function, in the root's folder."""
    for package, said in (("first.zip", "first"), ("second.zip", "second")):
        (stack.folder / package).write_bytes(_package(said))


def _package(said: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(zipfile.ZipInfo("handler.py"), f"def handle(event, context):\n    return '{said}'\n")
    return content.getvalue()


class TestFunctions(Life):
    root = functions
    named = {
        FUNCTION: {
            "id": "f",
            "arn": ARN,
            "version": "1",
            "qualified_arn": f"{ARN}:1",
            "invoke_arn": f"{INVOKED}/{ARN}/invocations",
        },
        ALIAS: {"id": f"{ARN}:live", "arn": f"{ARN}:live", "invoke_arn": f"{INVOKED}/{ARN}:live/invocations"},
        PERMISSION: {"id": "ApiGatewayInvokes"},
        STREAM: {"id": "{uuid}", "function_name": f"{ARN}:live", "function_arn": f"{ARN}:live"},
    }
    imported_by = {ALIAS: "f/live", PERMISSION: "f:live/ApiGatewayInvokes", STREAM: "{uuid}"}
    changes = {
        "routing": 'routing_config {\n additional_version_weights = { "1" = 0.25 }\n }',
        "batch": 60,
        "filter": "enabled = false",
    }
    updated = [ALIAS, STREAM, TABLE]
    replaced = [({"name": "other"}, [FUNCTION])]
    drifted = {**dict.fromkeys((FUNCTION, ALIAS, TABLE, STREAM), "update"), PERMISSION: "create"}

    def applied(self, stack: Stack) -> None:
        made, lambda_ = stack.resources(), stack.client("lambda")
        found = lambda_.get_function(FunctionName="f")
        function = found["Configuration"]
        assert (function["KMSKeyArn"], function["Timeout"]) == (made["aws_kms_key.k"]["arn"], 29)
        assert function["Environment"] == {"Variables": {"LEVEL": "INFO"}}
        assert function["State"] == "Active"
        assert found["Tags"] == {"Application": "provider-tests", "Purpose": "test"}
        assert lambda_.invoke(FunctionName="f", Qualifier="live")["Payload"].read() == b'"first"'
        stream, table = (lambda_.get_event_source_mapping(UUID=made[each]["uuid"]) for each in (STREAM, TABLE))
        assert (stream["BisectBatchOnFunctionError"], stream["MaximumRetryAttempts"]) == (True, 10)
        assert stream["DestinationConfig"] == {"OnFailure": {"Destination": "arn:aws:s3:::reports"}}
        assert table["FunctionArn"].endswith(":f:live")
        assert "tax_lots" in table["FilterCriteria"]["Filters"][0]["Pattern"]

    def changed(self, stack: Stack) -> None:
        lambda_ = stack.client("lambda")
        weights = {"AdditionalVersionWeights": {"1": 0.25}}
        assert lambda_.get_alias(FunctionName="f", Name="live")["RoutingConfig"] == weights
        mapping = lambda_.get_event_source_mapping(UUID=stack.resources()[TABLE]["uuid"])
        assert (mapping["State"], mapping["FilterCriteria"]["Filters"]) == ("Disabled", [])
        assert stack.plan(functions()) == dict.fromkeys(self.updated, "update")
        stack.apply(functions())
        assert "RoutingConfig" not in lambda_.get_alias(FunctionName="f", Name="live")

    def drift(self, stack: Stack) -> None:
        lambda_ = stack.client("lambda")
        table, stream = (stack.resources()[address]["uuid"] for address in (TABLE, STREAM))
        lambda_.update_function_configuration(FunctionName="f", Timeout=1, KMSKeyArn="")
        lambda_.update_alias(FunctionName="f", Name="live", FunctionVersion="$LATEST")
        lambda_.update_event_source_mapping(UUID=table, FunctionName="f")
        lambda_.update_event_source_mapping(UUID=stream, MaximumRetryAttempts=1)
        lambda_.remove_permission(FunctionName="f", Qualifier="live", StatementId="ApiGatewayInvokes")

    def left(self, stack: Stack) -> Iterable[Any]:
        lambda_ = stack.client("lambda")
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            lambda_.get_policy(FunctionName="f", Qualifier="live")
        yield from lambda_.list_functions()["Functions"]
        yield from lambda_.list_event_source_mappings()["EventSourceMappings"]


def test_a_new_source_makes_the_permission_anew(stack: Stack) -> None:
    stack.apply(functions())
    source = "arn:aws:execute-api:us-east-1:000000000000:b/*/*/*"
    assert stack.apply(functions(source=source)) == {PERMISSION: "create"}
    policy = json.loads(stack.client("lambda").get_policy(FunctionName="f", Qualifier="live")["Policy"])
    assert [each["Condition"]["ArnLike"]["AWS:SourceArn"] for each in policy["Statement"]] == [source]


def test_changed_configuration_and_code_update_in_place_and_publish_versions_that_the_alias_follows(
    stack: Stack,
) -> None:
    stack.apply(functions())
    followed = {FUNCTION: "update", ALIAS: "update"}
    assert stack.apply(functions(level="DEBUG", memory=512)) == followed
    assert stack.plan() == {}
    digest = 'source_code_hash = filebase64sha256("second.zip")'
    assert stack.apply(functions(level="DEBUG", memory=512, package="second.zip", hash=digest)) == followed
    assert stack.plan() == {}
    made = stack.resources()
    assert made[FUNCTION]["version"] == made[ALIAS]["function_version"] == "3"
    lambda_ = stack.client("lambda")
    assert lambda_.invoke(FunctionName="f", Qualifier="live")["Payload"].read() == b'"second"'
    assert lambda_.get_function_configuration(FunctionName="f", Qualifier="2")["Environment"]["Variables"] == {
        "LEVEL": "DEBUG"
    }


FURTHER = (
    ROLE
    + """
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
  role          = aws_iam_role.function.arn
  runtime       = "python3.13"
  handler       = "handler.handle"
  filename      = "${abspath(path.root)}/first.zip"
  %(settings)s
}
"""
)
SETTINGS = """
  reserved_concurrent_executions = 0
  code_sha256                    = filebase64sha256("first.zip")
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


def test_further_settings_are_made_and_unset_again_save_those_that_every_function_has(stack: Stack) -> None:
    lambda_ = stack.client("lambda")
    stack.apply(FURTHER % {"settings": SETTINGS})
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
    stack.apply(FURTHER % {"settings": SETTINGS})
    found = lambda_.get_function(FunctionName="further")
    digest = hashlib.sha256(_package("first")).digest()
    assert found["Concurrency"] == {"ReservedConcurrentExecutions": 0}
    assert found["Configuration"]["CodeSha256"] == base64.b64encode(digest).decode()
    stack.apply(FURTHER % {"settings": ""})
    assert stack.plan() == {}
    found = lambda_.get_function(FunctionName="further")
    assert "Concurrency" not in found
    assert not found["Configuration"]["DeadLetterConfig"].get("TargetArn")
    assert found["Configuration"]["EphemeralStorage"] == {"Size": 1024}
