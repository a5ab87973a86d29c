"""Runs whose process went away through no fault of theirs: semantics 9, "loss burns no attempt"."""

from __future__ import annotations

import signal
import socket
from collections.abc import Sequence
from copy import copy
from datetime import datetime, timedelta

from django.db import transaction

from scheduling.events import emit
from scheduling.execution import process
from scheduling.execution.zygote import BIRTH_SECONDS
from scheduling.models import Attempt, AttemptState, Run
from scheduling.models.attempt import AttemptEnd, end_attempts
from scheduling.models.bulk import UNWRITABLE
from scheduling.models.moves import Move, make, to_finish, to_put_back
from scheduling.states import Reason, RunState

MOST_LOSSES = 2
MOST_BIRTH = timedelta(seconds=2 * BIRTH_SECONDS)  # the zygote may be started anew for it


def to_give_back_or_end(
    run: Run,
    *,
    reason: Reason,
    end_as: RunState,
    error: str,
    who: str,
    now: datetime,
    has_begun: bool = True,
) -> Move:
    """Back to PENDING, at most twice, if the kind is idempotent or has not begun; else `end_as`."""
    losses = run.lost_count + 1
    may_go_back = (run.may_run_twice or not has_begun) and not run.stop_requested_at
    if may_go_back and losses <= MOST_LOSSES:
        return to_put_back(
            run, available_at=now, reason=reason, who=who, now=now, lost_count=losses
        )
    if losses > MOST_LOSSES:
        reason = Reason.WORKER_LOST
    return to_finish(run, end_as, reason=reason, who=who, now=now, lost_count=losses, error=error)


def recover(runs: Sequence[Run], *, who: str, now: datetime, have_begun: bool = True) -> int:
    """Take RUNNING runs from a worker that no longer serves them; return how many were taken.

    All together, or else one by one: a run of which no row can be made stays (invariant I4).
    """
    untouched = [copy(run) for run in runs]
    try:
        return _recover(runs, who=who, now=now, have_begun=have_begun)
    except UNWRITABLE:
        return sum(
            _recover_alone(run, who=who, now=now, have_begun=have_begun) for run in untouched
        )


def _recover_alone(run: Run, *, who: str, now: datetime, have_begun: bool) -> int:
    try:
        return _recover([run], who=who, now=now, have_begun=have_begun)
    except UNWRITABLE as error:
        emit("recovery_failed", level="error", run=run.pk, exc_info=error)
        return 0


def _recover(runs: Sequence[Run], *, who: str, now: datetime, have_begun: bool) -> int:
    moves = [
        to_give_back_or_end(
            run,
            reason=Reason.WORKER_LOST,
            end_as=RunState.FAILED,
            error="The process that ran it died before it could report.",
            who=who,
            now=now,
            has_begun=have_begun,
        )
        for run in runs
    ]
    with transaction.atomic():
        epochs = {move.run.pk: move.run.claim_epoch for move in make(moves)}
        attempts = [
            attempt
            for attempt in Attempt.objects.filter(run__in=epochs).select_related("worker")
            if attempt.claim_epoch == epochs[attempt.run_id]
        ]
        end_attempts([_lost(attempt) for attempt in attempts], now=now)
    for attempt in attempts:
        _kill_leftovers(attempt)
    return len(epochs)


def _lost(attempt: Attempt) -> AttemptEnd:
    return AttemptEnd(
        attempt=attempt,
        pid=attempt.pid,
        state=AttemptState.LOST,
        reason=Reason.WORKER_LOST,
    )


def _kill_leftovers(attempt: Attempt) -> None:
    """End what the lost worker left running on this machine, and nobody who got its number since.

    A child is older than the attempt that it serves, or was forked for it.
    """
    same_host = attempt.worker is not None and attempt.worker.host == socket.gethostname()
    if not (same_host and attempt.pid and process.is_group_alive(attempt.pid)):
        return
    if process.was_there(attempt.pid, attempt.started_at + MOST_BIRTH):
        process.kill_group(attempt.pid, signal.SIGKILL)
