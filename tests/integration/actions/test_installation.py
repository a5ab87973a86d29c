"""Whose database it is: what an engine finds at its start, and what a person answers."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from scheduling.actions import installation_file
from scheduling.actions.installation import (
    NotHeld,
    accept,
    adopt_versions,
    check_installation,
    note_seen,
)
from scheduling.actions.installation_file import Known
from scheduling.actions.jobs import pause_job
from scheduling.models import DueEntry, Installation, Job, Run, RunEvent, Schedule
from scheduling.models.attempt import note_pids
from scheduling.states import Reason, RunState
from tests.factories.claims import candidates
from tests.factories.jobs import NOON, a_job, a_schedule
from tests.factories.runs import a_run, a_running_run, a_worker
from tests.integration.actions.conftest import DAY, due_at, ledger, tick

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
MOMENT = timedelta(microseconds=1)


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    """The DATA_DIR of this machine."""
    settings.DATA_DIR = tmp_path / "data"
    return tmp_path / "data"


def a_row(uid: str = "ours", seen_at: datetime = NOON) -> Installation:
    return Installation.objects.create(uid=uid, seen_at=seen_at)


def an_engine_starts(now: datetime = NOON, *, is_at_work: bool = False) -> str:
    """What holds the schedules then."""
    check_installation(now=now, is_at_work=lambda: is_at_work)
    return Installation.objects.get().held_reason


def test_a_first_start_makes_row_and_file():
    assert an_engine_starts() == ""
    known = installation_file.read()
    assert known == Known(Installation.objects.get().uid, NOON)


def test_a_new_database_becomes_part_of_the_installation_that_the_file_names():
    installation_file.write(Known("ours", NOON - 9 * DAY))
    assert an_engine_starts() == ""
    assert Installation.objects.get().uid == "ours"


@pytest.mark.parametrize("outage", [timedelta(0), DAY, 400 * DAY])
def test_an_outage_holds_nothing_however_long(outage):
    a_row()
    installation_file.write(Known("ours", NOON))
    assert an_engine_starts(NOON + outage) == ""


@pytest.mark.parametrize(
    ("known", "held_reason"),
    [
        (None, "no installation.json"),
        (Known("theirs", NOON), "part of installation theirs"),
        (Known("ours", NOON + DAY + MOMENT), "an older copy"),
    ],
)
def test_a_restored_copy_is_held_and_says_why(known, held_reason):
    a_row()
    if known is not None:
        installation_file.write(known)
    assert held_reason in an_engine_starts()
    assert installation_file.read() == known  # the file keeps what it knew until a person accepts


def test_a_copy_of_the_last_day_is_not_held():
    a_row()
    installation_file.write(Known("ours", NOON + DAY))
    assert an_engine_starts(NOON + DAY) == ""


@pytest.mark.parametrize("known", [None, Known("theirs", NOON)])
def test_a_machine_joins_the_database_that_another_engine_works_on(known):
    a_row()
    if known is not None:
        installation_file.write(known)
    assert an_engine_starts(is_at_work=True) == ""
    assert installation_file.read() == Known("ours", NOON)


def test_a_hold_outlives_the_engine_that_found_it():
    a_row().hold("a copy", now=NOON)
    installation_file.write(Known("ours", NOON))
    assert an_engine_starts(is_at_work=True) == "a copy"


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"uid": "ours", "seen_at": null}', '{"uid": "ours"}', "\x00"]
)
def test_a_file_that_says_nothing_counts_as_missing(folder, text):
    a_row()
    folder.mkdir()
    installation_file.path().write_text(text)
    assert "no installation.json" in an_engine_starts()


def test_a_folder_that_cannot_be_written_does_not_stop_the_start(folder):
    folder.write_text("a file where the folder should be")
    assert an_engine_starts() == ""
    assert installation_file.read() is None


def test_a_pinned_id_needs_no_file(settings, folder):
    settings.INSTALLATION_ID = "pinned"
    a_row("pinned")
    assert an_engine_starts() == ""
    Installation.objects.update(uid="theirs")
    assert "part of installation pinned" in an_engine_starts()


def test_an_id_pinned_after_the_start_is_another_installation(settings):
    an_engine_starts()
    settings.INSTALLATION_ID = "pinned"
    assert "part of installation pinned" in an_engine_starts()


@pytest.mark.parametrize(("leads", "seen_at"), [(True, NOON + HOUR), (False, NOON)])
def test_row_and_file_keep_the_last_sign_of_life_of_the_engine_that_leads(leads, seen_at):
    a_row()
    note_seen(now=NOON + HOUR, leads=leads)
    assert Installation.objects.get().seen_at == seen_at
    assert installation_file.read() == Known("ours", seen_at)


def test_while_it_is_held_no_sign_of_life_is_kept():
    a_row().hold("a copy", now=NOON)
    note_seen(now=NOON + HOUR, leads=True)
    assert Installation.objects.get().seen_at == NOON
    assert installation_file.read() is None


def test_the_processes_that_a_copy_names_are_left_alone(job):
    _, attempt = a_running_run(job, a_worker())
    note_pids({attempt: 1})
    a_row()
    an_engine_starts()
    attempt.refresh_from_db()
    assert attempt.pid is None


def test_while_it_is_held_only_runs_by_hand_are_claimed(job):
    tick(NOON)
    a_run(job)  # asked for in the original: it is the copy's as little as what is planned
    by_hand = a_run(job, created_at=NOON + HOUR)
    assert len(candidates(NOON, limit=9)) == 3
    a_row().hold("a copy", now=NOON)
    assert candidates(NOON, limit=9) == [by_hand]


def test_accepted_from_now_on_what_was_asked_for_in_the_original_is_cancelled_too(job):
    old, new = a_run(job), a_run(job, created_at=NOON + 2 * HOUR)
    a_row().hold("a copy", now=NOON + HOUR)
    accept(by="alice", now=NOON + 3 * HOUR, catch_up=False)
    states = [Run.objects.get(pk=run.pk).state for run in (old, new)]
    assert states == [RunState.CANCELLED, RunState.PENDING]


def held(job: Job) -> Run:
    """A copy in which the run of one noon waits, held when three more are owed."""
    tick(NOON)
    a_row().hold("a copy", now=NOON + 3 * DAY + HOUR)
    return Run.objects.get(job=job)


def test_accepted_from_now_on_nothing_of_the_time_before_runs(job):
    waiting = held(job)
    now = NOON + 3 * DAY + HOUR
    accept(by="alice", now=now, catch_up=False)
    tick(now)
    assert ledger(job) == [
        (NOON, RunState.CANCELLED, Reason.SUPERSEDED),
        *[(NOON + n * DAY, RunState.SKIPPED, Reason.PAUSED) for n in (1, 2, 3)],
    ]
    assert due_at(job.schedules.get()) == NOON + 4 * DAY
    assert RunEvent.objects.get(run=waiting).who == "alice"


def test_accepted_with_what_is_owed_the_jobs_policy_decides(job):
    a_row().hold("a copy", now=NOON)
    now = NOON + 2 * DAY + HOUR
    accept(by="alice", now=now, catch_up=True)
    tick(now)
    assert [(at, state) for at, state, _ in ledger(job)] == [
        (NOON, RunState.MISSED),
        (NOON + DAY, RunState.MISSED),
        (NOON + 2 * DAY, RunState.PENDING),
    ]


def test_from_now_on_leaves_to_a_pause_what_the_pause_holds(job):
    pause_job(job=job, reason="holiday", by="alice", now=NOON - HOUR)
    a_row().hold("a copy", now=NOON)
    accept(by="bob", now=NOON + DAY, catch_up=False)
    assert ledger(job) == []
    assert due_at(job.schedules.get()) is None


def test_from_now_on_holds_a_schedule_that_cannot_be_read_and_the_others_go_on(job):
    other = a_job("other", a_schedule(), now=NOON - HOUR)
    Schedule.objects.filter(job=other).update(zone="Atlantis/Capital")
    held(job)
    accept(by="alice", now=NOON + 2 * DAY, catch_up=False)
    assert "Atlantis" in other.schedules.get().quarantine_reason
    assert due_at(job.schedules.get()) == NOON + 3 * DAY


@pytest.mark.parametrize(("known", "uid"), [(None, None), (Known("theirs", NOON), "theirs")])
def test_an_accepted_database_belongs_to_this_installation(known, uid):
    """A machine without an id gets one of its own: the original keeps its."""
    a_row()
    if known is not None:
        installation_file.write(known)
    an_engine_starts()
    accept(by="alice", now=NOON + HOUR, catch_up=True)
    installation = Installation.objects.get()
    assert (installation.accepted_by, installation.seen_at) == ("alice", NOON + HOUR)
    assert installation.uid not in ("", "ours")
    assert uid in (None, installation.uid)
    assert installation_file.read() == Known(installation.uid, NOON + HOUR)
    assert an_engine_starts(NOON + HOUR) == ""


def test_an_older_copy_that_was_accepted_is_not_held_again():
    a_row()
    installation_file.write(Known("ours", NOON + 5 * DAY))
    assert an_engine_starts(NOON + 5 * DAY)
    accept(by="alice", now=NOON + 5 * DAY, catch_up=True)
    assert an_engine_starts(NOON + 6 * DAY) == ""


def test_what_is_not_held_cannot_be_accepted():
    a_row()
    with pytest.raises(NotHeld):
        accept(by="alice", now=NOON, catch_up=True)


def test_the_file_is_plain_json(folder):
    an_engine_starts()
    said = json.loads((folder / "installation.json").read_text())
    assert said == {"uid": Installation.objects.get().uid, "seen_at": NOON.isoformat()}
    assert list(folder.iterdir()) == [installation_file.path()]


@pytest.fixture
def upgraded(job: Job) -> Schedule:
    """Planned by an engine with other data, which got the next date wrong."""
    installation = a_row()
    installation.plan_with({"tzdata": "2020a"})
    schedule = job.schedules.get()
    tick(NOON)
    return schedule


def test_after_an_upgrade_every_schedule_is_decided_afresh(upgraded):
    wrong = NOON + 5 * DAY
    DueEntry.objects.put(upgraded.pk, wrong)
    now = NOON + HOUR
    adopt_versions(now=now)
    tick(now)
    assert due_at(upgraded) == NOON + DAY
    assert Run.objects.count() == 1  # nothing was named too early


def test_without_an_upgrade_the_due_index_stays(upgraded):
    adopt_versions(now=NOON + HOUR)
    DueEntry.objects.put(upgraded.pk, NOON + 5 * DAY)
    adopt_versions(now=NOON + HOUR)
    assert due_at(upgraded) == NOON + 5 * DAY


def test_an_upgrade_wakes_no_schedule_that_is_held(upgraded):
    pause_job(job=upgraded.job, reason="holiday", by="alice", now=NOON + MOMENT)
    adopt_versions(now=NOON + HOUR)
    assert due_at(upgraded) is None
