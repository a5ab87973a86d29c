"""Several engines on one database: frozen, woken, killed. One leads, nothing is doubled."""

from __future__ import annotations

import random
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta

import pytest
from django.db import connection

from scheduling.clock import utc_now
from scheduling.models import EngineLease, Run, Schedule
from scheduling.states import RunState
from tests.factories.jobs import a_job, every
from tests.faults.accounting import faults
from tests.integration.engine.processes import EngineProcess, evidence, logged
from tests.waiting import let_pass, wait_for

pytestmark = pytest.mark.django_db(transaction=True)

LEASE_SECONDS = 2.0


@pytest.fixture
def env(process_env: dict[str, str]) -> dict[str, str]:
    return {**process_env, "LEASE_SECONDS": str(LEASE_SECONDS)}


@contextmanager
def engines(env: dict[str, str], number: int) -> Iterator[list[EngineProcess]]:
    """So many engines that tick a job each second; at their end the ledger must be complete."""
    a_job("beat", every(1))
    since = dict(Schedule.objects.values_list("pk", "accounted_until"))
    with ExitStack() as stack:
        started = [stack.enter_context(EngineProcess(env)) for _ in range(number)]
        for engine in started:
            engine.wait_until_ticking()
        assert epoch() == 1  # the others stand by
        yield started
        wait_for_ticks()
        alive = [engine for engine in started if engine.process.poll() is None]
        assert [engine.terminate() for engine in alive] == [0] * len(alive)
    assert faults(evidence(env), since=since) == []


def wait_for_ticks() -> None:
    """Until an occurrence that is due from now on is in the ledger."""
    now = utc_now()
    wait_for(Run.objects.filter(created_at__gt=now).exists)


def leader_among(engines: list[EngineProcess]) -> EngineProcess:
    pid = EngineLease.objects.values_list("holder__pid", flat=True).get()
    return next(engine for engine in engines if engine.process.pid == pid)


def epoch() -> int:
    return EngineLease.objects.values_list("epoch", flat=True).get()


def freeze(engine: EngineProcess) -> None:
    engine.process.send_signal(signal.SIGSTOP)


def thaw(engine: EngineProcess) -> None:
    engine.process.send_signal(signal.SIGCONT)


def test_a_leader_that_was_frozen_wakes_up_without_its_lead(env):
    with engines(env, 2) as both:
        first = leader_among(both)
        before = epoch()
        freeze(first)
        wait_for(lambda: epoch() > before)
        wait_for_ticks()
        thaw(first)
        wait_for(lambda: logged(env, "lead_lost"))
        assert leader_among(both) is not first
        assert epoch() == before + 1


def test_of_three_engines_another_leads_within_seconds_of_a_kill(env):
    with engines(env, 3) as all_three:
        leader = leader_among(all_three)
        leader.kill()
        killed_at = utc_now()
        later = Run.objects.filter(created_at__gt=killed_at, state=RunState.SUCCEEDED)
        wait_for(later.exists)
        assert utc_now() - killed_at < timedelta(seconds=LEASE_SECONDS + 5)
        assert epoch() == 2


def test_engines_that_are_frozen_again_and_again_lose_and_double_nothing(env):
    draw = random.Random(connection.vendor)
    with engines(env, 2) as both:
        for _ in range(5):
            engine = draw.choice(both)
            freeze(engine)
            let_pass(draw.uniform(0.1, 1.5 * LEASE_SECONDS))
            thaw(engine)
