"""Errors as RFC 9457 problem documents."""

import json
from collections.abc import Mapping
from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from domain.records import RecordError


class Problem(Exception):
    """A request that cannot be answered as asked. `field` names what is at fault, "" for the whole request."""

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        field: str = "",
        reason: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.field = field
        self.reason = reason
        self.headers = dict(headers or {})


def bad_request(detail: str, field: str = "", reason: str = "invalid_request") -> Problem:
    """Return the problem of a request that is wrong, 400."""
    return Problem(HTTPStatus.BAD_REQUEST, detail, field, reason)


def not_found(detail: str) -> Problem:
    """Return the problem of a resource that is not there, 404."""
    return Problem(HTTPStatus.NOT_FOUND, detail, reason="not_found")


def of_record(error: RecordError) -> Problem:
    """Return 400, or 413 for a record too large, with the reason and field by which the stream would quarantine the record."""
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE if error.reason == "too_large" else HTTPStatus.BAD_REQUEST
    return Problem(status, error.detail, error.field, error.reason)


def document(problem: Problem, instance: str) -> Response[str]:
    """Return the problem document; `instance` is the request's path. `errors` names each field at fault."""
    body: dict[str, object] = {
        "type": "about:blank",
        "title": problem.status.phrase,
        "status": int(problem.status),
        "detail": problem.detail,
        "instance": instance,
    }
    if problem.reason and problem.status in (HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE):
        body["errors"] = [{"field": problem.field, "reason": problem.reason, "detail": problem.detail}]
    return Response(int(problem.status), "application/problem+json", json.dumps(body), headers={**problem.headers})
