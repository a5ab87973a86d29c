from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from scheduling.clock import utc_now
from scheduling.models import EngineLease, Installation, OccurrenceAudit, Worker


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


@pytest.fixture
def held(db: None) -> None:
    installation = Installation.objects.create(uid="theirs", seen_at=utc_now())
    installation.hold("It belongs to somebody else.", now=utc_now())


def test_a_restored_copy_that_is_held_is_not_healthy_and_says_why(engine, held):
    answer = Client().get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["status"] == "held: It belongs to somebody else."


def test_every_page_says_that_it_is_held(client, engine, held):
    for page in ("/jobs/", "/runs/", "/filings/"):
        text = client.get(page).content.decode()
        assert "All schedules are held." in text
        assert "It belongs to somebody else." in text


def test_the_time_zone_data_in_force_is_shown(client, engine):
    assert Client().get("/healthz").json()["tzdata"] == "2026f"
    assert "2026f" in client.get("/jobs/").content.decode()


def test_before_the_first_audit_there_is_none_to_show(engine):
    assert Client().get("/healthz").json()["audit"] is None


def test_the_last_audit_is_shown(engine):
    now = utc_now()
    for differences in (3, 0):
        OccurrenceAudit.objects.create(
            ran_at=now - timedelta(days=differences),
            since=now,
            until=now,
            occurrence_count=24,
            difference_count=differences,
        )
    audit = Client().get("/healthz").json()["audit"]
    assert audit.pop("ran_at")
    assert audit == {"complete": True, "occurrences": 24, "differences": 0}
