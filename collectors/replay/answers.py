"""From a request to an answer, as values: conditional GET and error pages. No sockets here."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from collectors.replay.faults import FaultKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from collectors.replay.documents import Document, Edition, Site
    from collectors.replay.faults import Fault

CHALLENGE = (
    b"<!DOCTYPE html><html><head><title>One moment</title></head>"
    b"<body><p>Checking your browser before you continue.</p></body></html>"
)
BODILESS = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})


@dataclass(frozen=True)
class Answer:
    """What goes out; the length header is the sender's affair."""

    status: HTTPStatus
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def page(status: int, body: bytes, **headers: str) -> Answer:
    """Return a web page."""
    return Answer(HTTPStatus(status), body, {"Content-Type": "text/html", **headers})


def as_json(value: object) -> Answer:
    """Return `value` for the admin paths' client."""
    return Answer(HTTPStatus.OK, json.dumps(value).encode(), {"Content-Type": "application/json"})


def answer(
    path: str, headers: Mapping[str, str], sites: Mapping[str, Site], edition: Edition
) -> Answer:
    """Answer a GET for `/<host>/<path>`; `headers` have names in lower case."""
    host, _, rest = path.lstrip("/").partition("/")
    site = sites.get(host.lower())
    if site is None:
        known = ", ".join(sorted(sites))
        return page(HTTPStatus.NOT_FOUND, f"No site {host!r} here. Known: {known}.".encode())
    document = site.find("/" + rest, edition)
    if document is None:
        return page(HTTPStatus.NOT_FOUND, site.not_found)
    return _with_validators(document, headers)


def spoil(fault: Fault) -> Answer:
    """Return the answer of a FAIL or HTML fault."""
    if fault.kind is FaultKind.HTML:
        return page(HTTPStatus.OK, CHALLENGE)
    if fault.retry_after is None:
        return page(fault.status, CHALLENGE)
    return page(fault.status, CHALLENGE, **{"Retry-After": fault.retry_after})


def is_unchanged(document: Document, headers: Mapping[str, str]) -> bool:
    """True if the client holds these bytes. The tag decides where both are sent (RFC 9110 13)."""
    tags = headers.get("if-none-match")
    if tags is not None:
        return tags.strip() == "*" or document.etag in _weakly(tags)
    since = headers.get("if-modified-since")
    return since is not None and _is_current(document, since)


def _weakly(tags: str) -> list[str]:
    return [tag.strip().removeprefix("W/") for tag in tags.split(",")]


def _is_current(document: Document, since: str) -> bool:
    try:
        instant = parsedate_to_datetime(since)
    except ValueError:  # RFC 9110 13.1.3: a date that cannot be read is ignored
        return False
    return instant.replace(tzinfo=instant.tzinfo or UTC) >= document.modified_at


def _with_validators(document: Document, headers: Mapping[str, str]) -> Answer:
    validators = {
        "ETag": document.etag,
        "Last-Modified": format_datetime(document.modified_at, usegmt=True),
    }
    if is_unchanged(document, headers):
        return Answer(HTTPStatus.NOT_MODIFIED, headers=validators)
    return Answer(HTTPStatus.OK, document.body, {"Content-Type": document.media_type, **validators})
