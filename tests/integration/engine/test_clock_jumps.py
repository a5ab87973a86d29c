"""The wall clock is set, or stands still and wakes up: no occurrence is created or lost (I7)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from scheduling.models import Job, Run
from scheduling.planning.plan import occurrences
from scheduling.states import Reason, RunState
from tests.factories.jobs import NOON, a_job, a_schedule, every
from tests.integration.actions.conftest import DAY, due_at
from tests.integration.engine.ticking import IDLE_SECONDS, TickingEngine

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
DUE = NOON + 10 * MINUTE


def ten_past() -> Job:
    """Every hour at ten past, added at noon."""
    return a_job("ten past", a_schedule(type="cron", expression="10 * * * *"), now=NOON)


def named(job: Job, after: datetime, until: datetime) -> list[datetime]:
    plan = job.schedules.get().plan()
    return [each.planned_at for each in occurrences(plan, after, until, limit=10_000)]


def recorded(job: Job) -> Counter[datetime]:
    """How often each instant stands in the ledger, those of ranges included."""
    counted: Counter[datetime] = Counter()
    for run in Run.objects.filter(job=job):
        assert run.planned_at is not None
        counted.update(named(job, run.planned_at - SECOND, run.covers_until or run.planned_at))
    return counted


def assert_each_once(job: Job, until: datetime) -> None:
    assert recorded(job) == Counter(named(job, NOON, until))


@pytest.mark.parametrize("jump", [5 * MINUTE, HOUR, 3 * DAY])
def test_after_a_step_ahead_each_occurrence_is_recorded_once(jump):
    job = ten_past()
    engine = TickingEngine(NOON)
    engine.walk(NOON + 6 * MINUTE)
    engine.tick(engine.now + jump)
    engine.walk(engine.now + 2 * HOUR)
    assert_each_once(job, engine.now)


@pytest.mark.parametrize(
    ("jump", "misses", "reason"),
    [(5 * MINUTE, 0, ""), (HOUR, 0, ""), (3 * DAY, 71, Reason.OUT_OF_WINDOW)],
)
def test_what_a_step_ahead_jumped_over_is_caught_up_as_after_an_outage(jump, misses, reason):
    job = ten_past()
    engine = TickingEngine(NOON)
    engine.tick(NOON + 6 * MINUTE)
    engine.tick(NOON + 6 * MINUTE + jump)
    runs = Run.objects.filter(job=job)
    assert runs.filter(state=RunState.PENDING).count() == 1
    missed = runs.filter(state=RunState.MISSED)
    assert sum(row.covers_count for row in missed) == misses
    assert {row.reason for row in missed} <= {reason, Reason.COALESCED}


@pytest.mark.parametrize("jump", [5 * MINUTE, HOUR])
def test_after_a_step_back_nothing_runs_a_second_time(jump):
    job = ten_past()
    engine = TickingEngine(NOON)
    engine.walk(DUE + 2 * MINUTE)
    engine.tick(engine.now - jump)
    engine.walk(DUE + 3 * HOUR)
    assert_each_once(job, engine.now)


@pytest.mark.parametrize("jump", [5 * MINUTE, HOUR])
def test_a_step_back_postpones_nothing_beyond_its_time_on_the_clock(jump):
    job = ten_past()
    engine = TickingEngine(NOON)
    engine.walk(DUE - MINUTE)
    engine.tick(engine.now - jump)
    engine.walk(DUE)
    assert recorded(job)[DUE] == 1


def test_a_clock_that_oscillates_around_a_due_time_makes_one_run():
    job = ten_past()
    engine = TickingEngine(NOON)
    for second in range(60):
        engine.tick(DUE + SECOND * (second % 5 - 2))
    engine.tick(DUE - 2 * SECOND)
    assert recorded(job) == {DUE: 1}
    assert due_at(job.schedules.get()) == DUE + HOUR


def test_a_machine_that_slept_records_a_summary_and_not_each_second():
    job = a_job("each second", every(1), now=NOON)
    engine = TickingEngine(NOON)
    engine.tick(NOON + SECOND)
    engine.tick(NOON + 2 * HOUR)
    runs = Run.objects.filter(job=job)
    assert sum(row.covers_count for row in runs) == 2 * HOUR // SECOND
    assert runs.count() < 5


@pytest.mark.parametrize("now", [NOON, NOON - 3 * DAY, NOON + 3 * DAY])
def test_the_loop_looks_again_within_seconds_wherever_the_clock_went(now):
    """It waits on monotonic time, so this bounds how late a jump is noticed."""
    ten_past()
    engine = TickingEngine(NOON)
    engine.tick(NOON)
    assert SECOND * 0 <= engine.tick(now) - now <= timedelta(seconds=IDLE_SECONDS)


@pytest.mark.parametrize(
    "far",
    [
        datetime(2038, 1, 19, 3, 14, 8, tzinfo=UTC),
        datetime(2100, 2, 28, 23, 59, 59, tzinfo=UTC),
        datetime(9998, 12, 31, 23, 59, 59, tzinfo=UTC),
    ],
)
@pytest.mark.parametrize(
    "rules", [[a_schedule()], [every(1)], [a_schedule(type="cron", expression="0 * * * *")]]
)
def test_a_clock_far_ahead_is_no_fault(far, rules):
    job = a_job("far", *rules, now=NOON)
    engine = TickingEngine(NOON)
    engine.tick(far)
    assert not job.schedules.get().quarantine_reason
    assert Run.objects.filter(job=job, state=RunState.MISSED).exists()
    assert engine.tick(far + SECOND) >= far


def walks() -> Iterable[timedelta]:
    """A day of a clock that nobody trusts."""
    for _ in range(24):
        yield from (50 * MINUTE, -30 * MINUTE, 2 * SECOND, -SECOND, 40 * MINUTE)


def test_over_a_day_of_jumps_both_ways_each_occurrence_is_recorded_once():
    job = ten_past()
    engine = TickingEngine(NOON)
    seen = NOON
    for jump in walks():
        engine.tick(engine.now + jump)
        seen = max(seen, engine.now)
    assert_each_once(job, seen)
