"""A daily job survives daily restarts: one run a day, on whichever side of 02:00 they fall."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduling.actions.drafts import ScheduleDraft
from scheduling.models import Run
from scheduling.states import RunState
from tests.factories.jobs import a_job
from tests.integration.engine.ticking import TickingEngine

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


def serve(instants: list[datetime]) -> None:
    """An engine that starts, ticks at these instants and stops; what was due is done at once."""
    engine = TickingEngine(instants[0])
    for at in instants:
        engine.tick(at)
        Run.objects.filter(state=RunState.PENDING).update(state=RunState.SUCCEEDED, finished_at=at)
    engine.stop()


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
    for due in planned:
        serve([began, due - timedelta(hours=1), due + stops])
        began = due + starts
    serve([began, planned[-1] + timedelta(hours=12)])

    runs = Run.objects.filter(job=job).order_by("planned_at")
    assert [run.planned_at for run in runs] == planned
    assert {run.state for run in runs} == {RunState.SUCCEEDED}
