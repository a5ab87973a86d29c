"""System checks of our own (`manage.py check`)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core import checks

from scheduling.registry import UnknownKind, get_kind, kind_paths


@checks.register()
def kinds_can_be_loaded(**_options: Any) -> list[checks.Warning]:
    """rollcall.W002: a registered kind that cannot be imported holds all its jobs."""
    faults = []
    for slug in kind_paths():
        try:
            get_kind(slug)
        except UnknownKind as error:
            faults.append(checks.Warning(str(error), id="rollcall.W002"))
    return faults


@checks.register(checks.Tags.security, deploy=True)
def probes_are_not_deployed(**_options: Any) -> list[checks.Warning]:
    """rollcall.W001: kinds that crash on request have no place in production."""
    if settings.PROBE_KINDS:
        return [
            checks.Warning("PROBE_KINDS=1 offers jobs that crash on purpose.", id="rollcall.W001")
        ]
    return []
