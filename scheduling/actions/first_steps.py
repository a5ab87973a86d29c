"""What an empty installation gets: an administrator, a job to look at, and one that keeps order."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.conf import settings
from django.contrib.auth import get_user_model

from scheduling.actions.drafts import JobDraft, JobRefused, ScheduleDraft
from scheduling.actions.jobs import add_job
from scheduling.actions.runs import request_run
from scheduling.events import emit
from scheduling.models import Job, Origin

EXAMPLE = JobDraft(
    name="House disclosures, daily",
    kind="house-disclosures",
    schedules=(ScheduleDraft(rule={"type": "daily", "times": ["02:00"]}, zone="America/New_York"),),
)

MAINTENANCE = JobDraft(
    name="Maintenance, nightly",
    kind="maintenance-purge",
    schedules=(ScheduleDraft(rule={"type": "daily", "times": ["03:15"]}, zone=settings.TIME_ZONE),),
)


def ensure_admin() -> str | None:
    """Create the user `admin` if there is no user at all; return the password, known only now."""
    users = get_user_model().objects
    if users.exists():
        return None
    password = secrets.token_urlsafe(12)
    users.create_superuser("admin", password=password)
    return password


def ensure_example_job(*, now: datetime) -> None:
    """Add the example job and ask for its first run, unless there ever was a job."""
    if Job.objects.exists():
        return
    owner = get_user_model().objects.filter(is_superuser=True).order_by("pk")[0]
    job = add_job(draft=EXAMPLE, owner=owner, by="first start", now=now)
    request_run(job=job, by="first start", now=now, origin=Origin.HAND)


def ensure_maintenance_job(*, now: datetime) -> None:
    """Add the nightly purge, unless there ever was a job of its kind: one that was edited, paused
    or removed stays so. It waits for the first administrator, who owns it.
    """
    admins = get_user_model().objects.filter(is_superuser=True, is_active=True)
    owner = admins.order_by("pk").first()
    if owner is None or Job.objects.filter(kind=MAINTENANCE.kind).exists():
        return
    try:
        add_job(draft=MAINTENANCE, owner=owner, by="first start", now=now)
    except JobRefused as error:  # they may have a job of this name
        emit("purge_not_added", area="maintenance", level="warning", why=str(error))
