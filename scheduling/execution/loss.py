"""Runs whose process went away through no fault of theirs: semantics 9, "loss burns no attempt"."""

from __future__ import annotations

import signal
import socket
from datetime import datetime

from django.db import transaction

from scheduling.execution import process
from scheduling.models import Attempt, AttemptState, Run
from scheduling.states import Reason, RunState

MOST_LOSSES = 2


def give_back_or_end(
    run: Run, *, reason: Reason, end_as: RunState, error: str, who: str, now: datetime
) -> bool:
    """Back to PENDING if the kind is idempotent, at most twice; else `end_as`. False if it
    moved.
    """
    losses = run.lost_count + 1
    if run.snapshot["idempotent"] and losses <= MOST_LOSSES and not run.stop_requested_at:
        return run.put_back(available_at=now, reason=reason, who=who, now=now, lost_count=losses)
    if losses > MOST_LOSSES:
        reason = Reason.WORKER_LOST
    return run.finish(end_as, reason=reason, who=who, now=now, lost_count=losses, error=error)


def recover(run: Run, *, who: str, now: datetime) -> bool:
    """Take a RUNNING run from a worker that no longer serves it."""
    with transaction.atomic():
        attempt = run.attempts.filter(claim_epoch=run.claim_epoch).first()
        moved = give_back_or_end(
            run,
            reason=Reason.WORKER_LOST,
            end_as=RunState.FAILED,
            error="The process that ran it died before it could report.",
            who=who,
            now=now,
        )
        if moved and attempt is not None:
            attempt.end(AttemptState.LOST, now=now, reason=Reason.WORKER_LOST)
    if moved and attempt is not None:
        _kill_leftovers(attempt)
    return moved


def _kill_leftovers(attempt: Attempt) -> None:
    """End what the lost worker left running on this machine."""
    same_host = attempt.worker is not None and attempt.worker.host == socket.gethostname()
    if same_host and attempt.pid and process.is_group_alive(attempt.pid):
        process.kill_group(attempt.pid, signal.SIGKILL)
