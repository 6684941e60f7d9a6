"""Lambda: functions, and the versions that they publish."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.provider.engine.aws import Aws, at, wait_until
from harness.provider.engine.mapping import from_api
from harness.provider.engine.resource import Plain, State
from harness.provider.engine.tagging import Tags
from harness.provider.types.function_callers import invoke_arn
from harness.provider.values import Block
from harness.terminal_states import FUNCTION

_NO_CONCURRENCY = -1
_SOURCE = {"s3_bucket": "S3Bucket", "s3_key": "S3Key", "s3_object_version": "S3ObjectVersion", "image_uri": "ImageUri"}
_CODE = ("architectures", "code_sha256", "filename", "source_code_hash", "source_kms_key_arn", *_SOURCE)
_CONFIGURATION = (
    "capacity_provider_config", "dead_letter_config", "description", "durable_config", "environment", "ephemeral_storage",
    "file_system_config", "handler", "image_config", "kms_key_arn", "layers", "logging_config", "memory_size", "role", "runtime",
    "snap_start", "timeout", "tracing_config", "vpc_config",
)  # fmt: skip
_UPDATED = (*_CODE, *_CONFIGURATION)


@dataclass(frozen=True, kw_only=True)
class _Function(Plain):
    """A function. Code, configuration, concurrency and signing are changed by operations of their own, each awaited; a change of code or
    configuration publishes a version where `publish` says so.

    `filename` is taken from the folder of the harness when it is relative, so give it absolute. Its content is not compared:
    `source_code_hash` (the configuration's own) or `code_sha256` (the target's) make a change of code show.
    """

    def creation(self, aws: Aws, block: Block, planned: State) -> dict[str, Any]:
        return {**super().creation(aws, block, planned), "Code": _code(planned)}

    def created(self, aws: Aws, block: Block, made: State) -> None:
        _await_settled(aws, made["function_name"])
        if made["reserved_concurrent_executions"] != _NO_CONCURRENCY:
            self._limit(aws, made)

    def observe(self, aws: Aws, state: State) -> Any:
        return aws.call("lambda", "GetFunction", **self.named(state))

    def observed(self, aws: Aws, block: Block, state: State, resource: Any) -> dict[str, Any]:
        configuration = resource["Configuration"]
        shape = aws.answer_shape("lambda", "GetFunctionConfiguration")
        seen = from_api(block, configuration, shape, self.names)
        seen["layers"] = at("Layers[].Arn", configuration) or None
        seen["image_config"] = _image_config(block, configuration, shape)
        seen["image_uri"] = at("Code.ImageUri", resource)
        seen["source_kms_key_arn"] = at("Code.SourceKMSKeyArn", resource)
        limit = at("Concurrency.ReservedConcurrentExecutions", resource)
        seen["reserved_concurrent_executions"] = _NO_CONCURRENCY if limit is None else limit
        if not state.get("snap_start") and at("SnapStart.ApplyOn", configuration) == "None":
            seen["snap_start"] = []  # what the API says of a function without
        seen["version"] = _latest_version(aws, state["function_name"])
        return {**seen, **_arns(aws.region, configuration["FunctionArn"].removesuffix(":$LATEST"), seen["version"])}

    def modify(self, aws: Aws, block: Block, prior: State, planned: State, changed: set[str]) -> None:
        name = planned["function_name"]
        if "code_signing_config_arn" in changed:
            _sign(aws, name, planned["code_signing_config_arn"])
        if changed & set(_CONFIGURATION):
            super().modify(aws, block, prior, planned, changed)
            _await_settled(aws, name)
        if changed & set(_CODE):
            more = {"Architectures": planned["architectures"]} if planned.get("architectures") else {}
            aws.call("lambda", "UpdateFunctionCode", FunctionName=name, **_code(planned), **more)
            _await_settled(aws, name)
        if "reserved_concurrent_executions" in changed:
            self._limit(aws, planned)
        if planned.get("publish") and changed & {"publish", *_UPDATED}:
            aws.call("lambda", "PublishVersion", FunctionName=name)

    @staticmethod
    def _limit(aws: Aws, state: State) -> None:
        name, limit = {"FunctionName": state["function_name"]}, state["reserved_concurrent_executions"]
        if limit == _NO_CONCURRENCY:
            aws.call("lambda", "DeleteFunctionConcurrency", **name)
        else:
            aws.call("lambda", "PutFunctionConcurrency", **name, ReservedConcurrentExecutions=limit)


def _code(state: State) -> dict[str, Any]:
    """Where the code is, as UpdateFunctionCode and CreateFunction's Code have it. Raises OSError for a file that is not there."""
    code: dict[str, Any] = {parameter: state[name] for name, parameter in _SOURCE.items() if state.get(name)}
    if state.get("filename"):
        code["ZipFile"] = Path(state["filename"]).read_bytes()
    if state.get("source_kms_key_arn"):
        code["SourceKMSKeyArn"] = state["source_kms_key_arn"]
    return code


def _await_settled(aws: Aws, name: str) -> None:
    """Wait until the function can be called and its last update is done. Raises DeadlineError, with the reason if either failed."""
    wait_until(
        f"function {name} active and updated",
        lambda: aws.call("lambda", "GetFunctionConfiguration", FunctionName=name),
        lambda seen: seen["State"] in ("Active", "Inactive") and seen["LastUpdateStatus"] == "Successful",
        ended=FUNCTION,
    )


def _latest_version(aws: Aws, name: str) -> str:
    """The number of the last version; "$LATEST" where none was published."""
    answer = aws.call("lambda", "ListVersionsByFunction", FunctionName=name)
    while marker := answer.get("NextMarker"):
        answer = aws.call("lambda", "ListVersionsByFunction", FunctionName=name, Marker=marker)
    return str(answer["Versions"][-1]["Version"])


def _arns(region: str, arn: str, version: str) -> dict[str, str]:
    streaming = f"2021-11-15/functions/{arn}/response-streaming-invocations"
    return {
        "arn": arn,
        "qualified_arn": f"{arn}:{version}",
        "invoke_arn": invoke_arn(region, arn),
        "qualified_invoke_arn": invoke_arn(region, f"{arn}:{version}"),
        "response_streaming_invoke_arn": f"arn:{arn.split(':')[1]}:apigateway:{region}:lambda:path/{streaming}",
    }


def _image_config(block: Block, configuration: Mapping[str, Any], shape: Any) -> list[dict[str, Any]]:
    image_config = at("ImageConfigResponse.ImageConfig", configuration)
    inner = shape.members["ImageConfigResponse"].members["ImageConfig"]
    return [from_api(block["b"]["image_config"], image_config, inner, {})] if image_config else []


def _sign(aws: Aws, name: str, signing: str | None) -> None:
    if signing:
        aws.call("lambda", "PutFunctionCodeSigningConfig", FunctionName=name, CodeSigningConfigArn=signing)
    else:
        aws.call("lambda", "DeleteFunctionCodeSigningConfig", FunctionName=name)


_PUBLISHED = dict.fromkeys(("version", "qualified_arn", "qualified_invoke_arn"), ("publish", *_UPDATED))

TYPES: dict[str, Plain] = {
    "aws_lambda_function": _Function(
        service="lambda", create="CreateFunction", made_at="", read="GetFunction", update="UpdateFunctionConfiguration",
        delete="DeleteFunction", key={"FunctionName": "function_name"}, id="{function_name}",
        names={"arn": "FunctionArn", "source_code_size": "CodeSize", "file_system_config": "FileSystemConfigs", "version": None,
               "layers": "Layers"},
        force_new=frozenset({"function_name", "package_type", "tenancy_config"}),
        defaults={"memory_size": 128, "timeout": 3, "package_type": "Zip", "reserved_concurrent_executions": _NO_CONCURRENCY},
        unmade=frozenset({"replace_security_groups_on_destroy", "replacement_security_group_ids"}),
        computed_blocks=frozenset({"ephemeral_storage", "logging_config", "tracing_config"}),
        recomputed={
            **_PUBLISHED, "last_modified": _UPDATED, "source_code_size": _CODE,
            "code_sha256": tuple(name for name in _CODE if name not in ("code_sha256", "architectures")),
        },
        cleared={
            "dead_letter_config": {"TargetArn": ""}, "environment": {"Variables": {}}, "snap_start": {"ApplyOn": "None"},
            "vpc_config": {"SubnetIds": [], "SecurityGroupIds": []},
        },
        tags=Tags(key={"Resource": "arn"}, pair=None),
    ),
}  # fmt: skip
