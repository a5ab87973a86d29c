from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from scheduling.actions.first_steps import ensure_admin
from scheduling.actions.installation_file import Known, read
from scheduling.engine import chores
from scheduling.engine.chores import Chores
from scheduling.models import (
    Installation,
    Job,
    Notice,
    NoticeCode,
    OccurrenceAudit,
    Run,
    Schedule,
)
from tests.factories.jobs import NOON, a_job, a_schedule
from tests.integration.actions.conftest import DAY, tick

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
MIDNIGHT = NOON + DAY / 2


@pytest.fixture(autouse=True)
def installation(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    return Installation.objects.create(uid="ours", seen_at=NOON - DAY)


class Beside:
    """The chores of an engine, a round at a time, under a clock that a test sets."""

    def __init__(self, *, leads: bool = True) -> None:
        self._now = NOON
        self._chores = Chores(clock=lambda: self._now, leads=lambda: leads)

    def round(self, now=NOON) -> None:
        self._now = now
        self._chores.round()


def audits() -> int:
    return OccurrenceAudit.objects.count()


def test_each_round_keeps_a_sign_of_life():
    Beside().round(NOON)
    assert Installation.objects.get().seen_at == NOON
    assert read() == Known("ours", NOON)


def test_the_ledger_is_audited_once_a_day():
    Beside().round(MIDNIGHT - MINUTE)
    Beside().round(MIDNIGHT - timedelta(microseconds=1))  # a process that started meanwhile
    assert audits() == 1
    Beside().round(MIDNIGHT)
    assert audits() == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("leads", "kinds"), [(True, ["maintenance-purge"]), (False, [])])
def test_whoever_takes_the_lead_sees_to_the_nightly_purge(leads: bool, kinds: list[str]) -> None:
    ensure_admin()
    has_looked = threading.Event()

    def look() -> bool:
        has_looked.set()
        return leads

    beside = Chores(clock=lambda: NOON, leads=look)
    beside.start()
    assert has_looked.wait(10)
    beside.stop()
    assert list(Job.objects.values_list("kind", flat=True)) == kinds


def test_an_engine_that_does_not_lead_leaves_the_audit_to_the_one_that_does():
    Beside(leads=False).round()
    assert audits() == 0


def test_the_audit_finds_what_is_missing():
    job = a_job("noon", a_schedule(), now=NOON - DAY)
    tick(NOON)
    Run.objects.filter(job=job, planned_at=NOON).delete()
    Beside().round(NOON + 5 * MINUTE)
    assert not OccurrenceAudit.objects.get().is_complete
    assert Notice.objects.get().code == NoticeCode.LEDGER_INCOMPLETE


def test_a_changed_future_is_told_the_same_day():
    a_job("noon", a_schedule(), now=NOON)
    Schedule.objects.update(fingerprint="other dates")
    Beside().round()
    assert Notice.objects.get().code == NoticeCode.FUTURE_CHANGED


@pytest.mark.django_db(transaction=True)
def test_a_chore_that_fails_keeps_no_other_from_being_done(monkeypatch):
    monkeypatch.setattr(chores, "note_seen", fail)
    monkeypatch.setattr(chores, "check_futures", fail)
    Beside().round()
    assert audits() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("rest", "times"), [(0.0, 2), (chores.REST_SECONDS, 1)])
def test_an_audit_that_fails_is_tried_again_after_a_rest(monkeypatch, rest, times):
    asked = []

    def note_and_fail(*, now):
        asked.append(now)
        fail()

    monkeypatch.setattr(chores, "REST_SECONDS", rest)
    monkeypatch.setattr(chores, "audit_last_day", note_and_fail)
    beside = Beside()
    beside.round(NOON)
    beside.round(NOON + MINUTE)
    assert len(asked) == times


def fail(**_arguments: object) -> None:
    raise ZeroDivisionError
