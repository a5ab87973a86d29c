"""Questions in the ledger: missed runs that wait for a person's word (misfire policy `ask`)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from django.db import transaction

from scheduling.actions.wake import wake_engines
from scheduling.events import emit
from scheduling.models import Job, Run, Schedule
from scheduling.states import Reason, RunState


class Answer(StrEnum):
    RUN_LATEST = "run_latest"
    RUN_ALL = "run_all"
    DROP = "drop"


class NothingToAnswer(ValueError):
    """Nothing of the schedule waits for an answer: somebody was faster, or the job is removed."""


def answer(*, schedule: Schedule, answer: Answer, by: str, now: datetime) -> int:
    """Say what becomes of the schedule's missed runs; return how many will run.

    Raises NothingToAnswer.
    """
    with transaction.atomic():
        job = Job.objects.locked().get(pk=schedule.job_id)
        open_questions = Run.objects.unanswered().filter(schedule=schedule).order_by("planned_at")
        asked = list(open_questions.select_for_update(no_key=True))
        if not asked:
            raise NothingToAnswer(
                f"Nothing of {job.name} waits for an answer any more: somebody was faster."
            )
        kept = {Answer.RUN_LATEST: asked[-1:], Answer.RUN_ALL: asked, Answer.DROP: []}[answer]
        _leave_out(asked[: len(asked) - len(kept)], kept, by=by, now=now)
        number = sum(run.let_run(by=by, now=now) for run in kept)
        wake_engines()
    emit("question_answered", area="runs", job=job.pk, answer=answer, runs=number, by=by)
    return number


def _leave_out(dropped: Sequence[Run], kept: Sequence[Run], *, by: str, now: datetime) -> None:
    """End the runs that the answer leaves out: covered by the one that is kept, or cancelled."""
    for run in dropped:
        if kept:
            run.finish(
                RunState.MISSED,
                reason=Reason.COALESCED,
                who=by,
                now=now,
                covered_by_planned_at=kept[-1].planned_at,
            )
        else:
            run.finish(RunState.CANCELLED, reason=Reason.CANCELLED_BY_USER, who=by, now=now)
