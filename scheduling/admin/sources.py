"""Data sources: an operator switches them on and off and sets how politely they are asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin

from scheduling.admin.reading import Rows
from scheduling.models import DataSource

if TYPE_CHECKING:
    from django.http import HttpRequest


@admin.register(DataSource)
class DataSourceAdmin(Rows):
    list_display = ("title", "slug", "health", "is_enabled", "min_interval_seconds", "last_ok_at")
    list_filter = ("is_enabled",)
    search_fields = ("slug", "title", "url")
    readonly_fields = ("slug", "title", "url", "last_ok_at", "last_error_at", "last_error")

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """Rows come from what the kinds declare."""
        return False

    def has_delete_permission(self, _request: HttpRequest, _row: Any = None) -> bool:
        return False
