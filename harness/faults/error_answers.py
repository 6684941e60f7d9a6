"""Answers that the fault layer makes itself, in the form of the service's protocol."""

import json
import re
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from harness.faults.messages import Answer, Request
from harness.faults.operations import Call

REQUEST_ID = "00000000-0000-0000-0000-000000000000"
JSON_TYPE = "application/x-amz-json-1.1"


def made_answer(call: Call, change: Mapping[str, Any], request: Request) -> Answer | None:
    """Return the answer that a rule of kind `answer` or `ignore` asks for: its body, else an error by its code, else an empty success.

    A body may echo what the rule's `pattern` finds in the request; None where that finds nothing.
    """
    status = int(change.get("status", 200))
    if "body" in change:
        found = re.search(change.get("pattern", ""), request.text, re.S)
        return (
            _typed(call, status, found.expand(change["body"]) if "pattern" in change else change["body"])
            if found
            else None
        )
    if "code" in change:
        return error_answer(call, status, change["code"], change.get("message", "made by the fault layer"))
    return success(call, status)


def success(call: Call, status: int = 200) -> Answer:
    """A success that says nothing."""
    if call.protocol == "query":
        text = (
            f"<{call.operation}Response><{call.operation}Result/><ResponseMetadata><RequestId>{REQUEST_ID}</RequestId>"
            f"</ResponseMetadata></{call.operation}Response>"
        )
        return _typed(call, status, text)
    return _typed(call, status, "" if call.protocol == "rest-xml" else "{}")


def error_answer(call: Call, status: int, code: str, message: str) -> Answer:
    """An error of this code, as clients of the call's protocol expect it."""
    if call.protocol == "query":
        kind = "Sender" if status < 500 else "Receiver"
        error = f"<Error><Type>{kind}</Type><Code>{escape(code)}</Code><Message>{escape(message)}</Message></Error>"
        text = f"<ErrorResponse>{error}<RequestId>{REQUEST_ID}</RequestId></ErrorResponse>"
        return _typed(call, status, text)
    if call.protocol == "rest-xml":
        error = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message><RequestId>{REQUEST_ID}</RequestId>"
        return _typed(call, status, f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{error}</Error>')
    answer = _typed(call, status, json.dumps({"__type": code, "message": message}))
    answer.headers.append(("x-amzn-ErrorType", code))
    return answer


def _typed(call: Call, status: int, text: str) -> Answer:
    kinds = {"json": JSON_TYPE, "rest-json": "application/json", "query": "text/xml", "rest-xml": "application/xml"}
    headers = [("Content-Type", kinds.get(call.protocol, "application/json")), ("x-amzn-RequestId", REQUEST_ID)]
    return Answer(status, headers, text.encode())
