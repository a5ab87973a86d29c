"""What a run hands to its kind, on the child's side: everything is sent to the supervisor as
messages.
"""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.module_loading import import_string

from scheduling.clock import utc_now
from scheduling.execution.channel import check_said
from scheduling.models.artifact import path_of

if TYPE_CHECKING:
    from scheduling.execution.channel import Channel
    from scheduling.kinds import Archive, HttpClient, SourceSpec

LONGEST_TEXT = 20_000
MOST_STEPS = 2**31 - 1
FRESH = timedelta(days=1)  # well below the age at which the purge drops bytes


class Means:
    """What every context offers for work: HTTP and the archive, opened when first used."""

    @cached_property
    def http(self) -> HttpClient:
        client: HttpClient = import_string(settings.RUN_HTTP)(self)
        return client

    @cached_property
    def archive(self) -> Archive:
        archive: Archive = import_string(settings.RUN_ARCHIVE)(self)
        return archive

    def close(self) -> None:
        """Close what was opened."""
        if "http" in self.__dict__:
            self.http.close()


@dataclass(kw_only=True)
class ChildContext(Means):
    """The `RunContext` of a real run."""

    run_id: int
    attempt: int
    job_name: str
    planned_at: datetime | None
    dry_run: bool
    sources: tuple[SourceSpec, ...]
    channel: Channel
    clock_offset: timedelta
    stop: threading.Event

    @property
    def idempotency_key(self) -> str:
        """The same for every attempt of the run: what a receiving system can tell doubles by."""
        return f"run-{self.run_id}"

    def now(self) -> datetime:
        return utc_now() + self.clock_offset

    def should_stop(self) -> bool:
        return self.stop.is_set()

    def log(self, text: str, *, level: str = "INFO") -> None:
        if len(text) > LONGEST_TEXT:
            text = f"{text[:LONGEST_TEXT]}… {len(text) - LONGEST_TEXT:,} characters left out"
        self._send("log", at=self.now().isoformat(), level=level[:10], text=text)

    def progress(self, done: int, total: int | None = None, phase: str = "") -> None:
        if not 0 <= done <= MOST_STEPS or not 0 <= (total or 0) <= MOST_STEPS:
            raise ValueError(f"Progress of {done} of {total}: give numbers from 0 to {MOST_STEPS}.")
        self._send("progress", done=int(done), total=total and int(total), phase=phase[:200])

    def artifact(self, name: str, body: bytes, *, media_type: str) -> None:
        digest = hashlib.sha256(body).hexdigest()
        path = path_of(digest)
        if not _is_kept(path, now=self.now()):
            default_storage.save(path, ContentFile(body))
        self._send("artifact", name=name, media_type=media_type, size=len(body), sha256=digest)

    def _send(self, kind: str, **fields: Any) -> None:
        message = {"type": kind, **fields}
        check_said(message)
        self.channel.send(message)


def _is_kept(path: str, *, now: datetime) -> bool:
    """False for old bytes too: the purge may just be dropping them."""
    kept = default_storage.exists(path)
    return kept and default_storage.get_modified_time(path) > now - FRESH
