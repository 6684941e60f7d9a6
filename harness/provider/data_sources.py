"""The data sources of our HCL."""

from collections.abc import Mapping
from typing import Any

from harness.provider.engine.aws import Aws

_PARTITIONS = {"cn-": ("aws-cn", "amazonaws.com.cn"), "us-gov-": ("aws-us-gov", "amazonaws.com")}


def read_data_source(aws: Aws, type_name: str, config: Mapping[str, Any], region: str) -> dict[str, Any]:
    """The object of a data source; LookupError for one that is not there."""
    partition, suffix = next(
        (pair for start, pair in _PARTITIONS.items() if region.startswith(start)), ("aws", "amazonaws.com")
    )
    if type_name == "aws_caller_identity":
        caller = aws.call("sts", "GetCallerIdentity")
        account = caller["Account"]
        return {"account_id": account, "arn": caller["Arn"], "id": account, "user_id": caller["UserId"]}
    if type_name == "aws_partition":
        return {
            "id": partition,
            "partition": partition,
            "dns_suffix": suffix,
            "reverse_dns_prefix": ".".join(reversed(suffix.split("."))),
        }
    if type_name == "aws_region":
        return {"id": region, "name": region, "region": region}
    raise LookupError(
        f"{type_name} is not among the data sources that our stand-in provider can read; use PROVIDER=registry"
    )
