"""A daily job survives daily restarts: one run a day, on whichever side of 02:00 they fall."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduling.actions.drafts import ScheduleDraft
from scheduling.engine.store import DueIndexStore
from scheduling.models import EngineLease, Run
from scheduling.states import RunState
from tests.factories.jobs import a_job
from tests.factories.runs import a_worker

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

DAYS = 30
STOCKHOLM = ZoneInfo("Europe/Stockholm")
START = datetime(2026, 3, 10, 12, tzinfo=UTC)  # the clock goes forward on the 29th
SECOND = timedelta(seconds=1)
NIGHTLY = ScheduleDraft(rule={"type": "daily", "times": ["02:00"]}, zone="Europe/Stockholm")


def due_instants() -> Iterator[datetime]:
    """02:00 of thirty nights, as the calendar and the policy for gaps have it."""
    for day in range(1, DAYS + 1):
        reading = (START + timedelta(days=day)).replace(hour=2, minute=0, tzinfo=STOCKHOLM)
        # 29 March has no 02:00: the first instant after the gap is 03:00, which is 01:00 UTC.
        yield reading.astimezone(UTC)


def tick(store: DueIndexStore, now: datetime) -> None:
    """One pass of the loop, and what was due is done at once."""
    for due in store.get_due_jobs(now):
        due.account.settle(now=now)
    store.get_next_run_time()
    Run.objects.filter(state=RunState.PENDING).update(state=RunState.SUCCEEDED, finished_at=now)


def serve(pid: int, instants: list[datetime]) -> None:
    """An engine that starts, ticks at these instants and stops: nothing of it is left in memory."""
    at = instants[0]
    worker = a_worker(pid=pid, now=at)
    epoch = EngineLease.take(worker, seconds=3600)
    store = DueIndexStore(
        worker, clock=lambda: at, lead=lambda: epoch, on_written=lambda _number: None
    )
    for at in instants:
        tick(store, at)
    EngineLease.release(worker)


@pytest.mark.parametrize(
    ("stops", "starts"),
    [
        (-2 * SECOND, -SECOND),  # a restart just before the due minute
        (-SECOND, timedelta(0)),
        (-SECOND, SECOND),  # over it
        (-30 * SECOND, timedelta(minutes=5)),
        (timedelta(0), SECOND),
        (SECOND, 2 * SECOND),  # just after it
        (SECOND, timedelta(hours=1)),
    ],
)
def test_a_daily_job_runs_once_a_day_over_thirty_daily_restarts(stops, starts):
    job = a_job("nightly", NIGHTLY, now=START)
    planned = list(due_instants())

    began = START
    for pid, due in enumerate(planned, start=1):
        serve(pid, [began, due - timedelta(hours=1), due + stops])
        began = due + starts
    serve(99, [began, planned[-1] + timedelta(hours=12)])

    runs = Run.objects.filter(job=job).order_by("planned_at")
    assert [run.planned_at for run in runs] == planned
    assert {run.state for run in runs} == {RunState.SUCCEEDED}
