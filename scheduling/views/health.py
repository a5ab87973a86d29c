"""`/healthz`: does the scheduler make progress? For load balancers, without log-in."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from scheduling.clock import utc_now
from scheduling.models import OccurrenceAudit
from scheduling.views.context import EngineStrip, read_strip

UNAVAILABLE = 503


@require_safe
@never_cache
@login_not_required
def health(_request: HttpRequest) -> JsonResponse:
    """200 while an engine leads and ticks, else 503, with the reason in `status`."""
    try:
        strip = read_strip(utc_now())
        audit = OccurrenceAudit.objects.first()
    except DatabaseError:
        return JsonResponse({"status": "the database does not answer"}, status=UNAVAILABLE)
    fault = _fault_of(strip)
    answer = {
        "status": fault or "ok",
        "last_tick_at": strip.last_tick_at,
        "tzdata": strip.leader.tzdata if strip.leader else None,
        "audit": _in_figures(audit) if audit else None,
    }
    return JsonResponse(answer, status=UNAVAILABLE if fault else 200)


def _fault_of(strip: EngineStrip) -> str:
    """Why no schedule runs; empty while all is well."""
    if not strip.is_alive:
        return "no engine"
    if strip.is_stale:
        return "engine stalled"
    return f"held: {strip.held_reason}" if strip.held_reason else ""


def _in_figures(audit: OccurrenceAudit) -> dict[str, Any]:
    """What the last audit of the ledger found."""
    return {
        "ran_at": audit.ran_at,
        "complete": audit.is_complete,
        "occurrences": audit.occurrence_count,
        "differences": audit.difference_count,
    }
