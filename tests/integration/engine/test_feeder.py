"""The thread of the leading engine that makes the runs of backfills."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest

from scheduling.engine import feeder
from scheduling.engine.feeder import Feeder
from scheduling.models import Backfill, Job
from scheduling.states import RunState
from tests.factories.backfills import LATER, a_backfill
from tests.factories.jobs import NOON, a_job, a_schedule
from tests.waiting import wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.one_database]

Start = Callable[..., Feeder]


@pytest.fixture
def job() -> Job:
    return a_job("morning", a_schedule(), now=NOON - timedelta(hours=2))


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """The instants at which backfills were fed, in place of feeding them."""
    found: list[datetime] = []

    def feed(*, now: datetime) -> bool:
        found.append(now)
        return False

    monkeypatch.setattr(feeder, "feed_backfills", feed)
    return found


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Starts a feeder that looks every few milliseconds, and stops it."""
    monkeypatch.setattr(feeder, "BUSY_SECONDS", 0.02)
    started: list[Feeder] = []

    def begin(leads: Callable[[], bool] = lambda: True) -> Feeder:
        started.append(Feeder(clock=lambda: LATER, leads=leads))
        started[-1].start()
        return started[-1]

    yield begin
    for each in started:
        each.stop()


def end_run(backfill: Backfill) -> None:
    backfill.runs.filter(state=RunState.PENDING).update(state=RunState.SUCCEEDED, finished_at=LATER)


def test_the_next_run_is_made_when_one_has_ended(start, job):
    backfill = a_backfill(job, days=2)
    start()
    wait_for(lambda: backfill.runs.count() == 1)
    end_run(backfill)
    wait_for(lambda: backfill.runs.count() == 2)
    end_run(backfill)
    wait_for(lambda: Backfill.objects.get().is_over)


def test_idle_it_waits_until_it_is_woken(start, looks):
    thread = start()
    wait_for(lambda: len(looks) == 1)
    thread.wake()
    wait_for(lambda: len(looks) == 2)


def test_only_the_engine_that_leads_feeds(start, looks):
    answers = iter([False, False, False])
    start(lambda: next(answers, True))
    wait_for(lambda: looks)
    assert next(answers, None) is None
    assert len(looks) == 1


def test_a_database_that_is_away_ends_nothing_and_is_told_once(start, looks, monkeypatch, caplog):
    failures = iter([OSError("away"), OSError("away")])

    def fail_twice(*, now: datetime) -> bool:
        for failure in failures:
            raise failure
        looks.append(now)
        return False

    monkeypatch.setattr(feeder, "feed_backfills", fail_twice)
    start()
    wait_for(lambda: looks == [LATER])
    wait_for(lambda: "feeding_works_again" in caplog.text)
    assert caplog.text.count("feeding_failed") == 1
