"""Backfills, to search; they are started, paused and cancelled on the site's own pages."""

from __future__ import annotations

from django.contrib import admin

from scheduling.admin.reading import ReadOnlyAdmin
from scheduling.models import Backfill


@admin.register(Backfill)
class BackfillAdmin(ReadOnlyAdmin):
    list_display = ("pk", "job", "since", "until", "total_count", "created_by", "finished_at")
    list_filter = ("order", "reprocess")
    list_select_related = ("job",)
    search_fields = ("=id", "job__name", "created_by")

    def view_on_site(self, backfill: Backfill) -> str:
        return f"/backfills/{backfill.pk}/"
