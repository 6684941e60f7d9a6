"""What service and operation a request is for, told from the request that boto3 itself makes."""

from typing import Any

import pytest

from harness.faults.messages import Request
from harness.faults.operations import Call, call_of
from tests.unit.faults.boto3_requests import sent_by_boto3

CALLS = [
    ("kinesis", "put_record", {"StreamName": "s", "Data": b"x", "PartitionKey": "p"}),
    ("lambda", "invoke", {"FunctionName": "f"}),
    ("lambda", "get_function_configuration", {"FunctionName": "f"}),
    ("lambda", "list_tags", {"Resource": "arn:aws:lambda:us-east-1:000000000000:function:f"}),
    ("apigateway", "get_tags", {"resourceArn": "arn:aws:apigateway:us-east-1::/restapis/a1b2c3"}),
    ("dynamodb", "put_item", {"TableName": "t", "Item": {}}),
    ("dynamodbstreams", "list_streams", {}),
    ("sqs", "send_message", {"QueueUrl": "http://127.0.0.1/q", "MessageBody": "b"}),
    ("ecs", "describe_services", {"services": ["s"]}),
    ("rds", "describe_db_instances", {}),
    ("s3", "list_buckets", {}),
    ("s3", "create_bucket", {"Bucket": "b"}),
    ("s3", "put_object", {"Bucket": "b", "Key": "a/b c"}),
    ("s3", "copy_object", {"Bucket": "b", "Key": "k", "CopySource": "b/other"}),
    ("s3", "upload_part", {"Bucket": "b", "Key": "k", "PartNumber": 1, "UploadId": "u"}),
    ("s3", "get_object", {"Bucket": "b", "Key": "k"}),
    ("s3", "get_object_tagging", {"Bucket": "b", "Key": "k"}),
    ("s3", "head_object", {"Bucket": "b", "Key": "k"}),
    ("s3", "list_objects_v2", {"Bucket": "b"}),
    ("s3", "list_objects", {"Bucket": "b"}),
    ("s3", "get_bucket_versioning", {"Bucket": "b"}),
    ("s3", "get_bucket_lifecycle_configuration", {"Bucket": "b"}),
    ("s3", "delete_objects", {"Bucket": "b", "Delete": {"Objects": [{"Key": "k"}]}}),
    ("events", "put_events", {"Entries": [{}]}),
    ("sns", "publish", {"Message": "m"}),
    ("appconfig", "get_deployment", {"ApplicationId": "a", "EnvironmentId": "e", "DeploymentNumber": 1}),
    ("appconfigdata", "get_latest_configuration", {"ConfigurationToken": "t"}),
    ("apigateway", "get_method", {"restApiId": "a", "resourceId": "r", "httpMethod": "GET"}),
    ("kms", "decrypt", {"CiphertextBlob": b"x"}),
    ("iam", "get_role", {"RoleName": "r"}),
    ("sts", "get_caller_identity", {}),
    ("secretsmanager", "get_secret_value", {"SecretId": "s"}),
    ("ecr", "describe_repositories", {}),
    ("codecommit", "list_repositories", {}),
    ("codebuild", "list_projects", {}),
    ("codedeploy", "list_applications", {}),
    ("codepipeline", "list_pipelines", {}),
    ("logs", "describe_log_groups", {}),
    ("cloudwatch", "describe_alarms", {"AlarmNames": ["a"]}),
]


@pytest.mark.parametrize(("service", "method", "parameters"), CALLS, ids=lambda value: str(value)[:30])
def test_the_service_and_operation_of_a_request_are_told(service: str, method: str, parameters: dict[str, Any]) -> None:
    request, operation = sent_by_boto3(service, method, parameters)
    call = call_of(request)
    assert (call.name, call.access_key) == (f"{service}:{operation}", "AKIDEXAMPLE")


def test_a_call_of_an_api_is_told_by_its_path_although_nothing_signs_it() -> None:
    call = call_of(Request("GET", "/restapis/abc/live/_user_request_/positions"))
    assert call == Call("execute-api", "Invoke", "", "rest-json")


def test_what_cannot_be_told_is_no_error() -> None:
    assert call_of(Request("BREW", "/coffee?x", [("Authorization", "Basic x")], b"\xff")).operation == ""
