"""What a run keeps of the job that it was made from."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from scheduling.actions.drafts import JobDraft
from scheduling.actions.jobs import add_job
from scheduling.actions.ledger import due_accounts
from scheduling.actions.snapshots import snapshot
from scheduling.environment import environment_digest, record_environment, this_environment
from scheduling.models import DataSource, Environment, Job, Run
from tests.factories.jobs import NOON, a_schedule, a_user
from tests.integration.actions.conftest import MORNING, tick

pytestmark = pytest.mark.django_db


def a_collecting_job(name: str = "collecting") -> Job:
    draft = JobDraft(name=name, kind="house-disclosures", schedules=(a_schedule(),))
    return add_job(draft=draft, owner=a_user(), by="alice", now=MORNING)


def test_a_snapshot_keeps_kind_and_environment(job):
    frozen = snapshot(job)
    assert (frozen["job"]["kind"], frozen["kind_version"]) == ("probe", 1)
    assert frozen["environment"] == environment_digest()


def test_a_snapshot_keeps_the_sources_as_they_were():
    job = a_collecting_job()
    sources = snapshot(job)["sources"]
    assert sorted(sources) == sorted(job.sources.values_list("slug", flat=True)) != []
    slug = next(iter(sources))
    row = DataSource.objects.get(slug=slug)
    assert sources[slug] == {
        "title": row.title,
        "url": row.url,
        "min_interval_seconds": row.min_interval_seconds,
        "max_running": None,
    }


def test_a_kind_that_is_gone_has_no_version(job):
    job.kind = "gone"
    frozen = snapshot(job)
    assert (frozen["kind_version"], frozen["idempotent"]) == (None, False)


def test_a_tick_reads_the_sources_of_all_jobs_at_once(job):
    a_collecting_job()
    with CaptureQueriesContext(connection) as few:
        due_accounts(now=NOON)
    for number in range(5):
        a_collecting_job(f"collecting {number}")
    with CaptureQueriesContext(connection) as many:
        accounts = due_accounts(now=NOON)
    assert len(accounts) == 7
    assert len(many) == len(few)


def test_the_ledger_writes_down_what_planned_its_rows(job):
    tick(NOON)
    row = Environment.objects.get()
    assert row.digest == Run.objects.get().snapshot["environment"]
    assert row.packages == this_environment()["packages"]


def test_an_environment_is_written_once(db):
    record_environment(now=NOON)
    with CaptureQueriesContext(connection) as queries:
        assert record_environment(now=NOON) == environment_digest()
    assert len(queries) == 1
    assert Environment.objects.count() == 1


def test_an_environment_of_a_transaction_that_was_rolled_back_is_written_again(db):
    with transaction.atomic():
        record_environment(now=NOON)
        transaction.set_rollback(True)
    assert not Environment.objects.exists()
    record_environment(now=NOON)
    assert Environment.objects.exists()
