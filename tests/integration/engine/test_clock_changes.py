"""Nights on which the clock changes, minute by minute through the engine, with restarts within."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduling.actions.drafts import ScheduleDraft
from scheduling.models import Job, Run
from scheduling.states import RunState
from tests.factories.jobs import a_job
from tests.integration.engine.ticking import MINUTE, TickingEngine
from tests.unit.planning.minute_walker import Spec, walk

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

HOUR = timedelta(hours=1)
EXPRESSIONS = ["30 2 * * *", "0,15 1-3 * * *", "*/30 * * * *", "0 */2 * * *", "* 2 * * *"]
CHANGES = [
    # zone, the instant of the change; from the zones' published rules
    ("Europe/Stockholm", datetime(2026, 3, 29, 1, tzinfo=UTC)),  # 02:00 -> 03:00
    ("Europe/Stockholm", datetime(2026, 10, 25, 1, tzinfo=UTC)),  # 03:00 -> 02:00
    ("America/New_York", datetime(2026, 3, 8, 7, tzinfo=UTC)),  # 02:00 -> 03:00
    ("America/New_York", datetime(2026, 11, 1, 6, tzinfo=UTC)),  # 02:00 -> 01:00
    ("Australia/Lord_Howe", datetime(2026, 10, 3, 15, 30, tzinfo=UTC)),  # 02:00 -> 02:30
    ("Antarctica/Troll", datetime(2026, 10, 25, 1, tzinfo=UTC)),  # 03:00 -> 01:00
]


def a_busy_job(expression: str, zone: str, now: datetime) -> Job:
    """One whose runs are never in each other's way: nobody executes them here."""
    draft = ScheduleDraft(rule={"type": "cron", "expression": expression}, zone=zone)
    policies = {"overlap": "allow", "max_parallel": 1000}
    return a_job(expression, draft, now=now, policies=policies)


@pytest.mark.parametrize(("zone", "change"), CHANGES)
def test_the_ledger_holds_what_a_walk_over_every_minute_finds(zone, change):
    start, stop = change - 3 * HOUR, change + 4 * HOUR
    jobs = {expression: a_busy_job(expression, zone, start) for expression in EXPRESSIONS}

    began = start
    # Restarts at the change, within the hour that is repeated, and in the one after it.
    for until in (change, change + 20 * MINUTE, change + 80 * MINUTE, stop):
        engine = TickingEngine(began)
        engine.walk(until)
        engine.stop()
        began = until

    for expression, job in jobs.items():
        spec = Spec.of(expression)
        assert spec is not None
        runs = Run.objects.filter(job=job).order_by("planned_at")
        expected = walk(spec, ZoneInfo(zone), start, stop, gap="shift", repeat="first")
        assert [run.planned_at for run in runs] == expected, expression
        assert {run.state for run in runs} <= {RunState.PENDING}
        assert not any(run.is_late for run in runs)
