"""Changes to what is in a request or an answer. Each tells whether it changed anything: a rule that found nothing has not fired."""

import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from harness.faults.bodies import Body, body_of, query_of
from harness.faults.messages import Answer, Request, with_header

CHECKSUMS = ("x-amz-crc32", "content-md5")


def edit_request(request: Request, change: Mapping[str, Any]) -> bool:
    """Changes a request in place; it has to be signed again afterwards."""
    place, before = change["in"], (request.target, list(request.headers), request.body)
    if change["kind"] == "headers":
        for name, value in change["values"].items():
            request.headers = with_header(request.headers, name, value)
    elif change["kind"] == "replace":
        _replace_in_request(request, place, change)
    elif place == "query":
        body = query_of(request.query)
        if _edit(body, change):
            request.target = f"{request.path}?{body.encoded().decode()}"
    else:
        request.body = _edited(request.body, request.header("content-type"), change)
    if request.body != before[2]:
        request.headers = without_checksums(request.headers)
    return (request.target, request.headers, request.body) != before


def edit_answer(answer: Answer, change: Mapping[str, Any]) -> bool:
    """Changes an answer in place."""
    before = (list(answer.headers), answer.body)
    if change["kind"] == "headers":
        for name, value in change["values"].items():
            if value is None or change.get("always", True):
                answer.headers = with_header(answer.headers, name, value)
    elif change["kind"] == "replace":
        answer.body = _replaced(answer.body, change)
    else:
        answer.body = _edited(answer.body, answer.header("content-type"), change)
    if answer.body != before[1]:
        answer.headers = without_checksums(answer.headers)
    return (answer.headers, answer.body) != before


def _replace_in_request(request: Request, place: str, change: Mapping[str, Any]) -> None:
    if place == "request":
        request.body = _replaced(request.body, change)
        return
    parts = urlsplit(request.target)
    path, query = parts.path, parts.query
    if place == "path":
        path = re.sub(change["pattern"], change["with"], path)
    else:
        query = re.sub(change["pattern"], change["with"], query)
    request.target = f"{path}?{query}" if query else path


def _replaced(content: bytes, change: Mapping[str, Any]) -> bytes:
    """Latin-1 keeps every byte as it is, so that a pattern may be used on what is no text."""
    pattern, replacement = (change[name].encode("utf-8").decode("latin-1") for name in ("pattern", "with"))
    return re.sub(pattern, replacement, content.decode("latin-1"), flags=re.S).encode("latin-1")


def _edited(content: bytes, content_type: str, change: Mapping[str, Any]) -> bytes:
    body = body_of(content, content_type)
    return body.encoded() if body and _edit(body, change) else content


def _edit(body: Body, change: Mapping[str, Any]) -> bool:
    kind = change["kind"]
    if kind == "remove":
        return any([body.remove(path) for path in change["keys"]])
    if kind in ("set", "add"):
        act = body.put if kind == "set" else body.add
        return any([act(path, value) for path, value in change["values"].items()])
    return body.rearrange(change["list"], lambda items: rearranged(items, change))


def rearranged(items: list[Any], change: Mapping[str, Any]) -> list[Any]:
    """The items of a list as the change leaves them."""
    if change["kind"] == "reverse":
        return items[::-1]
    if change["kind"] == "double":
        return [*items, deepcopy(items[-1])] if items else items
    if change["kind"] == "half":
        return items[: (len(items) + 1) // 2] if len(items) > 1 else items
    return _without(items, change)


def _without(items: list[Any], change: Mapping[str, Any]) -> list[Any]:
    where = change.get("where")
    fits = [number for number, item in enumerate(items) if where is None or re.search(where, str(item))]
    which = change.get("which", "last")
    gone = fits if which == "all" else fits[:1] if which == "first" else fits[-1:]
    return [item for number, item in enumerate(items) if number not in gone]


def without_checksums(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the headers without checksums of the body as it was, which would give a change away below the API."""
    return [(name, value) for name, value in headers if not _is_checksum(name.lower())]


def _is_checksum(name: str) -> bool:
    return name in CHECKSUMS or (name.startswith("x-amz-checksum-") and name != "x-amz-checksum-algorithm")


@dataclass
class Batch:
    """Remembers a batch before part of it was lost, so that the answer can say that all were taken."""

    before: list[Any]
    after: list[Any]
    answered: str

    @classmethod
    def of(cls, content: bytes, content_type: str, change: Mapping[str, Any]) -> "Batch":
        """The batch that a change to a request's list will make smaller."""
        kept: list[Any] = []

        def keep(items: list[Any]) -> list[Any]:
            kept.extend(items)
            return items

        body = body_of(content, content_type)
        if body:
            body.rearrange(change["list"], keep)
        return cls(kept, rearranged(list(kept), change), change.get("answered", ""))

    def mend(self, answer: Answer) -> None:
        """Adds to the answer's list an entry for each lost item: a copy of another's, with the lost one's Id."""
        body = body_of(answer.body, answer.header("content-type"))
        if not self.answered or body is None or answer.status >= 300:
            return

        def with_lost(entries: list[Any]) -> list[Any]:
            lost = [item for item in self.before if item not in self.after]
            return [*entries, *(_answer_for(item, entries[-1]) for item in lost)] if entries else entries

        if body.rearrange(self.answered, with_lost):
            answer.body = body.encoded()
            answer.headers = without_checksums(answer.headers)


def _answer_for(lost: Any, pattern: Any) -> Any:
    entry = deepcopy(pattern)
    if isinstance(lost, dict) and isinstance(entry, dict) and "Id" in lost:
        entry["Id"] = lost["Id"]
    return entry
