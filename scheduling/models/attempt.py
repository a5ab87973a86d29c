from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q

from scheduling.models.bulk import Change, update_expected
from scheduling.models.run import Run
from scheduling.models.text import storable
from scheduling.models.worker import Worker
from scheduling.states import Reason


class AttemptState(models.TextChoices):
    RUNNING = "RUNNING", "running"
    SUCCEEDED = "SUCCEEDED", "succeeded"
    FAILED = "FAILED", "failed"
    CANCELLED = "CANCELLED", "cancelled"
    LOST = "LOST", "lost"


class Attempt(models.Model):
    """One try inside a run, by one worker, in one child process."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    claim_epoch = models.PositiveIntegerField()
    worker = models.ForeignKey(
        Worker, null=True, blank=True, on_delete=models.SET_NULL, related_name="attempts"
    )
    pid = models.PositiveIntegerField(null=True, blank=True)
    state = models.CharField(max_length=12, choices=AttemptState, default=AttemptState.RUNNING)
    reason = models.CharField(max_length=24, blank=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    exit_code = models.SmallIntegerField(
        null=True, blank=True, help_text="The child's exit code; minus N if signal N ended it."
    )
    error = models.TextField(blank=True)
    traceback = models.TextField(blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="attempt_number_is_unique"),
            models.CheckConstraint(
                condition=Q(state__in=AttemptState.values), name="attempt_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state="RUNNING", finished_at=None)
                | (~Q(state="RUNNING") & Q(finished_at__isnull=False)),
                name="attempt_finished_exactly_when_over",
            ),
        ]

    def __str__(self) -> str:
        return f"attempt {self.number} of run {self.run_id}"


@dataclass(frozen=True, kw_only=True)
class AttemptEnd:
    """What is known of an attempt that is over."""

    attempt: Attempt
    pid: int | None
    state: AttemptState
    reason: Reason | None = None
    exit_code: int | None = None
    error: str = ""
    traceback: str = ""

    def fields(self, now: datetime) -> dict[str, Any]:
        return {
            "state": self.state,
            "finished_at": now,
            "reason": self.reason or "",
            "pid": self.pid,
            "exit_code": self.exit_code,
            "error": storable(self.error),
            "traceback": storable(self.traceback),
        }


def end_attempts(ends: Sequence[AttemptEnd], *, now: datetime) -> None:
    """Close those attempts that are open."""
    _change_open([(each.attempt, each.fields(now)) for each in ends])


def note_pids(pids: Mapping[Attempt, int]) -> None:
    """Write down which processes make the attempts, for whoever has to clean up after this one."""
    _change_open([(attempt, {"pid": pid}) for attempt, pid in pids.items()])


def _change_open(changes: Sequence[tuple[Attempt, dict[str, Any]]]) -> None:
    is_open = {"state": AttemptState.RUNNING}
    update_expected(Attempt, [Change(attempt.pk, is_open, fields) for attempt, fields in changes])
