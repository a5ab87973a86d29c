# ruff: noqa: DTZ001 - naive instants are cases
"""What no schedule may be is refused at every door, with its field, and nothing is stored."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from scheduling.actions.drafts import JobDraft, JobRefused, ScheduleDraft
from scheduling.actions.jobs import add_job
from scheduling.models import DueEntry, Job, JobRevision, Schedule
from tests.factories.jobs import NOON, a_user
from tests.integration.actions.conftest import MORNING
from tests.integration.pages.test_job_form import typed
from tests.unit.planning.refused import NO_ZONES, REFUSED

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

NOON_DAILY = {"type": "daily", "times": ["12:00"]}
# What a person can type; the form takes blanks away around it.
TYPED = [
    (text, field, reason)
    for text, field, reason in REFUSED
    if isinstance(text, str) and text and text == text.strip() and text.isprintable()
]
A_HANDFUL = TYPED[::12]


def refused(rule: dict[str, Any] = NOON_DAILY, **fields: Any) -> dict[str, str]:
    """What the action says of a job with such a schedule."""
    schedule = ScheduleDraft(**{"rule": rule, "zone": "UTC", **fields})
    draft = JobDraft(name="bad", kind="probe", schedules=(schedule,))
    with pytest.raises(JobRefused) as refusal:
        add_job(draft=draft, owner=a_user(), by="alice", now=MORNING)
    return refusal.value.errors


def nothing_is_stored() -> bool:
    return not any(model.objects.exists() for model in (Job, Schedule, JobRevision, DueEntry))


def test_no_bad_expression_becomes_a_job() -> None:
    a_user()
    for expression, field, fragment in REFUSED:
        errors = refused({"type": "cron", "expression": expression})
        assert list(errors) == [f"schedules.0.{field}"]
        assert fragment in errors[f"schedules.0.{field}"]
    assert nothing_is_stored()


@pytest.mark.parametrize("zone", NO_ZONES)
def test_no_bad_zone_becomes_a_job(zone: Any) -> None:
    assert list(refused(zone=zone)) == ["schedules.0.zone"]
    assert nothing_is_stored()


@pytest.mark.parametrize(
    ("interval", "field"),
    [
        ({"every_seconds": 0}, "every_seconds"),
        ({"every_seconds": -1}, "every_seconds"),
        ({"every_seconds": 0.5}, "every_seconds"),
        ({"every_seconds": 1e-9}, "every_seconds"),
        ({"every_seconds": 1e18}, "every_seconds"),
        ({"every_seconds": 10**18}, "every_seconds"),
        ({"every_seconds": float("nan")}, "every_seconds"),
        ({"every_seconds": float("inf")}, "every_seconds"),
        ({"every_seconds": "1:30"}, "every_seconds"),
        ({"every_seconds": None}, "every_seconds"),
        ({"every_seconds": True}, "every_seconds"),
        ({"months": 1200}, "months"),
        ({"hours": 6}, "hours"),
        ({"every_seconds": 60, "anchor": "2026-03-01T00:00:00"}, "anchor"),
        ({"every_seconds": 60, "anchor": "0001-01-01T00:00:00Z"}, "anchor"),
        ({"every_seconds": 60, "anchor": "9999-12-31T23:59:59Z"}, "anchor"),
        ({"every_seconds": 60, "anchor": "2026-02-30T00:00:00Z"}, "anchor"),
    ],
)
def test_no_bad_interval_becomes_a_job(interval: dict[str, Any], field: str) -> None:
    assert list(refused({"type": "interval", **interval})) == [f"schedules.0.{field}"]
    assert nothing_is_stored()


@pytest.mark.parametrize(
    ("bounds", "field"),
    [
        ({"starts_at": datetime(2026, 3, 2)}, "starts_at"),
        ({"ends_at": datetime(2026, 3, 2)}, "ends_at"),
        ({"starts_at": datetime(1, 1, 1, tzinfo=UTC)}, "starts_at"),
        ({"ends_at": datetime(9999, 12, 31, tzinfo=UTC)}, "ends_at"),
        ({"starts_at": "soon"}, "starts_at"),
        ({"starts_at": 0}, "starts_at"),
        ({"starts_at": NOON, "ends_at": MORNING}, "ends_at"),
        ({"starts_at": NOON, "ends_at": NOON}, "ends_at"),
        ({"jitter_seconds": 0.5}, "jitter_seconds"),
        ({"jitter_seconds": float("nan")}, "jitter_seconds"),
        ({"jitter_seconds": 10**18}, "jitter_seconds"),
    ],
)
def test_no_bad_bound_becomes_a_job(bounds: dict[str, Any], field: str) -> None:
    assert list(refused(**bounds)) == [f"schedules.0.{field}"]
    assert nothing_is_stored()


@pytest.fixture
def browser() -> Client:
    """One in which alice is signed in."""
    signed_in = Client()
    signed_in.force_login(a_user())
    return signed_in


def test_the_dates_of_a_bad_expression_are_a_reason(browser: Client) -> None:
    sent = typed({"shape": "cron"})
    for expression, field, _ in TYPED:
        asked = {**sent, "prefix": "schedules-0", "schedules-0-expression": expression}
        answer = browser.get("/jobs/dates/", asked)
        assert answer.status_code == 200
        (fault,) = answer.context["form"].errors["expression"]
        assert field == "expression" or fault.startswith(f"{field}: ")
        assert not answer.context["dates"]


@pytest.mark.parametrize(("expression", "field", "fragment"), A_HANDFUL)
def test_a_bad_expression_is_not_saved_by_the_form(
    browser: Client, expression: str, field: str, fragment: str
) -> None:
    answer = browser.post("/jobs/add/", typed({"shape": "cron", "expression": expression}))
    assert answer.status_code == 422
    (form,) = answer.context["editor"].schedules.forms
    assert list(form.errors) == ["expression"]
    assert fragment in form.errors["expression"][0]
    assert nothing_is_stored()


@pytest.mark.parametrize(
    ("fields", "at"),
    [
        ({"zone": "europe/stockholm"}, "zone"),
        ({"zone": "../../etc/passwd"}, "zone"),
        ({"zone": "x" * 10_000}, "zone"),
        ({"zone": "UTC\x00"}, "zone"),
        ({"shape": "interval", "every_0": "0", "every_1": "60"}, "every"),
        ({"shape": "interval", "every_0": "0.5", "every_1": "60"}, "every"),
        ({"shape": "interval", "every_0": "1e18", "every_1": "1"}, "every"),
        ({"shape": "interval", "every_0": "NaN", "every_1": "1"}, "every"),
        ({"shape": "interval", "every_0": "1:30", "every_1": "3600"}, "every"),
        ({"shape": "interval", "every_0": "1200", "every_1": "months"}, "every"),
        ({"starts_at": "2026-03-29T02:30"}, "starts_at"),
        ({"starts_at": "0001-01-01T00:00"}, "starts_at"),
        ({"ends_at": "9999-12-31T23:59"}, "ends_at"),
        ({"starts_at": "2026-03-02T00:00", "ends_at": "2026-03-01T00:00"}, "ends_at"),
    ],
)
def test_a_bad_schedule_is_not_saved_by_the_form(
    browser: Client, fields: dict[str, str], at: str
) -> None:
    answer = browser.post("/jobs/add/", typed(fields))
    assert answer.status_code == 422
    (form,) = answer.context["editor"].schedules.forms
    assert list(form.errors) == [at]
    assert nothing_is_stored()
