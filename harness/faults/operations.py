"""Which service and operation a request is for: from its signature, its target header, its Action, or its path in botocore's models."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any
from urllib.parse import parse_qsl

import botocore.session
from botocore.awsrequest import create_request_object, prepare_request_dict
from botocore.exceptions import UnknownServiceError
from botocore.serialize import create_serializer

from harness.faults.messages import Request

SAME_SIGNATURE = {"dynamodb": ("dynamodb", "dynamodbstreams"), "appconfig": ("appconfig", "appconfigdata")}
"""Services of boto3 that sign by one name: tried in this order."""
OTHER_NAMES = {"elasticloadbalancing": "elbv2", "monitoring": "cloudwatch", "email": "ses"}
DATABASE = "postgresql"
"""The service of calls to the database, which a rule for every service is not for."""
INVOKE_API = re.compile(r"/(restapis/[^/]+/[^/]+/_user_request_|_aws/execute-api/)")
_CBOR = re.compile(r"/service/[^/]+/operation/([^/]+)")
_CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/[^/]+/[^/]+/([^/]+)/aws4_request")
_RESOURCE = re.compile(
    r'"(?:TableName|QueueUrl|EventBusName|StreamName)":\s*"([^"]+)"|"RequestItems":\s*\{\s*"([^"]+)"|^COMMIT (\w+)'
)
_PLACEHOLDER = re.compile(r"\{([^}]+)\}")


@dataclass(frozen=True)
class Call:
    """What a request asks: boto3's service name, the operation ('' unknown), the access key that signed, the protocol of answers."""

    service: str
    operation: str
    access_key: str
    protocol: str

    @property
    def name(self) -> str:
        """`service:Operation`."""
        return f"{self.service}:{self.operation}"

    @property
    def reads(self) -> bool:
        """Whether the operation only reads, by its name."""
        return self.operation.startswith(("Get", "List", "Describe", "Head", "Query", "Scan", "BatchGet", "Lookup"))


def call_of(request: Request) -> Call:
    """The call that a request makes. Never fails: what cannot be told is ''."""
    access_key, signed_for = _signature(request)
    prefix, _, action = request.header("x-amz-target").rpartition(".")
    if action:
        return Call(_by_prefix(signed_for, prefix), action, access_key, "json")
    if INVOKE_API.search(request.path) or signed_for == "execute-api":
        return Call("execute-api", "Invoke", access_key, "rest-json")
    if remote := _CBOR.fullmatch(request.path):
        return Call(OTHER_NAMES.get(signed_for, signed_for), remote[1], access_key, "smithy-rpc-v2-cbor")
    form = _form(request)
    if "Action" in form:
        return Call(_by_version(signed_for, form.get("Version", "")), form["Action"], access_key, "query")
    for name in SAME_SIGNATURE.get(signed_for, (OTHER_NAMES.get(signed_for, signed_for or "s3"),)):
        model = _model(name)
        found = model.operation(request) if model else ""
        if model and found:
            return Call(name, found, access_key, model.protocol)
    return Call(signed_for, "", access_key, "rest-xml" if signed_for in ("", "s3") else "rest-json")


def resource_of(call: Call, request: Request) -> str:
    """Return what a call is on: the table, queue, bucket, stream or bus that it names, or the table that its transaction wrote first."""
    if call.service == "s3":
        return request.path.split("/")[1]
    found = _RESOURCE.search(request.body.decode("utf-8", "replace"))
    return next((name for name in found.groups() if name), "").rpartition("/")[2] if found else ""


def _signature(request: Request) -> tuple[str, str]:
    """Access key and signing name, from the header or a presigned query."""
    found = _CREDENTIAL.search(request.header("authorization"))
    if not found and "X-Amz-Credential" in request.query:
        found = _CREDENTIAL.search("Credential=" + dict(parse_qsl(request.query)).get("X-Amz-Credential", ""))
    return (found[1], found[2]) if found else ("", "")


def _form(request: Request) -> dict[str, str]:
    if "Action=" in request.query:
        return dict(parse_qsl(request.query))
    if request.header("content-type").startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
    return {}


def _by_prefix(signed_for: str, prefix: str) -> str:
    for name in SAME_SIGNATURE.get(signed_for, ()):
        model = _model(name)
        if model and model.target_prefix == prefix:
            return name
    return OTHER_NAMES.get(signed_for, signed_for) or _PREFIXES.get(prefix) or prefix.partition("_")[0].lower()


_PREFIXES = {
    "AmazonSQS": "sqs", "TrentService": "kms", "AWSEvents": "events", "AmazonEC2ContainerServiceV20141113": "ecs",
    "AmazonEC2ContainerRegistry_V20150921": "ecr",
}  # fmt: skip
"""Of unsigned requests, where the prefix of the target does not begin with the service's name."""

_VERSIONS = {"2010-05-08": "iam", "2011-06-15": "sts", "2010-03-31": "sns", "2012-11-05": "sqs", "2014-10-31": "rds"}


def _by_version(signed_for: str, version: str) -> str:
    """The service of a query request: unsigned ones (AssumeRoleWithWebIdentity) are told by their API version."""
    return OTHER_NAMES.get(signed_for, signed_for) or _VERSIONS.get(version, "")


@dataclass(frozen=True)
class _Path:
    operation: str
    method: str
    path: re.Pattern[str]
    query: Mapping[str, str]
    required_query: frozenset[str]
    required_headers: frozenset[str]
    fixed: int

    def weight(self, request: Request, query: Mapping[str, str]) -> int | None:
        """How closely it fits; None where it does not."""
        if self.method != request.method or not self.path.fullmatch(request.path):
            return None
        if any(query.get(name) != value for name, value in self.query.items()) or self.required_query - query.keys():
            return None
        if any(not request.header(name) for name in self.required_headers):
            return None
        return self.fixed + 10 * (len(self.query) + len(self.required_query) + len(self.required_headers))


class _Model:
    """The REST paths of one service."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self.protocol = str(model.metadata["protocol"])
        self.signing_name = str(model.signing_name)
        self.target_prefix = str(model.metadata.get("targetPrefix", ""))

    @cached_property
    def _paths(self) -> list[_Path]:
        """Of two operations at one path (S3's GetBucketLifecycle…) the deprecated one is not meant."""
        operations = [self._model.operation_model(name) for name in self._model.operation_names]
        return [self._path(operation) for operation in operations if not operation.deprecated]

    @staticmethod
    def _path(operation: Any) -> _Path:
        uri, _, query = str(operation.http.get("requestUri", "/")).partition("?")
        pattern, fixed = "", 0
        for number, part in enumerate(_PLACEHOLDER.split(uri.rstrip("/") or "/")):
            if number % 2 == 0:
                pattern, fixed = pattern + re.escape(part), fixed + len(part)
            else:
                pattern += ".+" if part.endswith("+") else "[^/]+"
        required_query, required_headers = _required(operation.input_shape)
        return _Path(
            operation.name, str(operation.http.get("method", "POST")), re.compile(pattern + "/?"),
            dict(parse_qsl(query, keep_blank_values=True)), required_query, required_headers, fixed,
        )  # fmt: skip

    def operation(self, request: Request) -> str:
        """The operation whose path fits best; '' where none does."""
        query = dict(parse_qsl(request.query, keep_blank_values=True))
        fits = [
            (weight, -len(path.operation), path.operation)
            for path in self._paths
            if (weight := path.weight(request, query)) is not None
        ]
        return max(fits)[2] if fits else ""


def _required(shape: Any) -> tuple[frozenset[str], frozenset[str]]:
    """Names of the query parameters and headers without which an operation cannot be meant."""
    names: dict[str, set[str]] = {"querystring": set(), "header": set()}
    for name in shape.required_members if shape else ():
        member = shape.members[name].serialization
        if member.get("location") in names:
            names[member["location"]].add(member.get("name", name))
    return frozenset(names["querystring"]), frozenset(names["header"])


def request_for(call: Call, operation: str, parameters: Mapping[str, Any], host: str) -> Request:
    """Return the request, unsigned, that boto3 would send to `host` for another operation of the call's service."""
    model = _session().get_service_model(call.service)
    serializer = create_serializer(model.metadata["protocol"], include_validation=False)
    made = serializer.serialize_to_request(parameters, model.operation_model(operation))
    prepare_request_dict(made, f"http://{host}")
    prepared: Any = create_request_object(made).prepare()
    body = prepared.body or b""
    headers = [
        (name, value.decode() if isinstance(value, bytes) else str(value)) for name, value in prepared.headers.items()
    ]
    target = prepared.url.removeprefix(f"http://{host}") or "/"
    return Request(
        prepared.method, target, [("Host", host), *headers], body.encode() if isinstance(body, str) else body
    )


def signing_name(service: str) -> str:
    """Return the name for which requests to `service` (boto3's name) are signed; of a service that has no model, its own."""
    model = _model(service)
    return model.signing_name if model else service


@cache
def _session() -> Any:
    return botocore.session.Session()


@cache
def _model(service: str) -> _Model | None:
    try:
        return _Model(_session().get_service_model(service))
    except UnknownServiceError:
        return None
