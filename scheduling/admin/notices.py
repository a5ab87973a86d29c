"""What the scheduler found out about itself: notices, audits of the ledger, its installation."""

from __future__ import annotations

from django.contrib import admin

from scheduling.admin.reading import ReadOnlyAdmin
from scheduling.models import Installation, Notice, OccurrenceAudit


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin):
    list_display = ("raised_at", "code", "job", "text", "closed_at", "closed_by")
    list_filter = ("code", ("closed_at", admin.EmptyFieldListFilter))
    list_select_related = ("job",)
    search_fields = ("job__name", "text")


@admin.register(OccurrenceAudit)
class OccurrenceAuditAdmin(ReadOnlyAdmin):
    list_display = ("ran_at", "since", "until", "occurrence_count", "difference_count")
    search_fields = ("=id",)


@admin.register(Installation)
class InstallationAdmin(ReadOnlyAdmin):
    list_display = ("uid", "seen_at", "versions", "held_at", "held_reason")
    search_fields = ("uid",)
