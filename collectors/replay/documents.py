"""What a replayed site answers with, and what it may know of the world."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from hashlib import sha256
from typing import Protocol


@dataclass(frozen=True)
class Edition:
    """The state of the world that sites answer from.

    `today` decides which years and filings are published; ids in `withdrawn` left the indexes.
    """

    today: date
    withdrawn: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Document:
    """A body with the headers that real sites send along. `modified_at` is in UTC."""

    body: bytes
    media_type: str
    modified_at: datetime

    @property
    def etag(self) -> str:
        """Strong and quoted; the same bytes have the same tag at every start."""
        return f'"{sha256(self.body).hexdigest()[:16]}:0"'


class Site(Protocol):
    """One live host. `find` gets the URL path below the host, with its leading slash."""

    hosts: tuple[str, ...]
    not_found: bytes

    def find(self, path: str, edition: Edition) -> Document | None: ...


def morning(day: date) -> datetime:
    """Return 09:00 UTC of `day`: the Clerk's files bear a time in the morning."""
    return datetime.combine(day, time(9), tzinfo=UTC)
