"""Which runs are sent to the broker, when, and how many at a time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from scheduling.execution.dispatch import collect, take_back
from scheduling.models import Pool, Run, Worker, WorkerRole
from scheduling.states import Reason, RunState
from tests.factories.jobs import NOON, a_job
from tests.factories.runs import a_run, a_running_run, a_worker
from tests.factories.sources import a_source

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


def a_hand(*pools: str, slots: int = 2, **fields: Any) -> Worker:
    """A worker that lives at noon."""
    worker = a_worker(pid=5000 + Worker.objects.count())
    values = {"role": WorkerRole.WORKER, "slots": slots, "pools": list(pools), **fields}
    Worker.objects.filter(pk=worker.pk).update(**values)
    return worker


def waiting(number: int, **fields: Any) -> list[Run]:
    """Runs of as many jobs."""
    names = (f"job {fields.get('pool')} {each}" for each in range(number))
    return [a_run(a_job(name), **fields) for name in names]


def sent(now=NOON) -> list[int]:
    return [letter.run_id for letter in collect(now=now).letters]


def test_so_many_are_under_way_as_keep_the_workers_busy_and_those_of_the_first_rank():
    a_hand(slots=2)
    runs = waiting(6)
    Run.objects.filter(pk=runs[5].pk).update(ranked_at=NOON - timedelta(minutes=5))
    assert sent() == [runs[5].pk, runs[0].pk, runs[1].pk, runs[2].pk]
    assert sent() == []
    Run.objects.filter(pk=runs[5].pk).update(state=RunState.RUNNING)
    assert sent() == [runs[3].pk]


def test_what_is_sent_names_the_claim_that_it_is_good_for():
    a_hand()
    run = a_run(a_job(), claim_epoch=3)
    (letter,) = collect(now=NOON).letters
    assert (letter.run_id, letter.claim_epoch, letter.pool) == (run.pk, 3, "default")
    run.refresh_from_db()
    assert (run.dispatched_at, run.dispatch_count) == (NOON, 1)


def test_a_message_that_nobody_took_is_sent_again_after_longer_and_longer_waits(settings):
    settings.RESEND_SECONDS = 30
    hand, run = a_hand(slots=1), a_run(a_job())
    at, waits = NOON, []
    assert sent(at) == [run.pk]
    for _ in range(7):
        wait = 0
        while not sent(at + wait * SECOND):
            wait += 15
            Worker.objects.filter(pk=hand.pk).update(heartbeat_at=at + wait * SECOND)
        waits.append(wait)
        at += wait * SECOND
    assert waits == [30, 60, 120, 240, 480, 600, 600]


def test_a_run_that_goes_back_is_sent_anew_and_at_once():
    hand = a_hand()
    run, _ = a_running_run(a_job(), hand, dispatched_at=NOON, dispatch_count=4)
    assert run.put_back(available_at=NOON, reason=Reason.INTERRUPTED, who="x", now=NOON)
    (letter,) = collect(now=NOON).letters
    assert (letter.run_id, letter.claim_epoch) == (run.pk, 1)
    assert Run.objects.get(pk=run.pk).dispatch_count == 1


def test_what_the_broker_refused_was_never_sent():
    a_hand()
    (run,) = waiting(1)
    mail = collect(now=NOON)
    take_back(mail.letters, noted_at=NOON)
    run.refresh_from_db()
    assert (run.dispatched_at, run.dispatch_count) == (None, 0)
    assert sent() == [run.pk]


@pytest.mark.parametrize(
    "fields",
    [
        {"ended_at": NOON},
        {"heartbeat_at": NOON - timedelta(seconds=31)},
        {"role": WorkerRole.ENGINE},
        {"pools": ["heavy"]},
    ],
)
def test_nothing_is_sent_where_no_living_worker_serves(fields):
    Pool.objects.create(name="heavy")
    a_hand(**fields)
    waiting(1)
    mail = collect(now=NOON)
    assert (mail.letters, mail.unserved) == ([], {"default"})


def test_every_pool_has_a_window_of_its_own():
    Pool.objects.create(name="heavy")
    a_hand("heavy", slots=1)
    a_hand(slots=1)  # serves all
    light, heavy = waiting(5), waiting(5, pool="heavy")
    letters = collect(now=NOON).letters
    assert [(letter.run_id, letter.pool) for letter in letters] == [
        *((run.pk, "default") for run in light[:2]),
        *((run.pk, "heavy") for run in heavy[:4]),
    ]


def test_a_run_whose_pool_was_removed_goes_to_default():
    a_hand()
    run = a_run(a_job(), pool="gone")
    (letter,) = collect(now=NOON).letters
    assert (letter.run_id, letter.pool) == (run.pk, "default")


def test_a_full_pool_is_left_alone_and_others_are_not():
    Pool.objects.create(name="narrow", slots=1)
    hand = a_hand()
    a_running_run(a_job("running"), hand, pool="narrow")
    waiting(4, pool="narrow")
    other = a_run(a_job("other"))
    assert sent() == [other.pk]


def test_runs_that_wait_for_a_source_hide_none_behind_them():
    source = a_source(max_running=1)
    hand = a_hand(slots=1)
    jobs = [a_job(f"asks {number}") for number in range(5)]
    for job in jobs:
        job.sources.add(source)
    a_running_run(jobs[0], hand)
    for job in jobs[1:]:
        a_run(job)
    behind = a_run(a_job("behind"))
    assert sent() == [behind.pk]


def test_a_run_behind_another_of_its_job_waits_here():
    hand, job = a_hand(), a_job()
    a_running_run(job, hand)
    a_run(job, may_wait=True)
    assert sent() == []


def test_what_is_not_due_is_not_sent():
    a_hand()
    a_run(a_job(), available_at=NOON + SECOND)
    assert sent() == []
