from __future__ import annotations

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import User

from scheduling.actions.first_steps import (
    MAINTENANCE,
    ensure_admin,
    ensure_example_job,
    ensure_maintenance_job,
)
from scheduling.actions.jobs import remove_job
from scheduling.actions.sources import sync_sources
from scheduling.models import DataSource, Job, Run
from scheduling.registry import all_kinds
from tests.factories.jobs import NOON, a_job, a_user

pytestmark = pytest.mark.django_db


def test_the_first_administrator_gets_a_password_of_their_own():
    password = ensure_admin()
    assert password is not None
    user = authenticate(username="admin", password=password)
    assert isinstance(user, User)
    assert user.is_superuser
    assert ensure_admin() is None
    assert User.objects.count() == 1


def test_no_administrator_is_made_where_there_are_users():
    a_user("bob")
    assert ensure_admin() is None
    assert not User.objects.filter(is_superuser=True).exists()


def test_an_empty_installation_gets_a_job_that_runs_at_once():
    ensure_admin()
    ensure_example_job(now=NOON)
    job = Job.objects.get()
    assert (job.kind, job.schedules.get().zone) == ("house-disclosures", "America/New_York")
    assert Run.objects.get(job=job).available_at == NOON


def test_the_example_does_not_come_back_once_it_was_removed():
    ensure_admin()
    ensure_example_job(now=NOON)
    remove_job(job=Job.objects.get(), by="admin", now=NOON)
    ensure_example_job(now=NOON)
    assert Job.objects.count() == 1


def test_the_nightly_purge_is_added_once_and_belongs_to_the_administrator():
    ensure_admin()
    for _ in range(2):
        ensure_maintenance_job(now=NOON)
    job = Job.objects.get()
    assert (job.kind, job.owner.get_username()) == ("maintenance-purge", "admin")
    assert job.schedules.get().rule == {"type": "daily", "times": ["03:15"]}


def test_the_purge_does_not_come_back_once_it_was_removed():
    ensure_admin()
    ensure_maintenance_job(now=NOON)
    remove_job(job=Job.objects.get(), by="admin", now=NOON)
    ensure_maintenance_job(now=NOON)
    assert not Job.objects.live().exists()


def test_an_administrators_own_job_of_that_name_is_in_nobodys_way(caplog):
    ensure_admin()
    mine = a_job(MAINTENANCE.name, owner=User.objects.get(), now=NOON)
    ensure_maintenance_job(now=NOON)
    assert Job.objects.get() == mine
    assert "purge_not_added" in caplog.text


def test_without_an_administrator_there_is_nobody_to_own_the_purge():
    a_user("bob")
    ensure_maintenance_job(now=NOON)
    assert not Job.objects.exists()


def test_every_source_that_a_kind_declares_is_there():
    declared = {spec.slug for kind in all_kinds() for spec in kind.sources}
    assert set(DataSource.objects.values_list("slug", flat=True)) == declared != set()


def test_titles_follow_the_code_and_an_operators_choices_stay():
    source = DataSource.objects.order_by("pk")[0]
    title = source.title
    rows = DataSource.objects.filter(pk=source.pk)
    rows.update(title="old", is_enabled=False, min_interval_seconds=9)
    sync_sources()
    source.refresh_from_db()
    assert (source.title, source.is_enabled, source.min_interval_seconds) == (title, False, 9)
