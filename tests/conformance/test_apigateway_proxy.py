"""A function behind an API: the event that it gets, and what its answer becomes; an authorizer before it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.deadline import wait_for
from harness.scenarios.scenario import scenario
from tests.conformance.deployed_apis import STAGE, Answer, ask_api
from tests.conformance.makers import Cleanup, a_function, a_rest_api, account, new_name, require_runs

pytestmark = scenario(
    service="apigateway",
    lane="data plane",
    feature="Lambda proxy integration",
    aws="apigateway-guide:set-up-lambda-proxy-integrations",
)
ERROR = {"message": "Internal server error"}
SECONDS = 60
"""How long a deployment or the permission of an integration may take to be known."""
ECHO = 'import json\n\n\ndef handle(event, context):\n    return {"statusCode": 200, "body": json.dumps(event)}\n'
ANSWER = 'import json\n\n\ndef handle(event, context):\n    return json.loads(event["body"])\n'
AUTHORIZER = """
def handle(event, context):
    token = event["authorizationToken"]
    if token == "unauthorized":
        raise Exception("Unauthorized")
    if token == "malformed":
        return {"principalId": "desk"}
    effect = "Allow" if token == "allow" else "Deny"
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": event["methodArn"]}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return {"principalId": "desk", "policyDocument": document, "context": {"group": "tax", "type": event["type"]}}
"""


@dataclass(frozen=True)
class Proxy:
    """An API that gives every request below its root to a function."""

    aws: AwsClients
    id: str
    account: str

    def ask(self, path: str, method: str = "GET", body: Any = None, **headers: str) -> Answer:
        """Return status, document (or text) and headers of a request; names of headers with _ for -."""
        return ask_api(self.aws, self.id, path, method, body, **headers)

    def event(self, path: str, **asked: Any) -> dict[str, Any]:
        """The event that the function gets of a request."""
        status, document, _ = self.ask(path, **asked)
        assert status == 200, f"answered {status}: {document}"
        return dict(document)


def _invocations(aws: AwsClients, function: str) -> str:
    client = aws.client("lambda")
    arn = client.get_function_configuration(FunctionName=function)["FunctionArn"]
    allowed = {"Action": "lambda:InvokeFunction", "Principal": "apigateway.amazonaws.com"}
    client.add_permission(FunctionName=function, StatementId=new_name(), **allowed)
    return f"arn:aws:apigateway:{aws.region}:lambda:path/2015-03-31/functions/{arn}/invocations"


def _proxy(aws: AwsClients, cleanup: Cleanup, source: str, authorizer: str = "", **headers: str) -> Proxy:
    """A deployed API in front of a new function, asked with `headers` until it answers."""
    require_runs(aws, "lambda")
    gateway, api = aws.client("apigateway"), a_rest_api(aws, new_name(), cleanup)
    [root] = gateway.get_resources(restApiId=api)["items"]
    which = {"restApiId": api, "httpMethod": "ANY"}
    which["resourceId"] = gateway.create_resource(restApiId=api, parentId=root["id"], pathPart="{proxy+}")["id"]
    method = {"authorizationType": "NONE"}
    if authorizer:
        uri = _invocations(aws, a_function(aws, new_name(), cleanup, authorizer))
        kind = {"name": "desk", "type": "TOKEN", "identitySource": "method.request.header.Auth", "authorizerUri": uri}
        made = gateway.create_authorizer(restApiId=api, authorizerResultTtlInSeconds=0, **kind)
        method = {"authorizationType": "CUSTOM", "authorizerId": made["id"]}
    gateway.put_method(**which, **method)
    uri = _invocations(aws, a_function(aws, new_name(), cleanup, source))
    gateway.put_integration(**which, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri)
    gateway.create_deployment(restApiId=api, stageName=STAGE)
    proxy, asked = Proxy(aws, api, account(aws)), {"body": {"statusCode": 200}, "method": "POST", **headers}
    wait_for("the API answers", lambda: proxy.ask("/ready", **asked)[0], (200).__eq__, SECONDS)
    return proxy


@pytest.fixture(scope="module")
def echo(aws: AwsClients, module_cleanup: Cleanup) -> Proxy:
    """An API whose function answers the event that it gets."""
    return _proxy(aws, module_cleanup, ECHO)


@pytest.fixture(scope="module")
def answering(aws: AwsClients, module_cleanup: Cleanup) -> Callable[[Any], tuple[int, Any, dict[str, str]]]:
    """Ask an API whose function answers the body of the request."""
    proxy = _proxy(aws, module_cleanup, ANSWER)
    return lambda answer: proxy.ask("/test", "POST", answer)


@pytest.fixture(scope="module")
def guarded(aws: AwsClients, module_cleanup: Cleanup) -> Proxy:
    """The echoing API behind an authorizer that decides by the header Auth."""
    return _proxy(aws, module_cleanup, ECHO, AUTHORIZER, Auth="allow")


@scenario("apigateway.proxy.event")
def test_a_function_is_told_method_path_and_resource(echo: Proxy) -> None:
    event = echo.event("/proxy-value")
    expected = {
        "httpMethod": "GET",
        "path": "/proxy-value",
        "resource": "/{proxy+}",
        "pathParameters": {"proxy": "proxy-value"},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "stageVariables": None,
        "body": None,
        "isBase64Encoded": False,
    }
    assert {name: event.get(name, "absent") for name in expected} == expected


@scenario("apigateway.proxy.context")
def test_a_function_is_told_the_api_its_stage_and_who_asks(echo: Proxy) -> None:
    context = echo.event("/proxy-value")["requestContext"]
    expected = {
        "apiId": echo.id,
        "accountId": echo.account,
        "stage": STAGE,
        "httpMethod": "GET",
        "path": f"/{STAGE}/proxy-value",
        "resourcePath": "/{proxy+}",
        "protocol": "HTTP/1.1",
    }
    assert {name: context.get(name) for name in expected} == expected
    assert context["identity"]["sourceIp"]
    assert {"requestId", "requestTime", "requestTimeEpoch"} <= context.keys()


@scenario("apigateway.proxy.headers")
def test_headers_keep_the_case_of_their_names(echo: Proxy) -> None:
    event = echo.event("/proxy-value", tEsT_HEADeR="aValUE")
    assert event["headers"].get("tEsT-HEADeR") == "aValUE"
    assert event["multiValueHeaders"].get("tEsT-HEADeR") == ["aValUE"]


PATHS = {
    "slash-behind": ("/proxy-value/", "/proxy-value/", "proxy-value"),
    "two-slashes": ("/proxy-value//double-slash", "/proxy-value//double-slash", "proxy-value//double-slash"),
    "encoded": (
        "/user/test%2Balias@gmail.com/plus/test+alias@gmail.com",
        "/user/test%2Balias@gmail.com/plus/test+alias@gmail.com",
        "user/test%2Balias@gmail.com/plus/test+alias@gmail.com",
    ),
}


@scenario("apigateway.proxy.paths")
@pytest.mark.parametrize(("asked", "path", "parameter"), PATHS.values(), ids=PATHS)
def test_a_path_is_told_as_it_was_asked(echo: Proxy, asked: str, path: str, parameter: str) -> None:
    event = echo.event(asked)
    assert (event["path"], event["pathParameters"]) == (path, {"proxy": parameter})


@scenario("apigateway.proxy.query")
def test_parameters_of_a_query_are_decoded(echo: Proxy) -> None:
    asked = "email=test%2Balias@gmail.com&plus=test+alias@gmail.com&url=https://www.google.com/&whitespace=foo%20bar"
    expected = {
        "email": "test+alias@gmail.com",
        "plus": "test alias@gmail.com",
        "url": "https://www.google.com/",
        "whitespace": "foo bar",
    }
    event = echo.event(f"/proxy-value?{asked}")
    assert event["queryStringParameters"] == expected
    assert event["multiValueQueryStringParameters"] == {name: [value] for name, value in expected.items()}


@scenario("apigateway.proxy.query-lists")
def test_a_parameter_given_twice_is_told_as_a_list_and_as_its_last(echo: Proxy) -> None:
    event = echo.event("/proxy-value?category=electronics&category=books&price=10&price=20&price=30")
    assert event["queryStringParameters"] == {"category": "books", "price": "30"}
    assert event["multiValueQueryStringParameters"] == {
        "category": ["electronics", "books"],
        "price": ["10", "20", "30"],
    }


MALFORMED = {
    "other-field": {"statusCode": 200, "wrongValue": "value"},
    "empty": {},
    "text": "justAString",
    "status-text": {"statusCode": "test"},
    "header-list": {"statusCode": 200, "multiValueHeaders": {"test-multi-invalid": "value1"}},
}


@scenario("apigateway.proxy.malformed", feature="error shapes")
@pytest.mark.parametrize("answer", MALFORMED.values(), ids=MALFORMED)
def test_an_answer_that_is_none_is_a_502(
    answering: Callable[[Any], tuple[int, Any, dict[str, str]]], answer: Any
) -> None:
    assert answering(answer)[:2] == (502, ERROR)


ANSWERS = {
    "status-only": ({"statusCode": 200}, 200),
    "status-text": ({"statusCode": "201"}, 201),
    "headers-only": ({"headers": {"test-header": "value"}}, 200),
    "no-headers": ({"statusCode": 200, "headers": None}, 200),
}


@scenario("apigateway.proxy.answers")
@pytest.mark.parametrize(("answer", "status"), ANSWERS.values(), ids=ANSWERS)
def test_an_answer_needs_neither_body_nor_headers(
    answering: Callable[[Any], tuple[int, Any, dict[str, str]]], answer: Any, status: int
) -> None:
    assert answering(answer)[:2] == (status, "")


@scenario("apigateway.proxy.answer-headers")
def test_headers_of_an_answer_are_sent(answering: Callable[[Any], tuple[int, Any, dict[str, str]]]) -> None:
    _, _, headers = answering({"statusCode": 200, "headers": {"test-header": "value", "header-bool": True}})
    assert (headers.get("test-header"), headers.get("header-bool")) == ("value", "true")
    assert headers.get("content-type") == "application/json"


@scenario("apigateway.proxy.answer-lists")
def test_a_header_of_several_values_is_sent_with_them_all(
    answering: Callable[[Any], tuple[int, Any, dict[str, str]]],
) -> None:
    _, _, headers = answering({"statusCode": 200, "multiValueHeaders": {"test-multi": ["value1", "value2"]}})
    assert headers.get("test-multi") == "value1, value2"


AUTHORIZERS = scenario(
    lane="security", feature="Lambda authorizer", aws="apigateway-guide:apigateway-use-lambda-authorizer"
)


@AUTHORIZERS
@scenario("apigateway.authorizer.context")
def test_a_function_is_told_whom_the_authorizer_found(guarded: Proxy) -> None:
    found = guarded.event("/positions", Auth="allow")["requestContext"]["authorizer"]
    assert (found["principalId"], found["group"], found["type"]) == ("desk", "tax", "TOKEN")


@AUTHORIZERS
@scenario("apigateway.authorizer.refused")
@pytest.mark.parametrize(
    ("headers", "status"),
    [({"Auth": "deny"}, 403), ({"Auth": "unauthorized"}, 401), ({}, 401), ({"Auth": "malformed"}, 500)],
    ids=["denied", "unauthorized", "no-token", "malformed"],
)
def test_a_request_that_the_authorizer_does_not_allow_is_refused(
    guarded: Proxy, headers: dict[str, str], status: int
) -> None:
    assert guarded.ask("/positions", **headers)[0] == status
