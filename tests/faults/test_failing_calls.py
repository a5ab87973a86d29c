"""F02: the n-th statement of a tick and of a run fails, n = 1 and on until both pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from scheduling.execution.claiming import claim_next
from scheduling.execution.loss import recover
from scheduling.models import Attempt, AttemptState, Run
from scheduling.states import RunState
from tests.factories.jobs import NOON, a_job, every
from tests.faults.accounting import faults
from tests.integration.engine.ticking import TickingEngine

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE = timedelta(minutes=1)


class Failing:
    """Statement number `at` raises, as when the connection is lost before the server reads it."""

    def __init__(self, at: int) -> None:
        self.at, self.seen = at, 0

    def __call__(self, execute: Callable[..., Any], *arguments: Any) -> Any:
        self.seen += 1
        if self.seen == self.at:
            raise OperationalError("The server closed the connection unexpectedly.")
        return execute(*arguments)


@contextmanager
def failing(at: int) -> Iterator[Failing]:
    failure = Failing(at)
    with connection.execute_wrapper(failure), suppress(OperationalError):
        yield failure


def tick_and_run(engine: TickingEngine, now: datetime) -> None:
    """What an engine does with a job that is due: plan, claim, finish."""
    engine.tick(now)
    for claimed in claim_next(engine.worker, now=now, limit=5).claimed:
        with transaction.atomic():
            claimed.run.finish(RunState.SUCCEEDED, who="test", now=now)
            attempt = Attempt.objects.filter(pk=claimed.attempt.pk)
            attempt.update(state=AttemptState.SUCCEEDED, finished_at=now)


def test_whichever_statement_fails_the_next_tick_makes_up_for_it(tmp_path, monkeypatch, trial):
    trial.is_of("F02", "a statement fails")
    monkeypatch.setattr(connection, "close", lambda: None)
    schedule = a_job("beat", every(60), now=NOON).schedules.get()
    engine = TickingEngine(NOON)
    for number in count(1):
        now = NOON + number * MINUTE
        with failing(number) as failure:
            tick_and_run(engine, now)
        recover(list(Run.objects.held_by(engine.worker)), who="test", now=now)
        tick_and_run(engine, now)
        if failure.seen < number:
            break
        trial.strikes += 1
    assert trial.strikes > 15
    assert not Run.objects.exclude(state__in=[RunState.SUCCEEDED, RunState.FAILED]).exists()
    assert Run.objects.count() == number
    trial.found = [
        each
        for each in faults([], since={schedule.pk: NOON})
        if "never ended" not in each  # nothing runs here, so there is no evidence
    ]
    assert trial.found == []
