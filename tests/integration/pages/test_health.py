from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from scheduling.clock import utc_now
from scheduling.models import EngineLease, Worker


def test_an_engine_that_ticks_is_healthy(engine: Worker) -> None:
    answer = Client().get("/healthz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")


@pytest.mark.django_db
def test_without_an_engine_the_installation_is_not_healthy() -> None:
    answer = Client().get("/healthz")
    assert (answer.status_code, answer.json()["status"]) == (503, "no engine")


def test_health_is_progress_not_existence(engine: Worker) -> None:
    Worker.objects.update(last_tick_at=utc_now() - timedelta(seconds=61))
    answer = Client().get("/healthz")
    assert (answer.status_code, answer.json()["status"]) == (503, "engine stalled")


def test_an_engine_that_fell_silent_does_not_count(engine: Worker) -> None:
    Worker.objects.update(heartbeat_at=utc_now() - timedelta(seconds=31))
    assert Client().get("/healthz").status_code == 503


def test_engines_without_a_leader_are_not_healthy(engine: Worker) -> None:
    EngineLease.objects.update(holder=None)
    assert Client().get("/healthz").status_code == 503


def test_an_engine_that_just_started_gets_time_for_its_first_tick(engine: Worker) -> None:
    Worker.objects.update(last_tick_at=None)
    assert Client().get("/healthz").status_code == 200
