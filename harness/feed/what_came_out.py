"""What the system made of a feed: read through DynamoDB and S3 alone, as anyone outside may."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from boto3.dynamodb.conditions import Key

from harness.feed.lines import Line
from harness.system import System


@dataclass(frozen=True)
class WhatCameOut:
    """Positions, current entitlements and open lots of the feed's accounts; keys of the S3 objects; announced entitlements."""

    positions: list[dict[str, Any]] = field(default_factory=list)
    entitlements: list[dict[str, Any]] = field(default_factory=list)
    tax_lots: list[dict[str, Any]] = field(default_factory=list)
    calculation_keys: list[str] = field(default_factory=list)
    report_keys: list[str] = field(default_factory=list)

    def reported_accounts(self) -> set[str]:
        """The accounts that have a report of any date."""
        return {_account_of(key) for key in self.report_keys}


def accounts_of(lines: Iterable[Line]) -> list[str]:
    """The accounts that the lines name, sorted."""
    names = {line.record.get("safekeeping_account") for line in lines}
    return sorted(name for name in names if isinstance(name, str) and name)


def read_what_came_out(system: System, accounts: Sequence[str]) -> WhatCameOut:
    """Reads all of it for these accounts."""
    outputs, tables = system.outputs, system.session().resource("dynamodb", endpoint_url=system.endpoint("dynamodb"))
    entitlements = _of_accounts(tables.Table(outputs["entitlements_table_name"]), accounts)
    states = _of_accounts(tables.Table(outputs["queue_state_table_name"]), accounts, "by_account")
    return WhatCameOut(
        positions=_of_accounts(tables.Table(outputs["positions_table_name"]), accounts),
        entitlements=entitlements,
        tax_lots=[state for state in states if state["kind"] == "tax_lots"],
        calculation_keys=_calculations(system, entitlements),
        report_keys=_reports(system, set(accounts)),
    )


def _of_accounts(table: Any, accounts: Sequence[str], index: str | None = None) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    for account in accounts:
        query: dict[str, Any] = {"KeyConditionExpression": Key("safekeeping_account").eq(account)}
        if index:
            query["IndexName"] = index
        while query:
            answer = table.query(**query)
            items += answer["Items"]
            last = answer.get("LastEvaluatedKey")
            query = {**query, "ExclusiveStartKey": last} if last else {}
    return items


def _calculations(system: System, entitlements: Sequence[dict[str, Any]]) -> list[str]:
    wanted = {item["calculation_key"] for item in entitlements}
    folders = {key.rsplit("/", 1)[0] for key in wanted}
    keys = {key for folder in folders for key in _keys(system, system.outputs["calculations_bucket"], f"{folder}/")}
    return sorted(wanted & keys)


def _reports(system: System, accounts: set[str]) -> list[str]:
    keys = _keys(system, system.outputs["reports_bucket"], "reports/")
    return sorted(key for key in keys if _account_of(key) in accounts)


def _account_of(report_key: str) -> str:
    """`reports/{as_of_date}/{safekeeping_account}.json` (contracts.md, "What becomes of a record")."""
    return report_key.rsplit("/", 1)[1].removesuffix(".json")


def _keys(system: System, bucket: str, prefix: str) -> list[str]:
    pages = system.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [item["Key"] for page in pages for item in page.get("Contents", [])]
