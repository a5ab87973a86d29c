"""Three scheduled runs in a row that were skipped for overlap are an event; the fourth is none."""

from __future__ import annotations

from datetime import timedelta

import pytest

from scheduling.execution.streaks import note_overlaps
from scheduling.models import Job, Notice, NoticeCode, Origin, Run
from scheduling.states import Reason, RunState
from tests.factories.claims import claim
from tests.factories.jobs import NOON, a_job, every
from tests.factories.runs import a_run, a_running_run, a_worker
from tests.integration.actions.conftest import tick

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def job(db: None) -> Job:
    """Hourly; a run of it goes on."""
    job = a_job("hourly", every(3600), now=NOON)
    a_running_run(job, a_worker())
    return job


def told() -> list[str]:
    return list(Notice.objects.open().values_list("code", flat=True))


def pass_hours(job: Job, first: int, last: int) -> None:
    start = job.schedules.get().next_due_at(NOON)
    assert start is not None
    for hour in range(first, last + 1):
        tick(start + (hour - 1) * HOUR)


def test_three_skips_in_a_row_are_told_once(job):
    pass_hours(job, 1, 2)
    assert told() == []
    pass_hours(job, 3, 6)
    assert Run.objects.filter(reason=Reason.OVERLAP).count() == 6
    notice = Notice.objects.get()
    assert (notice.code, notice.job) == (NoticeCode.OVERLAP_STREAK, job)
    assert "hourly" in notice.text


def test_the_streaks_of_many_jobs_cost_few_statements(django_assert_max_num_queries):
    jobs = [a_job(f"job {number}", now=NOON) for number in range(12)]
    for job in jobs:
        for _ in range(3):
            a_run(job, RunState.SKIPPED, origin=Origin.SCHEDULE, reason=Reason.OVERLAP)
    with django_assert_max_num_queries(4):
        note_overlaps({job.pk: 1 for job in jobs}, now=NOON)
    assert set(Notice.objects.values_list("job", flat=True)) == {job.pk for job in jobs}


@pytest.mark.parametrize(("skipped", "before"), [(1, 3), (3, 3), (5, 3), (3, 5), (2, 0)])
def test_a_streak_is_told_by_the_skips_that_made_it_three(skipped, before):
    """`before` skips were followed by a run, `skipped` of one tick came after it."""
    job = a_job("job", now=NOON)
    for _ in range(before):
        a_run(job, RunState.SKIPPED, origin=Origin.SCHEDULE, reason=Reason.OVERLAP)
    a_run(job, RunState.SUCCEEDED, origin=Origin.SCHEDULE)
    for _ in range(skipped):
        a_run(job, RunState.SKIPPED, origin=Origin.SCHEDULE, reason=Reason.OVERLAP)
    note_overlaps({job.pk: skipped}, now=NOON)
    assert told() == [NoticeCode.OVERLAP_STREAK] * (skipped >= 3)


def test_a_streak_that_was_marked_as_seen_is_not_told_again(job):
    pass_hours(job, 1, 3)
    Notice.objects.get().close(by="alice", now=NOON)
    pass_hours(job, 4, 7)
    assert told() == []


def test_a_run_in_between_breaks_the_streak(job):
    pass_hours(job, 1, 2)
    a_run(job, RunState.SUCCEEDED, origin=Origin.SCHEDULE)
    pass_hours(job, 3, 4)
    assert told() == []
    pass_hours(job, 5, 5)
    assert told() == [NoticeCode.OVERLAP_STREAK]


def test_a_run_by_hand_breaks_none(job):
    pass_hours(job, 1, 2)
    a_run(job, RunState.SUCCEEDED)
    pass_hours(job, 3, 3)
    assert told() == [NoticeCode.OVERLAP_STREAK]


def test_skips_at_the_claim_count_too(job):
    pass_hours(job, 1, 2)
    late = a_run(job, origin=Origin.SCHEDULE)
    assert claim(late, a_worker(pid=2), now=NOON) is None
    assert told() == [NoticeCode.OVERLAP_STREAK]


def test_of_a_run_by_hand_that_is_skipped_nothing_is_told(job):
    pass_hours(job, 1, 2)
    assert claim(a_run(job), a_worker(pid=2), now=NOON) is None
    assert told() == []


def test_the_next_scheduled_run_that_starts_closes_the_notice(job):
    pass_hours(job, 1, 3)
    Run.objects.get(state=RunState.RUNNING).finish(RunState.SUCCEEDED, who="w", now=NOON)
    by_hand = a_run(job)
    claim(by_hand, a_worker(pid=2), now=NOON)
    assert told() == [NoticeCode.OVERLAP_STREAK]
    by_hand.finish(RunState.SUCCEEDED, who="w", now=NOON)
    claim(a_run(job, origin=Origin.SCHEDULE), a_worker(pid=3), now=NOON + HOUR)
    notice = Notice.objects.get()
    assert (notice.closed_by, notice.closed_at) == ("scheduler", NOON + HOUR)


def test_each_job_has_its_own_streak(job):
    other = a_job("other", every(3600), now=NOON)
    a_running_run(other, a_worker(pid=9))
    pass_hours(job, 1, 3)
    assert {notice.job for notice in Notice.objects.open()} == {job, other}
