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
from scheduling.execution.channel import send

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from scheduling.kinds import Archive, HttpClient, SourceSpec


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
    channel: Connection
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
        self._send("log", at=self.now().isoformat(), level=level, text=text)

    def progress(self, done: int, total: int | None = None, phase: str = "") -> None:
        self._send("progress", done=done, total=total, phase=phase)

    def artifact(self, name: str, body: bytes, *, media_type: str) -> None:
        digest = hashlib.sha256(body).hexdigest()
        path = f"{digest[:2]}/{digest}"
        if not default_storage.exists(path):
            default_storage.save(path, ContentFile(body))
        self._send("artifact", name=name, media_type=media_type, size=len(body), sha256=digest)

    def _send(self, kind: str, **fields: Any) -> None:
        send(self.channel, {"type": kind, **fields})
