"""A backfill from the command line to its last date, by a real engine."""

from __future__ import annotations

import pytest

from tests.factories.jobs import a_job, a_schedule
from tests.integration.engine.processes import begun, run_command, ticking

pytestmark = pytest.mark.django_db(transaction=True)

RANGE = ("--from", "2026-02-27", "--until", "2026-03-03")
FIRST = ("--from", "2026-02-27", "--until", "2026-02-28")
DATES = [f"2026-{day}T12:00:00+00:00" for day in ("02-27", "02-28", "03-01", "03-02")]


def test_each_date_is_run_once_and_the_command_waits_for_the_last(process_env):
    a_job("morning", a_schedule())
    a_job("broken", a_schedule(), behaviour="give-up")
    options = ("--order", "newest-first", "--at-once", "2", "--wait")
    with ticking(process_env) as engine:
        sound = run_command(process_env, "backfill", "morning", *RANGE, *options)
        broken = run_command(process_env, "backfill", "broken", *FIRST, *options)
        assert engine.terminate() == 0
    assert sound[0] == 0, sound
    assert "has ended: 4 succeeded, 0 failed, 0 cancelled or skipped." in sound[1]
    assert broken[0] == 1, broken
    assert "0 succeeded, 1 failed" in broken[1]
    starts = begun(process_env)
    assert sorted(starts[:4]) == DATES
    assert set(starts[:2]) == set(DATES[2:])
    assert starts[4:] == DATES[:1]
