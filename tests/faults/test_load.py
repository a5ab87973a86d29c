"""F75 and F76: very much at once, and very much missed. The suite takes a hundredth."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from django.db import connection

from scheduling.models import DueEntry, Run
from scheduling.states import RunState
from tests.factories.jobs import NOON, a_job, a_schedule
from tests.faults.trials import IS_LONG, Trial
from tests.integration.engine.ticking import TickingEngine

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.one_database,
    pytest.mark.timeout(1800 if IS_LONG else 120),
]
WEEK = timedelta(days=7)


def tick_until_calm(engine: TickingEngine) -> float:
    """Seconds until nothing is due any more."""
    began_at = time.monotonic()
    while DueEntry.objects.due(engine.now).exists():
        engine.tick(engine.now)
    return time.monotonic() - began_at


def test_all_jobs_that_are_due_at_the_same_minute_are_recorded(trial: Trial):
    trial.is_of("F75", "many due at once")
    number = 5_000 if IS_LONG else 50
    for index in range(number):
        a_job(f"job {index}", a_schedule(type="cron", expression="10 12 * * *"), now=NOON)
    _look_at_the_tables()
    engine = TickingEngine(NOON)
    engine.now = NOON + timedelta(minutes=10)
    taken = tick_until_calm(engine)
    trial.strikes = number
    assert Run.objects.filter(planned_at=engine.now).count() == number
    assert taken < 10
    trial.found = []


def test_after_a_week_the_ledger_gets_a_summary_of_each_job_and_not_each_minute(trial: Trial):
    trial.is_of("F76", "a week without an engine")
    number = 1_000 if IS_LONG else 10
    for index in range(number):
        a_job(f"job {index}", a_schedule(type="cron", expression="* * * * *"), now=NOON)
    _look_at_the_tables()
    engine = TickingEngine(NOON)
    engine.now = NOON + WEEK
    taken = tick_until_calm(engine)
    trial.strikes = number
    counted = sum(Run.objects.values_list("covers_count", flat=True))
    assert counted == number * (WEEK // timedelta(minutes=1))
    assert Run.objects.count() < number * 200
    assert Run.objects.filter(state=RunState.PENDING).count() == number
    assert taken < 60
    trial.found = []


def _look_at_the_tables() -> None:
    """What PostgreSQL's autovacuum does within a minute of such a change, once it is committed."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
