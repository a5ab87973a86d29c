from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client

from collectors.disclosures.models import Term
from scheduling.models import Job, Run
from scheduling.states import RunState
from tests.factories.disclosures import a_filing
from tests.integration.pages.conftest import a_run

# Terms are shown on their politician's page.
MODELS = [
    model
    for label in ("scheduling", "disclosures")
    for model in apps.get_app_config(label).get_models()
    if model is not Term
]


@pytest.fixture
def root(db: None) -> Client:
    signed_in = Client()
    signed_in.force_login(User.objects.create_superuser("root"))
    return signed_in


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_table_can_be_looked_at_and_searched(
    root: Client, job: Job, model: type[Run]
) -> None:
    a_run(job)
    a_filing()
    base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    assert root.get(base).status_code == 200
    assert root.get(base, {"q": "1"}).status_code == 200
    row = model._default_manager.first()
    if row is not None:
        assert root.get(f"{base}{row.pk}/change/").status_code == 200


def test_the_ledger_cannot_be_edited(root: Client, job: Job) -> None:
    run = a_run(job)
    assert root.get("/admin/scheduling/run/add/").status_code == 403
    assert (
        root.post(f"/admin/scheduling/run/{run.pk}/change/", {"state": "FAILED"}).status_code == 403
    )
    assert root.post(f"/admin/scheduling/run/{run.pk}/delete/", {"post": "yes"}).status_code == 403
    run.refresh_from_db()
    assert run.state == RunState.SUCCEEDED


def test_pages_that_run_jobs_in_the_web_process_are_gone() -> None:
    registered = {model._meta.label for model in admin.site._registry}
    assert not {label for label in registered if label.startswith("django_apscheduler.Django")}


def act(root: Client, model: str, action: str, pk: int, **fields: str) -> str:
    sent = {"action": action, "_selected_action": [str(pk)], **fields}
    return root.post(f"/admin/scheduling/{model}/", sent, follow=True).content.decode()


def test_jobs_are_controlled_through_the_same_actions(root: Client, job: Job) -> None:
    assert "Say why" in act(root, "job", "pause", job.pk)
    assert "Jobs paused: 1." in act(root, "job", "pause", job.pk, reason="for now")
    job.refresh_from_db()
    assert (job.paused_reason, job.paused_by) == ("for now", "root")
    assert "Jobs resumed: 1." in act(root, "job", "resume", job.pk)
    assert "Runs asked for: 1." in act(root, "job", "run_now", job.pk)
    assert "wait for its end" in act(root, "job", "run_now", job.pk)
    assert Run.objects.get().requested_by == "root"


def test_runs_are_cancelled_through_the_same_action(root: Client, job: Job) -> None:
    run = a_run(job, RunState.PENDING)
    assert "Runs cancelled: 1." in act(root, "run", "cancel", run.pk)
    assert "ended already" in act(root, "run", "cancel", run.pk)


def test_the_admin_wears_our_colours_under_the_same_policy(root: Client) -> None:
    answer = root.get("/admin/")
    assert "admin.css" in answer.content.decode()
    assert "unsafe" not in answer["Content-Security-Policy"]
