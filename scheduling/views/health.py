"""`/healthz`: does the scheduler make progress? For load balancers, without log-in."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from scheduling.clock import utc_now
from scheduling.views.context import read_strip

UNAVAILABLE = 503


@require_safe
@never_cache
@login_not_required
def health(_request: HttpRequest) -> JsonResponse:
    """200 while an engine leads and ticks, else 503, with the reason in `status`."""
    try:
        strip = read_strip(utc_now())
    except DatabaseError:
        return JsonResponse({"status": "the database does not answer"}, status=UNAVAILABLE)
    tick = strip.last_tick_at.isoformat() if strip.last_tick_at else None
    if not strip.is_alive:
        return JsonResponse({"status": "no engine", "last_tick_at": tick}, status=UNAVAILABLE)
    if strip.is_stale:
        return JsonResponse({"status": "engine stalled", "last_tick_at": tick}, status=UNAVAILABLE)
    return JsonResponse({"status": "ok", "last_tick_at": tick})
