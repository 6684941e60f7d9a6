"""What the tables hold: positions, entitlements and the state of corporate actions."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from functions.api_handler.problems import bad_request
from functions.api_handler.query import key_of, token
from functions.api_handler.settings import Settings

BY_CORPORATE_ACTION = "by_corporate_action"
_NULLABLE = (
    "isin_out",
    "currency",
    "quantity_ratio",
    "payment_currency",
    "payment_amount",
    "record_date",
    "payment_date",
)
_DESERIALIZER = TypeDeserializer()
Page = tuple[list[dict[str, Any]], str | None]


class Tables:
    """Reads of the projection. Answers are the contract's JSON, without our own keys."""

    def __init__(self, dynamodb: Any, settings: Settings) -> None:
        self._dynamodb = dynamodb
        self._settings = settings

    def positions(self, account: str, isin: str, limit: int, parameters: Mapping[str, str]) -> Page:
        """Return the newest position of each ISIN and place of an account, keys descending; `isin` may be "" for all."""
        start = key_of(parameters, {"safekeeping_account": account, "before": None})
        low, high = (f"{isin}#", f"{isin}$") if isin else ("!", "~")  # `$` follows `#`: one ISIN
        if start and not low <= start["before"] <= high:
            raise bad_request("next_token is of another list", "next_token", "invalid_next_token")
        page: list[dict[str, Any]] = []
        last = ""
        for item in self._descending(account, low, start["before"] if start else high):
            place = item["position_key"].rpartition("#")[0] + "#"
            if place == last:
                continue
            if len(page) == limit:
                return page, token({"safekeeping_account": account, "before": last})
            page.append(_without(item, "position_key"))
            last = place
        return page, None

    def source_of(self, account: str, isin: str, place: str) -> str | None:
        """Return who reports a place, the same source on every day; None if nobody ever did."""
        stated = self._descending(account, f"{isin}#{place}#", f"{isin}#{place}$")
        return next((str(item["source"]) for item in stated), None)

    def corporate_action(self, event_id: str) -> dict[str, Any] | None:
        """Return the processing state of an event, None if none arrived."""
        item = self._item(self._settings.queue_state_table, {"id": {"S": f"corporate_action:{event_id}"}})
        return None if item is None else {"entitlements": 0, "reason": None, **_without(item, "id", "kind")}

    def entitlements_of_account(self, account: str, limit: int, parameters: Mapping[str, str]) -> Page:
        """Return current entitlements of one account."""
        start = key_of(parameters, {"safekeeping_account": account, "entitlement_key": None})
        return self._entitlements("safekeeping_account", account, limit, start)

    def entitlements_of_event(self, event_id: str, limit: int, parameters: Mapping[str, str]) -> Page:
        """Return current entitlements of one event, through the index (eventually consistent)."""
        names = {"corporate_action_event_id": event_id, "safekeeping_account": None, "entitlement_key": None}
        start = key_of(parameters, names)
        return self._entitlements("corporate_action_event_id", event_id, limit, start, IndexName=BY_CORPORATE_ACTION)

    def entitlements(self, event_id: str, account: str) -> list[dict[str, Any]]:
        """Return current entitlements of one event and account, one per option."""
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=self._settings.entitlements_table,
            KeyConditionExpression="safekeeping_account = :account AND begins_with(entitlement_key, :event)",
            ExpressionAttributeValues={":account": {"S": account}, ":event": {"S": f"{event_id}#"}},
            ConsistentRead=True,
        )
        return [_entitlement(item) for page in pages for item in page["Items"]]

    def _entitlements(self, name: str, value: str, limit: int, start: Mapping[str, str] | None, **more: Any) -> Page:
        if start:
            more["ExclusiveStartKey"] = {key: {"S": text} for key, text in start.items()}
        answer = self._dynamodb.query(
            TableName=self._settings.entitlements_table,
            KeyConditionExpression=f"{name} = :value",
            ExpressionAttributeValues={":value": {"S": value}},
            Limit=limit,
            **more,
        )
        following = answer.get("LastEvaluatedKey")
        items = [_entitlement(item) for item in answer["Items"]]
        return items, token(_plain(following)) if following else None

    def _descending(self, account: str, low: str, high: str) -> Iterator[dict[str, Any]]:
        """Yield positions with keys from low to high, in descending order."""
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=self._settings.positions_table,
            KeyConditionExpression="safekeeping_account = :account AND position_key BETWEEN :low AND :high",
            ExpressionAttributeValues={":account": {"S": account}, ":low": {"S": low}, ":high": {"S": high}},
            ScanIndexForward=False,
            ConsistentRead=True,
        )
        for page in pages:
            yield from (_plain(item) for item in page["Items"])

    def _item(self, table: str, key: dict[str, Any]) -> dict[str, Any] | None:
        item = self._dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")
        return None if item is None else _plain(item)


def _entitlement(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entitlement with null where the projection has nothing: a table keeps no nulls."""
    return {**dict.fromkeys(_NULLABLE), **_without(_plain(item), "entitlement_key")}


def _plain(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _json(_DESERIALIZER.deserialize(value)) for name, value in item.items()}


def _json(value: Any) -> Any:
    """Return a value as JSON has it: DynamoDB numbers are our integers (sequence, version, revision, count)."""
    if isinstance(value, Decimal):
        return int(value)
    if isinstance(value, list):
        return [_json(member) for member in value]
    if isinstance(value, dict):
        return {name: _json(member) for name, member in value.items()}
    return value


def _without(item: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name not in names}
