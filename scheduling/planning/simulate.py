"""What would happen: the engine's decisions played through without an engine. Pure.

`decide` itself is asked at every instant at which an engine would ask it, and the overlap is
checked again where a run would be claimed, as `execution.claiming` does. What is assumed: every
run takes its job's usual length and succeeds at the first try; a run that is asked to stop ends at
once; a place to run is always free; nobody asks for runs by hand. A run that is at work when an
engine goes down begins again when it is back, and holds its place meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import heappop, heappush
from typing import TYPE_CHECKING, NamedTuple

from scheduling.planning.claims import Claims
from scheduling.planning.decide import decide
from scheduling.planning.forecast import Fate, Forecast, Outage, SimulatedJob, SimulatedRow
from scheduling.planning.instants import EPOCH
from scheduling.planning.policy import Overlap
from scheduling.planning.storm import delays
from scheduling.planning.verdicts import Disposition, Ground

if TYPE_CHECKING:
    from scheduling.planning.plan import Plan
    from scheduling.planning.policy import Policy
    from scheduling.planning.verdicts import Decision

NOTHING = timedelta(0)
TICK = timedelta(microseconds=1)
ENDS, DUE, FREE = range(3)  # what happens first at one instant
FATES = {
    Disposition.RUN: Fate.WAITING,
    Disposition.ASK: Fate.ASKED,
    Disposition.MISSED: Fate.MISSED,
    Disposition.SKIPPED: Fate.SKIPPED,
}


class Brake(NamedTuple):
    """The storm brake: `burst` late runs of a tick begin at once, then `per_minute` a minute."""

    burst: int
    per_minute: int


class _Event(NamedTuple):
    """`number` is a row's or a schedule's place for ENDS and DUE, and a job's key for FREE."""

    at: datetime
    kind: int
    number: int


@dataclass(slots=True)
class _Job:
    key: int
    policy: Policy
    length: timedelta
    claims: Claims


@dataclass(slots=True)
class _Schedule:
    key: int
    job: _Job
    plan: Plan
    accounted_until: datetime


def simulate(
    fleet: Sequence[SimulatedJob],
    *,
    start: datetime,
    end: datetime,
    outages: Sequence[Outage] = (),
    length_factor: float = 1.0,
    brake: Brake | None = None,
) -> Forecast:
    """Play [start, end) through. Nothing of the jobs is active or waiting at `start`.

    `length_factor` stretches the runs: 2.0 makes them take twice as long.
    """
    jobs = [_job(each, length_factor) for each in fleet]
    schedules = [
        _Schedule(key, job, plan, max(start, simulated.since or start) - TICK)
        for job, simulated in zip(jobs, fleet, strict=True)
        for key, plan in simulated.plans.items()
    ]
    simulation = _Simulation(jobs, schedules, merged(outages), brake)
    simulation.play(end)
    return Forecast(end, simulation.rows)


def _job(job: SimulatedJob, length_factor: float) -> _Job:
    limit = job.policy.max_parallel if job.policy.overlap is Overlap.ALLOW else 1
    return _Job(job.key, job.policy, (job.length or NOTHING) * length_factor, Claims(limit))


def merged(outages: Sequence[Outage]) -> list[Outage]:
    """The outages in order, those that touch made into one."""
    found: list[Outage] = []
    for outage in sorted(outages):
        if found and outage.start <= found[-1].end:
            found[-1] = Outage(found[-1].start, max(found[-1].end, outage.end))
        else:
            found.append(outage)
    return found


class _Simulation:
    def __init__(
        self,
        jobs: list[_Job],
        schedules: list[_Schedule],
        outages: list[Outage],
        brake: Brake | None,
    ) -> None:
        self.rows: list[SimulatedRow] = []
        self._jobs = {job.key: job for job in jobs}
        # An engine decides what is due at one instant in the order of the schedules' keys.
        self._schedules = sorted(schedules, key=lambda schedule: schedule.key)
        self._outages = outages
        self._brake = brake
        self._events: list[_Event] = []
        self._braked_until = EPOCH

    def play(self, end: datetime) -> None:
        for place, schedule in enumerate(self._schedules):
            self._decide(place, schedule.accounted_until)
        while self._events and self._events[0].at < end:
            self._turn(self._events[0].at)

    def _turn(self, now: datetime) -> None:
        """Everything that happens at one instant: runs end, schedules come due, runs begin."""
        ended, due, free = self._happening(now)
        touched = {self._end_run(place, now) for place in ended} | set(free)
        down = next((each for each in self._outages if each.start <= now < each.end), None)
        if down is not None:
            self._put_off(due, touched, down.end)
            return
        touched |= self._tick(due, now)
        for key in touched:
            self._claim(self._jobs[key], now)

    def _happening(self, now: datetime) -> tuple[list[int], list[int], list[int]]:
        """The numbers of this instant's events, by kind."""
        found: tuple[list[int], list[int], list[int]] = ([], [], [])
        while self._events and self._events[0].at == now:
            event = heappop(self._events)
            found[event.kind].append(event.number)
        return found

    def _put_off(self, due: list[int], free: set[int], until: datetime) -> None:
        for place in due:
            heappush(self._events, _Event(until, DUE, place))
        for key in free:
            heappush(self._events, _Event(until, FREE, key))

    def _tick(self, due: list[int], now: datetime) -> set[int]:
        """Decide what is due, all of it before the first row is entered, as an engine does."""
        decided = [(self._schedules[place], self._decide(place, now)) for place in due]
        rows = [
            SimulatedRow(schedule.job.key, schedule.key, verdict, FATES[verdict.disposition])
            for schedule, decision in decided
            for verdict in decision.rows
        ]
        self._hold_back(rows, now)
        first = len(self.rows)
        for row in rows:
            self._enter(row)
        for schedule, decision in decided:
            if any(row.replaces for row in decision.rows):
                self._make_room(schedule.job, first, now)
        return {schedule.job.key for schedule, _ in decided}

    def _decide(self, place: int, now: datetime) -> Decision:
        schedule = self._schedules[place]
        decision = decide(
            schedule.plan,
            schedule.job.policy,
            accounted_until=schedule.accounted_until,
            now=now,
            active=len(schedule.job.claims.active),
            queued=schedule.job.claims.queued,
        )
        schedule.accounted_until = decision.accounted_until
        if decision.next_due_at is not None:
            heappush(self._events, _Event(decision.next_due_at, DUE, place))
        return decision

    def _enter(self, row: SimulatedRow) -> None:
        claims = self._jobs[row.job].claims
        row.meets = bool(claims.active or claims.queued)
        if row.fate is Fate.WAITING:
            claims.add(len(self.rows), available_at=row.available_at, may_wait=row.may_wait)
        self.rows.append(row)

    def _hold_back(self, rows: list[SimulatedRow], now: datetime) -> None:
        """Put the storm brake on the late runs among the rows of a tick."""
        late = [row for row in rows if row.fate is Fate.WAITING and row.is_late]
        if self._brake is None or not late:
            return
        late.sort(key=lambda row: row.due_at)
        ahead = max(self._braked_until - now, NOTHING)
        burst, per_minute = self._brake
        held_for = delays(len(late), burst=burst, per_minute=per_minute, ahead=ahead)
        for row, delay in zip(late, held_for, strict=True):
            if delay:
                row.held_until = self._braked_until = now + delay
                heappush(self._events, _Event(row.held_until, FREE, row.job))

    def _make_room(self, job: _Job, first: int, now: datetime) -> None:
        """End what is active or waiting of the rows before the `first` of this tick."""
        for place in job.claims.pop_before(first):
            row = self.rows[place]
            row.fate, row.reason, row.ended_at = Fate.REPLACED, Ground.REPLACED, now

    def _claim(self, job: _Job, now: datetime) -> None:
        """Begin what may begin; what may not wait for its turn is skipped."""
        while (place := job.claims.pop_ready(now)) is not None:
            if job.claims.has_room:
                self._begin(job, place, now)
            else:
                row = self.rows[place]
                row.fate, row.reason = Fate.SKIPPED, Ground.OVERLAP

    def _begin(self, job: _Job, place: int, now: datetime) -> None:
        row = self.rows[place]
        row.fate, row.started_at = Fate.RUNNING, now
        job.claims.active.append(place)
        heappush(self._events, _Event(self._end_of(now, job.length), ENDS, place))

    def _end_of(self, begins: datetime, length: timedelta) -> datetime:
        for outage in self._outages:
            if begins < outage.start < begins + length:
                begins = outage.end
        return begins + length

    def _end_run(self, place: int, now: datetime) -> int:
        """End a run, unless another has taken its place; return its job's key."""
        row = self.rows[place]
        if row.ended_at is None:
            row.fate, row.ended_at = Fate.RAN, now
            self._jobs[row.job].claims.active.remove(place)
        return row.job
