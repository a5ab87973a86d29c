"""Jobs, their schedules and their revisions. Definitions are edited on the job's own page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm

from scheduling.actions.drafts import JobRefused
from scheduling.actions.jobs import pause_job, resume_job
from scheduling.actions.runs import JobCannotRun, RunInTheWay, request_run
from scheduling.admin.reading import ReadOnlyAdmin, ReadOnlyInline
from scheduling.clock import utc_now
from scheduling.kinds import BadParameters
from scheduling.models import Job, JobRevision, Origin, Schedule
from scheduling.registry import UnknownKind
from scheduling.views.dates import sentence_of

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest


class ReasonForm(ActionForm):
    reason = forms.CharField(required=False, max_length=500, label="Reason (to pause)")


class ScheduleInline(ReadOnlyInline):
    model = Schedule
    fields = ("sentence", "zone", "starts_at", "ends_at", "quarantine_reason", "deleted_at")
    readonly_fields = ("sentence",)

    @admin.display(description="rule")
    def sentence(self, schedule: Schedule) -> str:
        return sentence_of(schedule.rule)


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    list_display = ("name", "kind", "owner", "revision", "paused_at", "held", "deleted_at")
    list_filter = (
        "kind",
        ("paused_at", admin.EmptyFieldListFilter),
        ("quarantine_reason", admin.EmptyFieldListFilter),
        ("deleted_at", admin.EmptyFieldListFilter),
        "owner",
    )
    list_select_related = ("owner",)
    search_fields = ("name", "kind", "paused_reason", "quarantine_reason")
    inlines = (ScheduleInline,)
    actions = ("run_now", "pause", "resume")
    action_form = ReasonForm

    @admin.display(boolean=True, description="needs repair")
    def held(self, job: Job) -> bool:
        return job.is_quarantined

    def view_on_site(self, job: Job) -> str:
        return f"/jobs/{job.pk}/"

    @admin.action(description="Run now")
    def run_now(self, request: HttpRequest, jobs: QuerySet[Job]) -> None:
        asked = 0
        for job in jobs:
            try:
                request_run(
                    job=job, by=request.user.get_username(), now=utc_now(), origin=Origin.HAND
                )
                asked += 1
            except (JobCannotRun, RunInTheWay, UnknownKind, BadParameters) as error:
                self.message_user(request, f"{job}: {error}", messages.ERROR)
        self.message_user(request, f"Runs asked for: {asked}.")

    @admin.action(description="Pause (say why)")
    def pause(self, request: HttpRequest, jobs: QuerySet[Job]) -> None:
        reason = request.POST.get("reason", "")
        try:
            for job in jobs:
                pause_job(job=job, reason=reason, by=request.user.get_username(), now=utc_now())
        except JobRefused as error:
            self.message_user(request, error.errors["reason"], messages.ERROR)
        else:
            self.message_user(request, f"Jobs paused: {len(jobs)}.")

    @admin.action(description="Resume")
    def resume(self, request: HttpRequest, jobs: QuerySet[Job]) -> None:
        for job in jobs:
            resume_job(job=job, by=request.user.get_username(), now=utc_now())
        self.message_user(request, f"Jobs resumed: {len(jobs)}.")


@admin.register(Schedule)
class ScheduleAdmin(ReadOnlyAdmin):
    list_display = ("pk", "job", "sentence", "zone", "accounted_until", "quarantine_reason")
    list_filter = ("zone", ("quarantine_reason", admin.EmptyFieldListFilter))
    list_select_related = ("job",)
    search_fields = ("job__name", "zone")

    @admin.display(description="rule")
    def sentence(self, schedule: Schedule) -> str:
        return sentence_of(schedule.rule)


@admin.register(JobRevision)
class JobRevisionAdmin(ReadOnlyAdmin):
    list_display: Any = ("job", "number", "changed_at", "changed_by", "note")
    list_select_related = ("job",)
    search_fields = ("job__name", "changed_by", "note")
