from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.template.loader import render_to_string

from scheduling.actions.drafts import ScheduleDraft
from scheduling.models import Job
from scheduling.states import RunState
from scheduling.views.comparison import EditComparison, comparison_of
from tests.factories.calendars import a_calendar, a_closure, not_on
from tests.factories.jobs import NOON, a_job, a_schedule
from tests.factories.runs import a_run, has_run_for
from tests.integration.actions.conftest import draft_of

QUARTERS = a_schedule(type="cron", expression="*/15 * * * *")


@pytest.fixture
def daily(alice: User) -> Job:
    """At noon of each day."""
    return a_job("Noon probe", a_schedule(), owner=alice, now=NOON - timedelta(hours=1))


def kept(job: Job, draft: ScheduleDraft) -> ScheduleDraft:
    """The draft as a change of the job's schedule."""
    return replace(draft, schedule_id=job.schedules.get().pk)


def compared(job: Job, *schedules: ScheduleDraft, **fields: object) -> EditComparison:
    return comparison_of(job=job, draft=draft_of(job, *schedules, **fields), now=NOON)


def page_of(comparison: EditComparison) -> str:
    return " ".join(render_to_string("jobs/comparison.html", {"comparison": comparison}).split())


def test_an_edit_that_leaves_the_rule_alone_changes_no_date(daily: Job) -> None:
    page = page_of(compared(daily, kept(daily, a_schedule()), name="Another name"))
    assert "The dates stay as they are, at least until" in page
    assert "Dates lost" not in page


def test_dates_lost_and_gained_are_told_with_the_next_ones(daily: Job) -> None:
    later = kept(daily, a_schedule(type="daily", times=["18:00"]))
    found = compared(daily, later)
    assert found.dates is not None
    assert found.dates.before[0] == NOON + timedelta(days=1)
    assert found.dates.after[0] == NOON + timedelta(hours=6)
    page = page_of(found)
    assert "14 dates lost, 14 gained." in page
    assert "2026-03-02 18:00:00" in page


def test_an_added_schedule_gains_and_one_taken_away_loses(daily: Job) -> None:
    added = compared(daily, kept(daily, a_schedule()), QUARTERS, QUARTERS)
    assert added.dates is not None
    assert (added.dates.lost_count, added.dates.gained_count) == (0, 2 * 14 * 96)
    assert f"and {2 * 14 * 96 - 200} more" in page_of(added)
    gone = compared(daily)
    assert gone.dates is not None
    assert (gone.dates.lost_count, gone.dates.gained_count) == (14, 0)
    assert "None: the job runs by hand only." in page_of(gone)


def test_what_a_chosen_calendar_leaves_out_is_lost(daily: Job) -> None:
    moving = a_calendar(**a_closure("2026-03-04T00:00", "2026-03-06T00:00", "Moving"))
    found = compared(daily, kept(daily, not_on(moving)))
    assert found.dates is not None
    assert found.dates.lost == (NOON + timedelta(days=2), NOON + timedelta(days=3))


def test_a_schedule_that_was_held_named_nothing(daily: Job) -> None:
    daily.schedules.update(zone="Nowhere/Town")
    found = compared(daily, kept(daily, a_schedule()))
    assert found.dates is not None
    assert (found.dates.before, found.dates.gained_count) == ((), 14)


def test_overlaps_are_predicted_from_how_long_runs_really_took(daily: Job) -> None:
    has_run_for(daily, *[12] * 17, *[20] * 3)
    ordinary, slow = compared(daily, QUARTERS).overlaps
    assert ordinary == (
        "With runs of 12 min (median of the last 20) no date meets the run before it."
    )
    assert slow.startswith("With runs of 20 min (nine in ten are shorter) 50 of the next 100 dates")
    assert slow.endswith("meet the run before them: they are skipped.")
    replaced = compared(daily, QUARTERS, overlap="replace").overlaps[1]
    assert "99 of the next 100 dates" in replaced
    assert "the run before them is cancelled" in replaced


def test_only_the_newest_twenty_runs_count_and_no_dry_ones(daily: Job) -> None:
    has_run_for(daily, *[50] * 10, *[5] * 20)
    a_run(
        daily,
        RunState.SUCCEEDED,
        dry_run=True,
        started_at=NOON,
        finished_at=NOON + timedelta(hours=9),
    )
    (sentence,) = compared(daily, QUARTERS).overlaps
    assert "runs of 5 min (median of the last 20)" in sentence


def test_two_runs_tell_nothing_about_overlaps(daily: Job) -> None:
    has_run_for(daily, 20, 20)
    assert compared(daily, QUARTERS).overlaps == (
        "Whether runs would meet is unknown: too few runs of this job have succeeded yet.",
    )


def test_what_cannot_be_planned_is_told_and_breaks_nothing(daily: Job) -> None:
    found = compared(daily, a_schedule(type="cron", expression="0 0 30 2 *"))
    assert "The dates cannot be compared." in page_of(found)
    assert "never fires" in found.fault


def test_runs_that_all_take_as_long_are_told_of_once(daily: Job) -> None:
    has_run_for(daily, 20, 20, 20)
    (sentence,) = compared(daily, QUARTERS).overlaps
    assert sentence.startswith("With runs of 20 min (median of the last 3) 50 of")
