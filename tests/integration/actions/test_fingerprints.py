from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from scheduling.actions import fingerprints
from scheduling.actions.fingerprints import (
    accept_futures,
    changed_futures,
    check_futures,
    planning_versions,
    stamp,
)
from scheduling.actions.jobs import remove_job
from scheduling.models import Job, Notice, NoticeCode, Schedule
from tests.factories.jobs import NOON, a_job, a_schedule
from tests.integration.actions.conftest import DAY, edit

pytestmark = pytest.mark.django_db

LATER = NOON + 30 * DAY
NEWER = {**planning_versions(), "tzdata": "2027a"}


def changes(now: datetime = LATER) -> list[str]:
    return [str(change) for change in changed_futures(now=now)]


def forge(job: Job) -> None:
    """Older data named other dates for the job's schedule."""
    Schedule.objects.filter(job=job).update(
        fingerprint="other dates", fingerprint_versions={"tzdata": "2020a"}
    )


@pytest.fixture
def upgraded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process runs with newer time-zone data."""
    monkeypatch.setattr(fingerprints, "planning_versions", lambda: NEWER)


def test_a_saved_schedule_is_stamped(job):
    schedule = job.schedules.get()
    assert schedule.fingerprint
    assert schedule.fingerprint_from == NOON - timedelta(hours=2)
    assert set(schedule.fingerprint_versions) == {"rollcall", "tzdata", "croniter", "holidays"}


def test_the_stamp_begins_at_a_whole_second(job):
    schedule = job.schedules.get()
    stamp(schedule, now=NOON + timedelta(microseconds=7))
    assert schedule.fingerprint_from == NOON


def test_a_schedule_without_a_key_cannot_be_stamped():
    """What `H` draws depends on the key."""
    with pytest.raises(ValueError, match="Save the schedule"):
        stamp(Schedule(rule={"type": "cron", "expression": "H 2 * * *"}, zone="UTC"), now=NOON)


def test_what_did_not_change_is_not_listed(job):
    a_job("drawn", a_schedule(type="cron", expression="H 2 * * *"), now=NOON)
    assert changes() == []


def test_an_edit_is_no_change_of_the_future(job):
    edit(job, a_schedule(type="daily", times=["18:00"]), now=NOON)
    assert changes() == []


def test_a_changed_future_is_listed_with_versions_and_dates(job):
    forge(job)
    (line,) = changes()
    assert line.startswith("morning (schedule ")
    assert f"tzdata 2020a -> {planning_versions()['tzdata']}" in line
    assert "next dates now: 2026-04-02T12:00:00+00:00, 2026-04-03" in line


def test_a_schedule_that_cannot_be_read_is_listed_as_such(job):
    Schedule.objects.update(zone="Atlantis/Capital")
    (line,) = changes()
    assert "cannot be read" in line
    assert "Atlantis/Capital" in line


def test_a_schedule_that_never_was_stamped_has_no_future_to_compare(job):
    Schedule.objects.update(fingerprint="", fingerprint_from=None, fingerprint_versions={})
    assert changes() == []


def test_schedules_out_of_service_are_left_out(job):
    forge(job)
    remove_job(job=job, by="alice", now=NOON)
    assert changes() == []


def test_the_daily_check_renews_what_stayed_the_same(job, upgraded):
    check_futures(now=LATER)
    schedule = job.schedules.get()
    assert (schedule.fingerprint_from, schedule.fingerprint_versions) == (LATER, NEWER)
    assert changes() == []
    assert not Notice.objects.exists()


def test_the_daily_check_tells_once_of_what_changed(job, upgraded):
    other = a_job("other", a_schedule(), now=NOON)
    forge(other)
    check_futures(now=LATER)
    check_futures(now=LATER + DAY)
    notice = Notice.objects.get()
    assert notice.code == NoticeCode.FUTURE_CHANGED
    assert "other (schedule " in notice.text
    assert "morning" not in notice.text
    assert len(changes()) == 1  # until somebody accepts it


def test_a_notice_that_was_seen_does_not_come_back(job):
    forge(job)
    check_futures(now=LATER)
    Notice.objects.get().close(by="alice", now=LATER)
    check_futures(now=LATER + DAY)
    assert not Notice.objects.open().exists()


def test_another_change_is_told_again(job):
    forge(job)
    check_futures(now=LATER)
    Notice.objects.get().close(by="alice", now=LATER)
    forge(a_job("other", a_schedule(), now=NOON))
    check_futures(now=LATER + DAY)
    assert "other" in Notice.objects.open().get().text


def test_another_change_is_told_while_the_first_is_still_open(job):
    forge(job)
    check_futures(now=LATER)
    forge(a_job("other", a_schedule(), now=NOON))
    check_futures(now=LATER + DAY)
    text = Notice.objects.open().get().text
    assert "morning" in text
    assert "other" in text


def test_accepting_takes_the_futures_as_they_are_and_closes_the_notice(job):
    forge(job)
    check_futures(now=LATER)
    accept_futures(by="alice", now=LATER)
    assert changes() == []
    assert Notice.objects.get().closed_by == "alice"


def test_an_edit_during_the_check_keeps_its_own_stamp(job, monkeypatch):
    read = fingerprints._live

    def read_and_edit() -> list[Schedule]:
        schedules = read()
        Schedule.objects.update(fingerprint="of an edit")
        return schedules

    monkeypatch.setattr(fingerprints, "_live", read_and_edit)
    accept_futures(by="alice", now=LATER)
    assert job.schedules.get().fingerprint == "of an edit"
