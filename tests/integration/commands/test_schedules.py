from __future__ import annotations

import pytest
from django.core.management import CommandError

from scheduling.clock import utc_now
from scheduling.models import Installation, Schedule
from tests.factories.jobs import a_job, a_schedule
from tests.integration.commands.conftest import Call

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path


@pytest.fixture
def held() -> Installation:
    installation = Installation.objects.create(uid="theirs", seen_at=utc_now())
    installation.hold("a copy", now=utc_now())
    return installation


def test_an_audit_without_changes_says_how_many_it_looked_at(call: Call):
    a_job("one", a_schedule(), a_schedule())
    assert call("schedules", "audit") == "Every schedule has the future it had: 2 compared.\n"


def test_an_audit_lists_what_changed_and_fails(call: Call):
    a_job("one", a_schedule())
    Schedule.objects.update(fingerprint="other dates")
    with pytest.raises(SystemExit) as ended:
        call("schedules", "audit")
    assert ended.value.code == 1


def test_an_accepted_audit_lists_the_changes_a_last_time(call: Call):
    a_job("one", a_schedule())
    Schedule.objects.update(fingerprint="other dates")
    assert call("schedules", "audit", "--accept").startswith("one (schedule ")
    assert "the future it had" in call("schedules", "audit")


@pytest.mark.parametrize("way", ["--catch-up", "--from-now"])
def test_a_held_database_is_accepted(call: Call, held: Installation, way: str):
    assert "go on" in call("schedules", "accept", way)
    held.refresh_from_db()
    assert not held.is_held
    assert held.accepted_by == "command line"


def test_without_a_way_it_says_why_it_is_held_and_lifts_nothing(call: Call, held: Installation):
    with pytest.raises(CommandError, match="a copy To go on, add --catch-up or --from-now"):
        call("schedules", "accept")
    assert Installation.objects.held().exists()


def test_accepting_what_is_not_held_says_so(call: Call):
    with pytest.raises(CommandError, match="nothing to accept"):
        call("schedules", "accept", "--from-now")
