from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q

from scheduling.models.run import Run, storable
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

    def note_pid(self, pid: int) -> None:
        self.pid = pid
        self.save(update_fields=["pid"])

    def end(
        self,
        state: AttemptState,
        *,
        now: datetime,
        reason: Reason | None = None,
        exit_code: int | None = None,
        error: str = "",
        traceback: str = "",
    ) -> bool:
        """Close the attempt; False if it is closed already."""
        return bool(
            Attempt.objects.filter(pk=self.pk, state=AttemptState.RUNNING).update(
                state=state,
                finished_at=now,
                reason=reason or "",
                exit_code=exit_code,
                error=storable(error),
                traceback=storable(traceback),
            )
        )
