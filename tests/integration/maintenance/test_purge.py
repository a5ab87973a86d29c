"""The nightly purge as a job: who may have one, what it says, when it stops."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from typing import Any, cast

import pytest

from scheduling.actions.drafts import JobDraft, JobRefused
from scheduling.actions.jobs import add_job
from scheduling.clock import utc_now
from scheduling.kinds import Outcome, RunContext, RunStopped
from scheduling.maintenance.purge import Purge, PurgeParams
from scheduling.models import DailyRollup, Job, LogLine, Run
from scheduling.states import RunState
from tests.factories.jobs import NOON, a_job, a_user
from tests.factories.runs import a_run
from tests.integration.engine.processes import run_command

YEARS_LATER = NOON + timedelta(days=1_000)
KIND = "maintenance-purge"


class FakeRun:
    """What the kind asks of its context; `minutes` pass with each look at the clock."""

    def __init__(self, *, minutes: int = 0, dry_run: bool = False, stops: bool = False) -> None:
        self.dry_run = dry_run
        self._stops = stops
        self._clock: Iterator[datetime] = (
            YEARS_LATER + timedelta(minutes=minutes * step) for step in count()
        )

    def now(self) -> datetime:
        return next(self._clock)

    def should_stop(self) -> bool:
        return self._stops

    def log(self, text: str, *, level: str = "INFO") -> None: ...

    def progress(self, done: int, total: int | None = None, phase: str = "") -> None: ...


def purge(run: FakeRun | None = None, **params: Any) -> Outcome:
    return Purge().run(cast("RunContext", run or FakeRun()), PurgeParams(**params))


@pytest.fixture
def job(db: None) -> Job:
    """A job with 250 runs of long ago, the first with a line in its log."""
    made = a_job("morning")
    runs = [a_run(made, RunState.CANCELLED) for _ in range(250)]
    LogLine.objects.create(run=runs[0], attempt_number=1, at=NOON, level="INFO", text="hello")
    return made


def test_the_rules_of_retention_are_its_defaults():
    keep = PurgeParams().keep
    assert (keep.succeeded.days, keep.others.days, keep.lines.days) == (90, 365, 30)
    assert keep.runs_per_job == 20


def test_it_says_what_it_deleted(job):
    outcome = purge()
    assert outcome.summary == "230 runs, 1 log line, 0 files deleted."
    assert outcome.found == 230
    assert (Run.objects.count(), DailyRollup.objects.get().run_count) == (20, 230)


def test_a_dry_run_says_what_would_go_and_deletes_nothing(job):
    summary = purge(FakeRun(dry_run=True), runs_per_job=50).summary
    assert summary == "200 runs, 1 log line, 0 files would be deleted."
    assert (Run.objects.count(), LogLine.objects.count()) == (250, 1)


def test_when_its_time_is_over_it_ends_and_the_next_run_goes_on(job):
    summary = purge(FakeRun(minutes=20), minutes=30).summary
    assert summary.endswith("The time was over before the work: the next run goes on.")
    assert 20 < Run.objects.count() < 250
    purge()
    assert (Run.objects.count(), DailyRollup.objects.get().run_count) == (20, 230)


def test_it_stops_between_two_steps_when_it_is_told_to(job):
    with pytest.raises(RunStopped):
        purge(FakeRun(stops=True))
    assert Run.objects.count() > 20


@pytest.mark.django_db
def test_only_staff_may_have_it():
    draft = JobDraft(name="mine", kind=KIND, params={"succeeded_days": 7})
    with pytest.raises(JobRefused, match="is for jobs that belong to staff"):
        add_job(draft=draft, owner=a_user("bob"), by="bob", now=NOON)
    add_job(draft=draft, owner=a_user("root", is_staff=True), by="root", now=NOON)


@pytest.mark.django_db(transaction=True)
def test_it_runs_in_a_child_of_its_own(process_env):
    job = a_job("morning")
    for _ in range(30):
        a_run(job, RunState.CANCELLED)
    Run.objects.update(finished_at=utc_now() - timedelta(days=400))
    Run.objects.update(created_at=utc_now() - timedelta(days=400))
    draft = JobDraft(name="purge", kind=KIND)
    add_job(draft=draft, owner=a_user("root", is_staff=True), by="root", now=utc_now())
    code, out, err = run_command(process_env, "runjob", "purge", "--wait")
    assert code == 0, err
    assert "10 runs, 0 log lines, 0 files deleted." in out
    assert job.runs.count() == 20
