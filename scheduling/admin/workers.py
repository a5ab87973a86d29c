"""The processes that claim runs, which of them leads, and the due index."""

from __future__ import annotations

from django.contrib import admin

from scheduling.admin.reading import ReadOnlyAdmin
from scheduling.models import DueEntry, EngineLease, Worker


@admin.register(Worker)
class WorkerAdmin(ReadOnlyAdmin):
    list_display = ("pk", "role", "host", "pid", "version", "tzdata", "heartbeat_at", "ended_at")
    list_filter = ("role", ("ended_at", admin.EmptyFieldListFilter))
    search_fields = ("host", "=pid")


@admin.register(EngineLease)
class EngineLeaseAdmin(ReadOnlyAdmin):
    list_display = ("name", "holder", "epoch", "expires_at")
    list_select_related = ("holder",)


@admin.register(DueEntry)
class DueEntryAdmin(ReadOnlyAdmin):
    list_display = ("id", "next_run_time")
    search_fields = ("=id",)
    ordering = ("next_run_time",)
    fields = ("id", "next_run_time")
