"""What the jobs in the database would do: their definitions as they are now, played through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median, quantiles
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings
from django.db.models import F, Prefetch, Window
from django.db.models.functions import RowNumber

from scheduling.models import Installation, Job, Run, Schedule
from scheduling.planning.forecast import (
    Figures,
    Forecast,
    Outage,
    SimulatedJob,
    figures_by_job,
)
from scheduling.planning.plan import Plan, count
from scheduling.planning.refusals import BadRule
from scheduling.planning.simulate import Brake, simulate
from scheduling.states import RunState

if TYPE_CHECKING:
    from django.db.models import QuerySet

NEWEST_RUNS = 20
FEWEST_RUNS = 3
SMALLEST_FACTOR, LARGEST_FACTOR = 0.01, 1000.0


class ForecastRefused(ValueError):
    """The question cannot be answered as it was put; the text says what to change."""


class RunLengths(NamedTuple):
    """How long the last `number` runs that succeeded took: one in two, and nine in ten."""

    median: timedelta
    ninetieth: timedelta
    number: int


@dataclass
class Fleet:
    """`left_out` says why a job, or one of its schedules, names nothing."""

    jobs: list[SimulatedJob] = field(default_factory=list)
    names: dict[int, str] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)


class JobFigures(NamedTuple):
    """What a forecast says of one job. `length` None: how long it runs is unknown."""

    job: int
    name: str
    length: timedelta | None
    figures: Figures


def run_lengths(jobs: QuerySet[Job]) -> dict[int, RunLengths]:
    """Job -> the lengths of its last 20 runs that succeeded. Fewer than three tell nothing."""
    ran = _succeeded().filter(job__in=jobs)
    newest = Window(RowNumber(), partition_by="job", order_by=F("pk").desc())
    rows = ran.order_by().annotate(place=newest).filter(place__lte=NEWEST_RUNS)
    lengths: dict[int, list[timedelta]] = {}
    for job, started_at, finished_at in rows.values_list("job", "started_at", "finished_at"):
        if started_at is not None and finished_at is not None:
            lengths.setdefault(job, []).append(finished_at - started_at)
    return {job: _typical(found) for job, found in lengths.items() if len(found) >= FEWEST_RUNS}


def run_lengths_of(job: Job) -> RunLengths | None:
    """The same of one job: read from the newest end of its history, whatever its length."""
    rows = _succeeded().filter(job=job).order_by("-pk")[:NEWEST_RUNS]
    found = [
        finished_at - started_at
        for started_at, finished_at in rows.values_list("started_at", "finished_at")
        if started_at is not None and finished_at is not None
    ]
    return _typical(found) if len(found) >= FEWEST_RUNS else None


def _succeeded() -> QuerySet[Run]:
    return Run.objects.filter(state=RunState.SUCCEEDED, dry_run=False)


def _typical(lengths: list[timedelta]) -> RunLengths:
    seconds = [length.total_seconds() for length in lengths]
    slow = quantiles(seconds, n=10, method="inclusive")[-1]
    return RunLengths(timedelta(seconds=median(seconds)), timedelta(seconds=slow), len(seconds))


def fleet_of(jobs: QuerySet[Job]) -> Fleet:
    """The jobs as a simulation takes them. Schedules that are held name nothing."""
    live = Schedule.objects.filter(deleted_at=None)
    jobs = jobs.filter(deleted_at=None)
    lengths = run_lengths(jobs)
    fleet = Fleet()
    if Installation.objects.held().exists():
        fleet.left_out.append("All schedules are held until somebody accepts the database.")
    for job in jobs.prefetch_related(Prefetch("schedules", live, to_attr="in_force")):
        _add(fleet, job, lengths.get(job.pk))
    return fleet


def _add(fleet: Fleet, job: Job, lengths: RunLengths | None) -> None:
    """Add a job with those of its schedules that name dates."""
    if why := _why_held(job):
        fleet.left_out.append(f"{job} is left out: {why}.")
        return
    try:
        policy = job.policy()
    except BadRule as error:
        fleet.left_out.append(f"{job} is left out: {error}")
        return
    plans = _plans(fleet, job)
    if plans:
        fleet.names[job.pk] = job.name
        length = lengths.median if lengths else None
        fleet.jobs.append(
            SimulatedJob(
                key=job.pk, plans=plans, policy=policy, length=length, since=job.paused_until
            )
        )


def _why_held(job: Job) -> str:
    if job.is_quarantined:
        return f"it is held until it is repaired ({job.quarantine_reason})"
    if job.is_paused and job.paused_until is None:
        return f"it is paused until somebody resumes it ({job.paused_reason})"
    return ""


def _plans(fleet: Fleet, job: Job) -> dict[int, Plan]:
    plans: dict[int, Plan] = {}
    schedules: list[Schedule] = job.in_force  # type: ignore[attr-defined]
    for schedule in schedules:
        why = schedule.quarantine_reason
        try:
            plan = schedule.plan()
        except BadRule as error:
            why = str(error)
        if why:
            fleet.left_out.append(f"A schedule of {job} is held until it is repaired: {why}")
        else:
            plans[schedule.pk] = plan
    return plans


def forecast(
    fleet: Fleet,
    *,
    start: datetime,
    end: datetime,
    outages: Sequence[Outage] = (),
    length_factor: float = 1.0,
    most: int,
) -> Forecast:
    """Simulate [start, end). Raises ForecastRefused, also when it names more than `most` dates."""
    if end <= start:
        raise ForecastRefused("The end must lie after the start.")
    if any(outage.end <= outage.start for outage in outages):
        raise ForecastRefused("An outage must end after it begins.")
    if not SMALLEST_FACTOR <= length_factor <= LARGEST_FACTOR:
        raise ForecastRefused(
            f"Runs can take from {SMALLEST_FACTOR} to {LARGEST_FACTOR:.0f} times as long."
        )
    dates = sum(count(plan, start, end) for job in fleet.jobs for plan in job.plans.values())
    if dates > most:
        raise ForecastRefused(
            f"{dates:,} dates lie in this time; {most:,} are the most. "
            "Choose a shorter time or a single job."
        )
    return simulate(
        fleet.jobs,
        start=start,
        end=end,
        outages=outages,
        length_factor=length_factor,
        brake=Brake(settings.STORM_BURST, settings.STORM_PER_MINUTE),
    )


def figures_of_fleet(fleet: Fleet, foreseen: Forecast) -> list[JobFigures]:
    """The figures of each job that can name dates, by name."""
    found = figures_by_job(foreseen)
    rows = [
        JobFigures(job.key, fleet.names[job.key], job.length, found.get(job.key, Figures()))
        for job in fleet.jobs
    ]
    return sorted(rows, key=lambda row: (row.name.lower(), row.job))
