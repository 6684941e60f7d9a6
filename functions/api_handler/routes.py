"""The routes (contracts, "API"): what each asks for and answers with."""

import json
import re
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, unquote

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from botocore.exceptions import BotoCoreError, ClientError

from domain.records import RecordError
from domain.records.fields import Fields
from functions.api_handler import query, writes
from functions.api_handler.problems import Problem, bad_request, document, not_found, of_record
from functions.api_handler.reads import Tables
from functions.api_handler.settings import Settings
from sending import code_of, is_refusal

METHODS = {
    "/positions": "GET",
    "/positions/[^/]+/[^/]+": "GET, PUT, DELETE",
    "/corporate-actions": "POST",
    "/corporate-actions/[^/]+": "GET, DELETE",
    "/entitlements": "GET",
    "/entitlements/[^/]+/[^/]+": "GET",
}
PAGING = ("limit", "next_token")
_LOGGER = Logger()


def make_app(settings: Settings, dynamodb: Any, kinesis: Any) -> APIGatewayRestResolver:
    """Return the router over its clients."""
    app = APIGatewayRestResolver()
    tables = Tables(dynamodb, settings)
    _errors(app)
    _positions(app, tables, settings, kinesis)
    _corporate_actions(app, tables, settings, kinesis)
    _entitlements(app, tables)
    return app


def _positions(app: APIGatewayRestResolver, tables: Tables, settings: Settings, kinesis: Any) -> None:
    @app.get("/positions")
    def of_account() -> Response[str]:
        parameters = _parameters(app, "safekeeping_account", *PAGING)
        account = _read("safekeeping_account", parameters.get("safekeeping_account"))
        return _page("positions", *tables.positions(account, "", query.limit(parameters), parameters))

    @app.get("/positions/<account>/<isin>")
    def of_isin(account: str, isin: str) -> Response[str]:
        parameters = _parameters(app, *PAGING)
        account, isin = _read("safekeeping_account", account), _isin(isin)
        items, following = tables.positions(account, isin, query.limit(parameters), parameters)
        if not items:
            raise not_found(f"account {account} has no position in {isin}")
        return _page("positions", items, following)

    @app.put("/positions/<account>/<isin>")
    def put(account: str, isin: str) -> Response[str]:
        _parameters(app)
        fixed = {"record_type": "position", "safekeeping_account": _read("safekeeping_account", account)}
        body = writes.with_fixed(writes.read_object(_body(app)), {**fixed, "isin": _isin(isin)})
        return _accepted(writes.send(kinesis, settings.position_stream_name, fixed["safekeeping_account"], body))

    @app.delete("/positions/<account>/<isin>")
    def delete(account: str, isin: str) -> Response[str]:
        parameters = _parameters(app, "as_of_date", "safekeeping_place", "sequence")
        account, isin = _read("safekeeping_account", account), _isin(isin)
        record = _zero(account, isin, parameters)
        source = tables.source_of(account, isin, record["safekeeping_place"])
        if source is None:
            raise not_found(f"no position of {account} in {isin} at that place")
        body = {**record, "source": source}
        return _accepted(writes.send(kinesis, settings.position_stream_name, account, body))


def _corporate_actions(app: APIGatewayRestResolver, tables: Tables, settings: Settings, kinesis: Any) -> None:
    def accept(body: dict[str, Any], event_id: str) -> Response[str]:
        sent = writes.send(kinesis, settings.position_stream_name, event_id, body)
        return _accepted(
            {"corporate_action_event_id": event_id, **sent}, f"/corporate-actions/{quote(event_id, safe='')}"
        )

    @app.post("/corporate-actions")
    def announce() -> Response[str]:
        _parameters(app)
        raw = writes.read_object(_body(app))
        event_id = _read("corporate_action_event_id", raw.get("corporate_action_event_id"))
        return accept(writes.with_fixed(raw, {"record_type": "corporate_action"}), event_id)

    @app.get("/corporate-actions/<event_id>")
    def state(event_id: str) -> Response[str]:
        _parameters(app)
        return _answer(HTTPStatus.OK, _known(tables, _read("corporate_action_event_id", event_id)))

    @app.delete("/corporate-actions/<event_id>")
    def cancel(event_id: str) -> Response[str]:
        _parameters(app)
        event_id = _read("corporate_action_event_id", event_id)
        version = int(_known(tables, event_id)["version"]) + 1
        body = {"record_type": "corporate_action", "function": "CANC", "version": version}
        return accept({**body, "corporate_action_event_id": event_id}, event_id)


def _entitlements(app: APIGatewayRestResolver, tables: Tables) -> None:
    @app.get("/entitlements")
    def listed() -> Response[str]:
        parameters = _parameters(app, "safekeeping_account", "corporate_action_event_id", *PAGING)
        named = [name for name in ("safekeeping_account", "corporate_action_event_id") if name in parameters]
        if len(named) != 1:
            raise bad_request("name either safekeeping_account or corporate_action_event_id", reason="missing_field")
        value, limit = _read(named[0], parameters[named[0]]), query.limit(parameters)
        read = tables.entitlements_of_account if named == ["safekeeping_account"] else tables.entitlements_of_event
        return _page("entitlements", *read(value, limit, parameters))

    @app.get("/entitlements/<event_id>/<account>")
    def of_holder(event_id: str, account: str) -> Response[str]:
        _parameters(app)
        event_id, account = _read("corporate_action_event_id", event_id), _read("safekeeping_account", account)
        items = tables.entitlements(event_id, account)
        if not items:
            raise not_found(f"account {account} has no current entitlement from {event_id}")
        return _page("entitlements", items, None)


def _errors(app: APIGatewayRestResolver) -> None:
    def problem(error: Problem) -> Response[str]:
        return document(error, app.current_event.path)

    def unavailable(error: Exception) -> Response[str]:
        if is_refusal(error):  # such as a key in next_token that no table has
            return problem(bad_request(f"a service refuses the request: {code_of(error)}", reason="refused_by_service"))
        _LOGGER.exception("a service failed", exc_info=error)
        detail = "a service that is needed failed; the request may be sent again"
        return document(Problem(HTTPStatus.SERVICE_UNAVAILABLE, detail), app.current_event.path)

    def failed(error: Exception) -> Response[str]:
        _LOGGER.exception("a request failed", exc_info=error)
        detail = "the request failed here; the log of this function says why"
        return document(Problem(HTTPStatus.INTERNAL_SERVER_ERROR, detail), app.current_event.path)

    app.exception_handler(Exception)(failed)
    app.exception_handler(Problem)(problem)
    app.exception_handler([ClientError, BotoCoreError])(unavailable)

    @app.not_found
    def no_route(_error: Exception) -> Response[str]:
        path = app.current_event.path
        allowed = [methods for pattern, methods in METHODS.items() if re.fullmatch(pattern, path)]
        if not allowed:
            return document(not_found(f"no resource has the path {path}"), path)
        detail = f"{app.current_event.http_method} is not for {path}"
        return document(Problem(HTTPStatus.METHOD_NOT_ALLOWED, detail, headers={"Allow": allowed[0]}), path)


def _body(app: APIGatewayRestResolver) -> str | None:
    try:
        return app.current_event.decoded_body
    except ValueError as error:  # base64 or UTF-8
        raise bad_request("the body is not UTF-8 text", reason="not_json") from error


def _parameters(app: APIGatewayRestResolver, *known: str) -> dict[str, str]:
    parameters = dict(app.current_event.query_string_parameters or {})
    query.check_names(parameters, known)
    return parameters


def _read(name: str, value: object) -> str:
    """Return an identifier of path, query or body, as the domain reads it. Raises Problem."""
    try:
        return Fields({name: unquote(value) if isinstance(value, str) else value}).identifier(name)
    except RecordError as error:
        raise of_record(error) from error


def _isin(value: str) -> str:
    try:
        return Fields({"isin": unquote(value)}).isin("isin")
    except RecordError as error:
        raise of_record(error) from error


def _zero(account: str, isin: str, parameters: dict[str, str]) -> dict[str, Any]:
    """Return the position record that a DELETE stands for: settled quantity 0. Raises Problem for a bad parameter."""
    sequence = parameters.get("sequence", "")
    if not (sequence.isascii() and sequence.isdigit() and len(sequence) < 19):
        raise bad_request("sequence must be an integer of at least 0", "sequence", "not_an_integer")
    fields = Fields({**parameters})
    try:
        place, day = fields.identifier("safekeeping_place"), fields.needed_date("as_of_date")
    except RecordError as error:
        raise of_record(error) from error
    return {
        "record_type": "position",
        "safekeeping_account": account,
        "isin": isin,
        "safekeeping_place": place,
        "as_of_date": day.isoformat(),
        "settled_quantity": "0",
        "sequence": int(sequence),
    }


def _known(tables: Tables, event_id: str) -> dict[str, Any]:
    state = tables.corporate_action(event_id)
    if state is None:
        raise not_found(f"no corporate action {event_id} has been processed")
    return state


def _page(name: str, items: list[dict[str, Any]], following: str | None) -> Response[str]:
    return _answer(HTTPStatus.OK, {name: items} | ({"next_token": following} if following else {}))


def _accepted(body: dict[str, Any], location: str = "") -> Response[str]:
    return _answer(HTTPStatus.ACCEPTED, body, {"Location": location} if location else None)


def _answer(status: HTTPStatus, body: dict[str, Any], headers: dict[str, str] | None = None) -> Response[str]:
    return Response(int(status), "application/json", json.dumps(body), headers={**(headers or {})})
