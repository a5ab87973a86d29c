"""What an edit would change, as the form shows it before it is saved."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from scheduling.actions.forecast import run_lengths_of
from scheduling.models import Calendar, Job, Overlap
from scheduling.planning.comparison import Comparison, compare
from scheduling.planning.forecast import SimulatedJob
from scheduling.planning.plan import plan_from_json
from scheduling.planning.predicted_overlaps import PredictedOverlaps, predict_overlaps
from scheduling.planning.refusals import BadRule
from scheduling.views.words import length_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from scheduling.actions.drafts import JobDraft, ScheduleDraft
    from scheduling.planning.plan import Plan

EFFECTS: dict[str, str] = {
    Overlap.SKIP: "they are skipped",
    Overlap.QUEUE_ONE: "one waits for its turn, the others are skipped",
    Overlap.QUEUE_ALL: "they wait for their turn, as many as may",
    Overlap.REPLACE: "the run before them is cancelled",
    Overlap.ALLOW: "they run side by side, as many as may",
}


@dataclass(frozen=True, kw_only=True)
class EditComparison:
    """`dates` and the sentences on `overlaps`, or the `fault` that keeps them from being told."""

    dates: Comparison | None = None
    overlaps: tuple[str, ...] = ()
    fault: str = ""


def comparison_of(*, job: Job, draft: JobDraft, now: datetime) -> EditComparison:
    """Compare the job as it is with what was typed."""
    try:
        old, new = _plans_in_force(job), _plans_of(draft)
        policy = draft.policy()
    except BadRule as error:
        return EditComparison(fault=str(error))
    simulated = SimulatedJob(key=job.pk, plans=new, policy=policy, length=None)
    return EditComparison(
        dates=compare(old, new, now=now), overlaps=tuple(_on_overlaps(job, simulated, now))
    )


def _plans_in_force(job: Job) -> dict[int, Plan]:
    """Of the schedules that name dates now: one that is held, or cannot be read, names none."""
    plans: dict[int, Plan] = {}
    for schedule in job.schedules.live().filter(quarantine_reason=""):
        with suppress(BadRule):
            plans[schedule.pk] = schedule.plan()
    return plans


def _plans_of(draft: JobDraft) -> dict[int, Plan]:
    """By the schedule that each changes; those that are added come first, under numbers below 0."""
    wanted = {pk for schedule in draft.schedules for pk in schedule.calendars}
    calendars = list(Calendar.objects.live().filter(pk__in=wanted))
    return {
        schedule.schedule_id or place - len(draft.schedules): _plan_of(schedule, calendars)
        for place, schedule in enumerate(draft.schedules)
    }


def _plan_of(draft: ScheduleDraft, calendars: Sequence[Calendar]) -> Plan:
    blackouts = [each.definition() for each in calendars if each.pk in draft.calendars]
    return plan_from_json({**asdict(draft), "id": draft.schedule_id or "", "blackouts": blackouts})


def _on_overlaps(job: Job, simulated: SimulatedJob, now: datetime) -> Iterator[str]:
    """Whether the coming runs meet each other: ordinary ones, and slow ones."""
    lengths = run_lengths_of(job)
    if lengths is None:
        yield "Whether runs would meet is unknown: too few runs of this job have succeeded yet."
        return
    asked = {
        lengths.ninetieth: "nine in ten are shorter",
        lengths.median: f"median of the last {lengths.number}",
    }
    for length, of in sorted(asked.items()):
        found = predict_overlaps(replace(simulated, length=length), after=now)
        yield _overlap_sentence(f"With runs of {length_text(length)} ({of})", found, simulated)


def _overlap_sentence(start: str, found: PredictedOverlaps, simulated: SimulatedJob) -> str:
    if not found.met:
        return f"{start} no date meets the run before it."
    effect = EFFECTS[simulated.policy.overlap]
    return (
        f"{start} {found.met} of the next {found.dates} dates meet the run before them: {effect}."
    )
