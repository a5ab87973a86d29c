"""The ledger: runs, attempts, events, log lines, artifacts, environments, what is left of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin, messages

from scheduling.actions.runs import RunIsOver, cancel_run
from scheduling.admin.reading import ReadOnlyAdmin, ReadOnlyInline
from scheduling.clock import utc_now
from scheduling.models import (
    Artifact,
    Attempt,
    DailyRollup,
    Environment,
    LogLine,
    Run,
    RunEvent,
)

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest


class AttemptInline(ReadOnlyInline):
    model = Attempt
    fields = (
        "number",
        "state",
        "reason",
        "worker",
        "pid",
        "started_at",
        "finished_at",
        "exit_code",
    )


class RunEventInline(ReadOnlyInline):
    model = RunEvent
    fields = ("at", "before", "after", "who", "why")


class ArtifactInline(ReadOnlyInline):
    model = Artifact
    fields = ("name", "media_type", "size", "sha256", "created_at")


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin):
    list_display = ("pk", "job", "state", "reason", "origin", "due_at", "started_at", "finished_at")
    list_filter = ("state", "reason", "origin", "is_late", "dry_run")
    list_select_related = ("job",)
    search_fields = ("=id", "job__name", "error", "requested_by")
    inlines = (AttemptInline, RunEventInline, ArtifactInline)
    actions = ("cancel",)

    def view_on_site(self, run: Run) -> str:
        return f"/runs/{run.pk}/"

    @admin.action(description="Cancel")
    def cancel(self, request: HttpRequest, runs: QuerySet[Run]) -> None:
        cancelled = 0
        for run in runs:
            try:
                cancel_run(run=run, by=request.user.get_username(), now=utc_now())
                cancelled += 1
            except RunIsOver as error:
                self.message_user(request, str(error), messages.WARNING)
        self.message_user(request, f"Runs cancelled: {cancelled}.")


@admin.register(Attempt)
class AttemptAdmin(ReadOnlyAdmin):
    list_display = ("run", "number", "state", "reason", "worker", "pid", "started_at", "exit_code")
    list_filter = ("state", "reason")
    list_select_related = ("run", "worker")
    search_fields = ("=run__id", "error")


@admin.register(RunEvent)
class RunEventAdmin(ReadOnlyAdmin):
    list_display = ("at", "run", "before", "after", "who", "why")
    list_filter = ("before", "after")
    list_select_related = ("run",)
    search_fields = ("=run__id", "who")


@admin.register(LogLine)
class LogLineAdmin(ReadOnlyAdmin):
    list_display = ("at", "run", "attempt_number", "level", "text")
    list_filter = ("level",)
    list_select_related = ("run",)
    search_fields = ("=run__id",)


@admin.register(Artifact)
class ArtifactAdmin(ReadOnlyAdmin):
    list_display = ("name", "run", "media_type", "size", "created_at")
    list_select_related = ("run",)
    search_fields = ("=run__id", "name", "sha256")


@admin.register(Environment)
class EnvironmentAdmin(ReadOnlyAdmin):
    list_display = ("digest", "version", "revision", "python", "first_seen_at")
    list_filter = ("version", "python")
    search_fields = ("digest", "revision")


@admin.register(DailyRollup)
class DailyRollupAdmin(ReadOnlyAdmin):
    list_display = ("due_on", "job", "state", "reason", "run_count", "seconds", "found", "new")
    list_filter = ("state", "reason")
    list_select_related = ("job",)
    search_fields = ("job__name",)
    date_hierarchy = "due_on"
