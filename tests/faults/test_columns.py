"""A wrong value in each column of each table in turn: another job goes on (invariant I4).

The suite writes one drawn value into each column; with FAULTS_ROUNDS each value of each.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.db import models, transaction
from django.test import Client

from scheduling.actions.repair import review_jobs
from scheduling.engine import store
from scheduling.execution.claiming import candidates
from scheduling.execution.recovery import recover_lost_runs
from scheduling.models import EngineLease, Installation, Job, Run
from tests.factories.jobs import NOON
from tests.faults.columns import Damage, damaged, damages, tables
from tests.faults.fleet import a_sick_fleet, an_innocent_job
from tests.faults.trials import IS_LONG, Trial
from tests.integration.engine.ticking import TickingEngine

pytestmark = pytest.mark.django_db

SOON = NOON + timedelta(seconds=61)
PAGES = ("/jobs/", "/runs/", "/jobs/{job}/", "/runs/{run}/")
FURTHER_PAGES = ("/inbox/", "/calendars/", "/filings/", "/transactions/")
# Rows that are everybody's: what does not hold, as docs/reliability.md says.
SHARED = {(Installation, "held_at"), (EngineLease, "epoch")}


@dataclass
class Neighbour:
    """The innocent job, and a browser in which its owner is signed in."""

    job: Job
    client: Client

    def goes_on(self) -> Iterator[str]:
        """What does not work, of all that must: engine's start and tick, recovery, claim, pages."""
        yield from _fails("start", lambda: review_jobs(now=SOON))
        yield from _fails("recovery", lambda: recover_lost_runs(now=SOON))
        yield from _fails("tick", lambda: TickingEngine(NOON).tick(SOON))
        run = Run.objects.filter(job=self.job).first()
        if run is None:
            yield "it was not planned"
            return
        yield from _fails("claim", lambda: self._is_offered(run))
        for page in PAGES + (FURTHER_PAGES if IS_LONG else ()):
            yield from _fails(page, lambda: self._is_shown(page, run))  # noqa: B023 - called at once

    def _is_offered(self, run: Run) -> None:
        assert run in list(candidates(SOON)), "not offered"

    def _is_shown(self, page: str, run: Run) -> None:
        answer = self.client.get(page.format(job=self.job.pk, run=run.pk))
        assert answer.status_code == 200, answer.status_code


def _fails(name: str, step: Callable[[], object]) -> Iterator[str]:
    try:
        with transaction.atomic():
            step()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what we look for
        yield f"{name}: {error!r}"


@pytest.fixture
def neighbour(monkeypatch) -> Neighbour:
    # The store closes its connection after an error, and this test's rows would go with it.
    monkeypatch.setattr(store, "connection", NeverClosed())
    job, client = an_innocent_job(), Client()
    client.force_login(job.owner)
    return Neighbour(job, client)


class NeverClosed:
    def close(self) -> None: ...


def chosen(model: type[models.Model]) -> list[Damage]:
    every = [each for each in damages(model) if (model, each.column) not in SHARED]
    if IS_LONG:
        return every
    columns = {each.column for each in every}
    draw = random.Random(model._meta.label)
    return [
        draw.choice([each for each in every if each.column == name]) for name in sorted(columns)
    ]


@pytest.mark.parametrize("model", tables(), ids=lambda model: model._meta.label)
def test_a_wrong_value_in_a_row_leaves_the_others_alone(neighbour, trial: Trial, model):
    row = a_sick_fleet()[model]
    trial.is_of("B00", f"a wrong value in {model._meta.db_table}")
    found = []
    for damage in chosen(model):
        with damaged(damage, row.pk) as is_taken:
            trial.strikes += is_taken
            if is_taken:
                found += [f"{damage}: {fault}" for fault in neighbour.goes_on()]
    trial.found = found
    assert found == []
