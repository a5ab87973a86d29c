"""Data sources: whether they answer, how they are asked, and why their runs are left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django import forms
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from scheduling.actions.sources import (
    LONGEST_REST_SECONDS,
    MOST,
    SourceDraft,
    SourceRefused,
    close_circuit,
    edit_source,
)
from scheduling.clock import utc_now
from scheduling.execution.limits import uses_of_sources
from scheduling.models import DataSource
from scheduling.views.finding import refuse_unless_staff
from scheduling.views.forms.refusable import RefusableForm
from scheduling.views.words import HEALTH_LOOKS, Look

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest, HttpResponse


@dataclass(frozen=True, kw_only=True)
class SourceRow:
    """A source in the list. `running` counts the runs under way that use it."""

    source: DataSource
    running: int
    now: datetime

    @property
    def look(self) -> Look:
        return HEALTH_LOOKS[self.source.health]

    @property
    def is_probed_next(self) -> bool:
        """Half-open: the time-out is over, and one run may try."""
        return self.source.open_until is not None and self.source.open_until <= self.now


class SourceForm(RefusableForm):
    """What staff decide about a source. After `is_valid()`, `draft()` is what was typed."""

    is_enabled = forms.BooleanField(
        label="Collect from it",
        required=False,
        help_text="Switched off, runs leave it out. A run with no other source fails.",
    )
    min_interval_seconds = forms.FloatField(
        label="Rest between requests, in seconds",
        min_value=0,
        max_value=LONGEST_REST_SECONDS,
        help_text="From the start of one request to a host to the start of the next, over all "
        "workers. Never less than the site's operator asks for.",
    )
    max_running = forms.IntegerField(
        label="Runs at once",
        required=False,
        min_value=1,
        max_value=MOST,
        help_text="Further runs wait. Empty: any number.",
    )
    opens_after = forms.IntegerField(
        label="Leave it out after so many failures in a row",
        required=False,
        min_value=1,
        max_value=MOST,
        help_text="For a while; then one run tries whether it answers again. Empty: never.",
    )

    def draft(self) -> SourceDraft:
        return SourceDraft(**self.cleaned_data)


@require_safe
def source_list(request: HttpRequest) -> HttpResponse:
    """All sources with their health; staff find the way to change them."""
    now = utc_now()
    running = uses_of_sources()
    rows = [
        SourceRow(source=source, running=running[source.slug], now=now)
        for source in DataSource.objects.all()
    ]
    return render(request, "sources/list.html", {"now": now, "rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, slug: str) -> HttpResponse:
    """The form as the source is; what is sent holds from the next run on."""
    source = _find(request, slug)
    initial = {name: getattr(source, name) for name in SourceForm.base_fields}
    form = SourceForm(request.POST or None, initial=initial)
    is_refused = request.method == "POST"
    if is_refused and _save(request, form, source):
        return redirect("sources")
    context = {"heading": f"Edit {source}", "form": form, "is_refused": is_refused}
    return render(request, "sources/form.html", context, status=422 if is_refused else 200)


@require_POST
def close(request: HttpRequest, slug: str) -> HttpResponse:
    """Let runs ask the source again at once."""
    source = _find(request, slug)
    close_circuit(source=source, by=request.user.get_username(), now=utc_now())
    messages.success(request, f"{source}: its next run asks it again.")
    return redirect("sources")


def _find(request: HttpRequest, slug: str) -> DataSource:
    refuse_unless_staff(request)
    return get_object_or_404(DataSource, slug=slug)


def _save(request: HttpRequest, form: SourceForm, source: DataSource) -> bool:
    """Save what was typed; False when it is refused, which the form then shows."""
    if not form.is_valid():
        return False
    try:
        edit_source(source=source, draft=form.draft(), by=request.user.get_username())
    except SourceRefused as error:
        form.refuse(error.errors)
        return False
    messages.success(request, f"{source} is saved.")
    return True
