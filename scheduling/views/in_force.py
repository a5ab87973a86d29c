"""Since when an edit is in force, as the scheduler itself says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.views.decorators.http import require_safe

from scheduling.views.finding import find_job

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
def in_force(request: HttpRequest, pk: int) -> HttpResponse:
    """A fragment of the job's page. It asks again each second until the scheduler has answered."""
    job = find_job(request, pk)
    revision = job.revisions.defer("definition").first()
    return render(request, "jobs/in_force.html", {"job": job, "revision": revision})
