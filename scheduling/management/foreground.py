"""A run context for commands that work in the foreground, outside the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from scheduling.execution.context import Means

if TYPE_CHECKING:
    from collections.abc import Callable

    from scheduling.clock import Clock
    from scheduling.kinds import JobKind, SourceSpec


@dataclass(kw_only=True)
class ForegroundContext(Means):
    """Says what a kind logs; keeps no artifacts."""

    kind: JobKind[Any]
    clock: Clock
    say: Callable[[str], object]
    run_id: int = 0
    attempt: int = 1
    planned_at: datetime | None = None
    dry_run: bool = False

    @property
    def job_name(self) -> str:
        return self.kind.title

    @property
    def idempotency_key(self) -> str:
        return f"foreground-{self.kind.slug}"

    @property
    def sources(self) -> tuple[SourceSpec, ...]:
        return self.kind.sources

    def now(self) -> datetime:
        return self.clock()

    def should_stop(self) -> bool:
        return False

    def log(self, text: str, *, level: str = "INFO") -> None:
        self.say(f"{level} {text}")

    def progress(self, done: int, total: int | None = None, phase: str = "") -> None:
        """Commands print a line per document instead."""

    def artifact(self, name: str, body: bytes, *, media_type: str) -> None:
        """There is no run to keep it with."""
