"""After an outage the late runs of all jobs start in a line, not in the same second."""

from __future__ import annotations

from datetime import timedelta

import pytest

from scheduling.actions.storms import drop_storm, release_storm
from scheduling.models import DueEntry, Notice, NoticeCode, Run
from scheduling.states import Reason, RunState
from tests.factories.claims import candidates
from tests.factories.jobs import NOON, a_job, a_schedule
from tests.integration.actions.conftest import MORNING, tick

pytestmark = pytest.mark.django_db

BACK = NOON + timedelta(hours=1)
SECONDS = [timedelta(seconds=n) for n in range(10)]


@pytest.fixture(autouse=True)
def limits(settings):
    """Two at once, then one a second."""
    settings.STORM_BURST, settings.STORM_PER_MINUTE = 2, 60


def fleet(number: int, *, misfire: str = "run_latest") -> None:
    for n in range(number):
        a_job(f"job {n}", a_schedule(), now=MORNING, policies={"misfire": misfire})


def waits(now=BACK) -> list[timedelta]:
    """How long the runs that wait have to wait still, the first in line first."""
    waiting = Run.objects.filter(state=RunState.PENDING).order_by("available_at", "pk")
    return [max(at - now, SECONDS[0]) for at in waiting.values_list("available_at", flat=True)]


def told() -> list[str]:
    return list(Notice.objects.open().values_list("text", flat=True))


def test_late_runs_beyond_the_burst_follow_one_after_another(caplog):
    fleet(5)
    tick(BACK)
    assert waits() == [*SECONDS[:1] * 2, *SECONDS[1:4]]
    assert [len(candidates(BACK + each, limit=9)) for each in SECONDS[:4]] == [2, 3, 4, 5]
    assert "storm_braked" in caplog.text


def test_only_the_time_of_their_start_moves():
    fleet(4)
    tick(BACK)
    assert set(Run.objects.values_list("planned_at", "due_at", "state")) == {
        (NOON, NOON, RunState.PENDING)
    }


def test_runs_on_time_are_never_held_back():
    fleet(5)
    tick(NOON)
    assert waits(NOON) == SECONDS[:1] * 5
    assert told() == []


def test_a_few_late_runs_are_no_storm():
    fleet(2)
    tick(BACK)
    assert waits() == SECONDS[:1] * 2
    assert told() == []


def test_questions_do_not_stand_in_the_line():
    fleet(5, misfire="ask")
    tick(BACK)
    assert waits() == SECONDS[:1] * 5
    assert told() == []


def test_a_second_tick_goes_on_where_the_line_ends():
    fleet(8)
    held = list(DueEntry.objects.order_by("pk")[:4])
    DueEntry.objects.filter(pk__in=[entry.pk for entry in held]).update(next_run_time=None)
    tick(BACK)
    DueEntry.objects.filter(pk__in=[entry.pk for entry in held]).update(next_run_time=NOON)
    tick(BACK + SECONDS[1])
    # Of the four of the first tick two were held; the second tick has no burst of its own.
    assert waits() == [*SECONDS[:1] * 2, *SECONDS[1:7]]
    (text,) = told()
    assert text == (
        "5 late runs wait and start one after another, 60 a minute, the last one at "
        "2026-03-02 13:00:06 UTC."
    )


def test_a_storm_that_has_passed_does_not_delay_the_next():
    fleet(4)
    tick(BACK)
    later = BACK + timedelta(days=1)
    Run.objects.all().delete()
    tick(later)
    assert waits(later) == [*SECONDS[:1] * 2, *SECONDS[1:3]]
    old, new = Notice.objects.order_by("raised_at")
    assert (old.closed_by, old.closed_at, new.closed_at) == ("scheduler", later, None)


def test_a_storm_is_told_once_with_its_end():
    fleet(5)
    tick(BACK)
    notice = Notice.objects.get()
    assert (notice.code, notice.job, notice.closed_at) == (NoticeCode.STORM, None, None)
    assert notice.text.startswith("3 late runs wait")
    assert "2026-03-02 13:00:03 UTC" in notice.text


def test_the_longest_due_goes_first():
    a_job("early", a_schedule(type="daily", times=["11:00"]), now=MORNING)
    fleet(2)
    a_job("dawn", a_schedule(type="daily", times=["10:30"]), now=MORNING)
    tick(BACK)
    at_once = candidates(BACK, limit=9)
    assert [run.job.name for run in at_once] == ["dawn", "early"]


def test_released_runs_start_at_once_oldest_first():
    fleet(5)
    tick(BACK)
    assert release_storm(by="carol", now=BACK) == 3
    assert len(candidates(BACK, limit=9)) == 5
    assert Notice.objects.get().closed_by == "carol"
    assert release_storm(by="carol", now=BACK) == 0


def test_dropped_runs_are_cancelled_and_those_that_may_start_are_not():
    fleet(5)
    tick(BACK)
    assert drop_storm(by="carol", now=BACK) == 3
    cancelled = Run.objects.filter(state=RunState.CANCELLED, reason=Reason.CANCELLED_BY_USER)
    assert {run.events.get().who for run in cancelled} == {"carol"}
    assert (cancelled.count(), len(candidates(BACK, limit=9))) == (3, 2)
    assert told() == []
