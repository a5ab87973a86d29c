"""Rows that were there before the schema changed."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from scheduling.models import Run
from scheduling.states import Reason
from tests.factories.jobs import NOON, a_job
from tests.factories.runs import a_running_run, a_worker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.one_database]


def migrate(name: str) -> None:
    MigrationExecutor(connection).migrate([("scheduling", name)])


def test_a_run_that_goes_on_during_the_upgrade_has_its_place_in_the_queue_when_it_goes_back():
    run, _ = a_running_run(a_job(now=NOON), a_worker())
    migrate("0002_time")
    migrate("0003_execution")
    run = Run.objects.get(pk=run.pk)
    assert run.put_back(available_at=NOON, reason=Reason.WORKER_LOST, who="w", now=NOON)
    assert run.ranked_at == run.due_at
