"""What one schedule has to say of one moment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from scheduling.actions.sentences import Sentence
from scheduling.actions.why_job import JobHistory, downtime, holds_now
from scheduling.actions.why_run import said_of_run, verdict_of_run
from scheduling.models import DailyRollup, Overlap, Run, Schedule
from scheduling.planning.audit import ALLOWANCE
from scheduling.planning.history import Tenure
from scheduling.planning.left_out import Named
from scheduling.planning.moments import Moment, clock_text
from scheduling.planning.naming import (
    clock_says,
    left_out_text,
    named_in,
    plan_says,
    rule_text,
)
from scheduling.planning.plan import Plan, due_at
from scheduling.planning.verdicts import LEFT_OUT, Ground

NOTHING, PLANNED, WRITTEN = range(3)


class Answer(NamedTuple):
    """The answer of the highest `rank` is the job's; `links` are the causes."""

    rank: int
    verdict: str
    moment: Moment
    links: Sequence[Sentence]


@dataclass(frozen=True)
class Case:
    """A schedule's definition while it was in force, and the moment that is asked about."""

    history: JobHistory
    tenure: Tenure
    plan: Plan
    moment: Moment
    now: datetime

    @cached_property
    def named(self) -> list[Named]:
        """What the definition names in the moment, as long as it was in force."""
        since, until = self.tenure.since, self.tenure.until
        return [
            each
            for each in named_in(self.plan, self.moment)
            if since < each.planned_at and (until is None or each.planned_at <= until)
        ]

    @property
    def planned_at(self) -> datetime:
        """The instant of the first of them, or the moment's start."""
        return self.named[0].planned_at if self.named else self.moment.start

    @cached_property
    def due_at(self) -> datetime:
        """When the first of them is due, or the moment's start."""
        first = next(iter(self.named), None)
        if first is None or first.ground is not None:
            return self.moment.start
        return due_at(self.plan, first.occurrence)

    @cached_property
    def holding(self) -> list[Sentence]:
        """What keeps the first of them from being planned as things are."""
        zone = self.moment.zone
        schedule = Schedule.objects.get(pk=self.tenure.schedule_id)
        pause = self.history.pause_at(self.planned_at, zone)
        return [*pause, *holds_now(self.history.job, schedule, zone)]

    @cached_property
    def is_purged(self) -> bool:
        """True if rows of its time have made way for daily sums."""
        job = self.history.job.pk
        whole_since = DailyRollup.objects.filter(job=job).newest_days().get(job)
        return whole_since is not None and self.due_at <= whole_since

    @cached_property
    def run(self) -> Run | None:
        """The ledger's row for the first of them, or what else it has for the moment."""
        rows = Run.objects.filter(schedule=self.tenure.schedule_id).select_related("job")
        if not self.named:
            within = rows.filter(planned_at__gte=self.moment.start, planned_at__lt=self.moment.end)
            return within.filter(covers_until=None).exclude(reason=Ground.DST_GAP).first()
        first = self.named[0]
        single = rows.filter(planned_at=first.planned_at).first()
        if single is not None:
            return single
        ranges = rows.filter(planned_at__lt=first.planned_at, covers_until__gte=first.planned_at)
        if first.ground is not None:
            return ranges.filter(reason=first.ground).first()
        return ranges.exclude(reason__in=LEFT_OUT).first()


def answer(case: Case) -> Answer:
    """The chain from the rule to what became of it."""
    links = [
        Sentence(f"Schedule {case.tenure.schedule_id}: {rule_text(case.plan)}."),
        Sentence(clock_says(case.moment)),
        *map(Sentence, _naming(case)),
    ]
    if case.run is not None:
        verdict = verdict_of_run(case.run, now=case.now)
        return Answer(WRITTEN, verdict, case.moment, [*links, *_of_row(case, case.run)])
    if case.named:
        return Answer(PLANNED, _outlook(case), case.moment, [*links, *_of_outlook(case)])
    return Answer(NOTHING, _nothing(case), case.moment, links)


def _naming(case: Case) -> list[str]:
    """What the rule says of the moment, unless its definition was not in force at that instant."""
    tenure, zone = case.tenure, case.moment.zone
    if case.named or not named_in(case.plan, case.moment):
        return plan_says(case.plan, case.moment, case.named)
    until = f", up to {clock_text(tenure.until, zone)}" if tenure.until else ""
    since = clock_text(tenure.since, zone)
    return [f"The rule names this time, but was in force only after {since}{until}."]


def _nothing(case: Case) -> str:
    return f"Nothing {'is' if case.moment.start > case.now else 'was'} planned then."


def _of_row(case: Case, run: Run) -> Iterator[Sentence]:
    if not case.named:
        text = f"The ledger has run {run.pk} for it, which the rule in force did not name."
        yield Sentence(text, run_id=run.pk)
    yield from said_of_run(run, case.moment.zone, now=case.now)
    yield from _circumstances(case)


def _circumstances(case: Case) -> Iterator[Sentence]:
    """A pause, and a time without a scheduler."""
    yield from case.history.pause_at(case.planned_at, case.moment.zone)
    if case.due_at <= case.now:
        yield from downtime(case.due_at, case.moment.zone, now=case.now)


def _outlook(case: Case) -> str:
    """What is to become of an occurrence that has no row yet."""
    first = case.named[0]
    if first.ground is not None:
        return f"It {_will(case)} not run: {_lower(left_out_text(case.plan, first))}"
    if case.is_purged:
        at = clock_text(case.due_at, case.moment.zone)
        return f"It was due at {at}. Its row is no longer kept: only sums of that day's runs are."
    if case.holding:
        return f"It {_will(case)} not run as things are: {_lower(case.holding[0].text)}"
    at = clock_text(case.due_at, case.moment.zone)
    if case.due_at > case.now:
        return f"It will run at {at}."
    if case.now - case.due_at <= ALLOWANCE:
        return "It is due just now."
    return f"It was due at {at}, and the scheduler has not written down what became of it."


def _will(case: Case) -> str:
    return "will" if case.due_at > case.now else "did"


def _lower(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]


def _of_outlook(case: Case) -> Iterator[Sentence]:
    yield from case.holding
    if case.due_at <= case.now:
        if case.holding:
            yield Sentence("What a hold passes over is written down when it ends.")
        yield from downtime(case.due_at, case.moment.zone, now=case.now)
        return
    job = case.history.job
    for active in Run.objects.active().in_schedule_lane().filter(job=job)[:1]:
        text = (
            f"Run {active.pk} is active. If it still is by then, the job's policy is: "
            f"{Overlap(job.overlap).label}."
        )
        yield Sentence(text, run_id=active.pk)
