"""Claimed runs whose children do not start."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

import pytest

from scheduling.clock import utc_now
from scheduling.execution.channel import LONGEST_MESSAGE, BrokenMessage
from scheduling.execution.offers import Offers
from scheduling.execution.supervisor import Supervisor
from scheduling.execution.zygote import ChildNotStarted
from scheduling.models import Job, Run, Worker
from scheduling.states import RunState
from tests.factories.jobs import a_job
from tests.factories.runs import a_run
from tests.waiting import wait_for

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
SETTINGS = "tests.integration.execution.messy"

Supervise = Callable[[Offers | None], Supervisor]


@pytest.fixture
def supervise(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> Iterator[Supervise]:
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", SETTINGS)
    made: list[Supervisor] = []

    def make(offers: Offers | None = None) -> Supervisor:
        made.append(Supervisor(worker, clock=utc_now, slots=2, offers=offers))
        return made[-1]

    yield make
    for each in made:
        for child in each.children:
            child.close()
        each.close()


def a_run_that_waits(job: Job, **params: str) -> Run:
    frozen = {"name": job.name, "kind": "messy", "params": {"act": "wait", **params}}
    return a_run(job, snapshot={"job": frozen})


def test_an_offer_whose_child_does_not_start_is_settled(job, supervise, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/none")
    offers, run = Offers(), a_run_that_waits(job)
    is_settled = offers.put(run.pk, run.claim_epoch)
    supervisor = supervise(offers)
    with pytest.raises(ChildNotStarted):
        supervisor._claim()
    assert is_settled.is_set()


def test_an_order_that_cannot_be_sent_keeps_no_other_run_from_its_start(job, supervise):
    offers = Offers()
    runs = [
        a_run_that_waits(job, beyond_measure="x" * LONGEST_MESSAGE),
        a_run_that_waits(a_job("other")),
    ]
    settled = [offers.put(run.pk, run.claim_epoch) for run in runs]
    supervisor = supervise(offers)
    with pytest.raises(BrokenMessage):
        supervisor._claim()
    assert [each.is_set() for each in settled] == [True, False]
    assert [child.run for child in supervisor.children] == runs[1:]


def test_a_process_whose_attempt_is_over_serves_again_before_the_end_is_recorded(job, supervise):
    runs = [a_run_that_waits(job, act="nothing"), a_run_that_waits(a_job("other"), act="nothing")]
    offers = Offers()
    supervisor = supervise(offers)
    for run in runs:
        offers.put(run.pk, run.claim_epoch)
        supervisor._claim()
        wait_for(lambda: supervisor.children[-1].read() or supervisor.children[-1].has_ended())
    assert len({child.pid for child in supervisor.children}) == 1
    assert not Run.objects.exclude(state=RunState.RUNNING).exists()
    supervisor.turn()
    assert supervisor.children == []
    assert Run.objects.filter(state=RunState.SUCCEEDED).count() == 2


def test_a_zygote_that_does_not_start_is_left_to_the_first_run(supervise, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/none")
    supervise().warm_up()
