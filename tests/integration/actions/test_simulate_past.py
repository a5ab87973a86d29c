"""`simulate(past) == ledger(past)`: the simulator foresees what the real ledger then holds.

The same day is lived through twice: by the simulator, and by the engine's own store, the claims and
the moves of runs on a database, under a clock that jumps from one event to the next.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from scheduling.actions.drafts import ScheduleDraft
from scheduling.actions.forecast import fleet_of
from scheduling.models import Calendar, DueEntry, Job, Misfire, Overlap, Run
from scheduling.planning.forecast import Fate, Outage, SimulatedRow
from scheduling.planning.simulate import Brake, simulate
from scheduling.states import Reason, RunState
from tests.factories.calendars import a_calendar, a_closure
from tests.factories.claims import candidates, claim
from tests.factories.jobs import a_job
from tests.integration.engine.ticking import TickingEngine

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
# Europe/Stockholm goes from 02:00 to 03:00 at 01:00 UTC on the 29th.
EVENING = datetime(2026, 3, 28, 18, tzinfo=UTC)
STATES = {
    Fate.RAN: RunState.SUCCEEDED,
    Fate.RUNNING: RunState.RUNNING,
    Fate.WAITING: RunState.PENDING,
    Fate.ASKED: RunState.PENDING,
    Fate.SKIPPED: RunState.SKIPPED,
    Fate.MISSED: RunState.MISSED,
    Fate.REPLACED: RunState.CANCELLED,
}
Told = dict[tuple[int, datetime], tuple[object, ...]]


class Lived:
    """An engine and its worker without threads or children: each run takes `length`."""

    def __init__(self, start: datetime, length: timedelta, outages: list[Outage]) -> None:
        self._now = start
        self._length = length
        self._outages = outages
        self._ends: dict[int, datetime] = {}
        self._engine = TickingEngine(start)

    def live_until(self, end: datetime) -> None:
        while (at := self._next_event()) is not None and at < end:
            self._now = at
            self._end_runs()
            outage = next((each for each in self._outages if each.start <= at < each.end), None)
            if outage is None:
                self._tick()
                self._claim()
            else:
                self._interrupt(outage)

    def _next_event(self) -> datetime | None:
        held = Run.objects.queued().filter(available_at__gt=self._now)
        times = [
            DueEntry.objects.earliest_due(),
            *self._ends.values(),
            *held.values_list("available_at", flat=True),
            *(outage.start for outage in self._outages),
            *(outage.end for outage in self._outages),
        ]
        ahead = [at for at in times if at is not None and at > self._now]
        return min(ahead, default=None)

    def _tick(self) -> None:
        self._engine.tick(self._now)
        for run in Run.objects.filter(state=RunState.RUNNING, stop_requested_at__isnull=False):
            run.finish(RunState.CANCELLED, who="w", now=self._now, reason=Reason.REPLACED)
            del self._ends[run.pk]

    def _claim(self) -> None:
        for run in candidates(self._now, limit=10_000):
            if claim(run, self._engine.worker, now=self._now) is not None:
                self._ends[run.pk] = self._now + self._length

    def _end_runs(self) -> None:
        for run in Run.objects.filter(
            pk__in=[pk for pk, at in self._ends.items() if at == self._now]
        ):
            run.finish(RunState.SUCCEEDED, who="w", now=self._now)
            del self._ends[run.pk]

    def _interrupt(self, outage: Outage) -> None:
        """The engine goes down: what it was at goes back, to be tried again when it is up."""
        for run in Run.objects.filter(state=RunState.RUNNING):
            reason = Reason.INTERRUPTED
            run.put_back(available_at=outage.end, reason=reason, who="w", now=self._now)
        self._ends.clear()


def in_ledger() -> Told:
    return {
        (run.schedule_id or 0, run.planned_at or EVENING): (
            run.state,
            run.reason,
            run.needs_answer,
            run.is_late,
            run.started_at,
            run.finished_at if run.started_at else None,
            run.covers_until,
            run.covers_count,
            run.covered_by_planned_at,
        )
        for run in Run.objects.all()
    }


def foreseen(rows: list[SimulatedRow]) -> Told:
    told: Told = {}
    for row in rows:
        assert (row.schedule, row.planned_at) not in told
        told[row.schedule, row.planned_at] = (
            STATES[row.fate],
            row.reason or "",
            row.fate is Fate.ASKED,
            row.is_late,
            row.started_at,
            row.ended_at if row.started_at else None,
            row.covers_until,
            row.count,
            row.verdict.coalesced_into,
        )
    return told


def rules(calendar: Calendar) -> tuple[ScheduleDraft, ...]:
    """Three schedules that meet each other, a jump of the clock, a blackout, and jitter."""
    zone = "Europe/Stockholm"
    return (
        ScheduleDraft(rule={"type": "cron", "expression": "0 * * * *"}, zone=zone),
        ScheduleDraft(
            rule={"type": "daily", "times": ["02:30", "09:30"]}, zone=zone, gap_policy="skip"
        ),
        ScheduleDraft(
            rule={"type": "interval", "every_seconds": 47 * 60},
            zone=zone,
            jitter_seconds=600,
            calendars=(calendar.pk,),
        ),
    )


def a_fleet(**policies: Any) -> None:
    """A job for each overlap policy."""
    calendar = a_calendar(**a_closure("2026-03-29T06:30", "2026-03-29T08:30", "Moving"))
    for overlap in Overlap.values:
        limits = {"overlap": overlap, "max_queued": 2, "max_parallel": 2, **policies}
        a_job(overlap, *rules(calendar), now=EVENING, policies=limits)


def twice(length: timedelta, outages: list[Outage], end: datetime) -> tuple[Told, Told]:
    """What the simulator foresees, and what then stands in the ledger."""
    jobs = [replace(job, length=length) for job in fleet_of(Job.objects.all()).jobs]
    start = EVENING + timedelta(microseconds=1)
    brake = Brake(5, 10)
    forecast = simulate(jobs, start=start, end=end, outages=outages, brake=brake)
    Lived(EVENING, length, outages).live_until(end)
    return foreseen(forecast.rows), in_ledger()


@pytest.fixture(autouse=True)
def _brake(settings: Any) -> None:
    settings.STORM_BURST, settings.STORM_PER_MINUTE = 5, 10


@pytest.mark.parametrize("misfire", Misfire.values)
def test_the_simulator_foresees_what_the_ledger_then_holds(misfire: str) -> None:
    a_fleet(misfire=misfire)
    night = Outage(EVENING + 9 * HOUR, EVENING + 12 * HOUR)

    before, after = twice(timedelta(minutes=40), [night], EVENING + 15 * HOUR)

    assert before == after
    seen = {reason for _, reason, *_ in after.values()}
    assert seen >= {"", "OVERLAP", "DST_GAP", "BLACKOUT", "REPLACED", "QUEUE_FULL"}


@pytest.mark.parametrize("seed", range(2))
def test_it_foresees_any_outage_and_any_length(seed: int) -> None:
    chance = Random(seed)
    a_fleet(misfire=chance.choice(Misfire.values), max_catchup=chance.randint(1, 6))
    down = [
        Outage(at, at + timedelta(minutes=chance.randint(1, 200)))
        for at in (
            EVENING + 2 * HOUR,
            EVENING + 7 * HOUR + timedelta(minutes=chance.randint(0, 59)),
        )
    ]

    before, after = twice(timedelta(minutes=chance.randint(0, 130)), down, EVENING + 14 * HOUR)

    assert before == after
    assert len(after) > 120
