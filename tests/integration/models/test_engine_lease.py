from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from scheduling.models import EngineLease, LeaseLost
from tests.factories.runs import a_worker
from tests.integration.models.test_run_moves import in_threads

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_first_engine_leads_and_keeps_its_epoch_when_it_renews():
    worker = a_worker()
    assert EngineLease.take(worker, seconds=60) == 1
    before = EngineLease.objects.get().expires_at
    assert EngineLease.take(worker, seconds=120) == 1
    assert EngineLease.objects.get().expires_at > before


def test_a_second_engine_waits_while_the_first_one_renews():
    one, other = a_worker(pid=1), a_worker(pid=2)
    assert EngineLease.take(one, seconds=60) == 1
    assert EngineLease.take(other, seconds=60) is None
    assert EngineLease.objects.get().holder == one


def test_a_lease_that_ran_out_is_taken_over_under_a_new_epoch():
    one, other = a_worker(pid=1), a_worker(pid=2)
    assert EngineLease.take(one, seconds=0) == 1
    assert EngineLease.take(other, seconds=60) == 2
    assert EngineLease.take(one, seconds=60) is None


def test_a_holder_that_was_late_but_not_replaced_goes_on():
    worker = a_worker()
    assert EngineLease.take(worker, seconds=0) == 1
    assert EngineLease.take(worker, seconds=60) == 1


def test_a_lease_that_was_given_back_is_free_at_once():
    one, other = a_worker(pid=1), a_worker(pid=2)
    EngineLease.take(one, seconds=600)
    EngineLease.release(one)
    assert EngineLease.take(other, seconds=60) == 2


def test_only_the_holder_gives_the_lease_back():
    one, other = a_worker(pid=1), a_worker(pid=2)
    EngineLease.take(one, seconds=600)
    EngineLease.release(other)
    assert EngineLease.objects.get().holder == one


def test_a_tick_of_the_holder_is_confirmed():
    worker = a_worker()
    epoch = EngineLease.take(worker, seconds=60)
    assert epoch is not None
    with transaction.atomic():
        EngineLease.confirm(worker, epoch)
    assert EngineLease.objects.get().epoch == epoch


def test_a_tick_is_refused_once_another_engine_leads():
    one, other = a_worker(pid=1), a_worker(pid=2)
    EngineLease.take(one, seconds=0)
    EngineLease.take(other, seconds=60)
    with pytest.raises(LeaseLost), transaction.atomic():
        EngineLease.confirm(one, 1)


def test_an_engine_that_led_before_cannot_confirm_its_old_epoch():
    one, other = a_worker(pid=1), a_worker(pid=2)
    EngineLease.take(one, seconds=0)
    EngineLease.take(other, seconds=0)
    assert EngineLease.take(one, seconds=60) == 3
    with pytest.raises(LeaseLost), transaction.atomic():
        EngineLease.confirm(one, 1)


def test_of_many_engines_that_start_at_once_one_leads():
    workers = [a_worker(pid=pid) for pid in range(6)]
    epochs: list[int | None] = []
    start = threading.Barrier(len(workers))

    def take(index: int) -> None:
        try:
            start.wait(timeout=10)
            epochs.append(EngineLease.take(workers[index], seconds=60))
        finally:
            connection.close()

    in_threads(take, len(workers))
    assert sorted(epochs, key=str) == [1, None, None, None, None, None]
