"""Data sources. What an operator decides about one is changed on its own page."""

from __future__ import annotations

from django.contrib import admin

from scheduling.admin.reading import ReadOnlyAdmin
from scheduling.models import DataSource


@admin.register(DataSource)
class DataSourceAdmin(ReadOnlyAdmin):
    list_display = ("title", "slug", "health", "is_enabled", "open_until", "last_ok_at")
    list_filter = ("is_enabled", ("open_until", admin.EmptyFieldListFilter))
    search_fields = ("slug", "title", "url")
    readonly_fields = ("url",)  # a form's field warns of Django 6.0's default scheme

    def view_on_site(self, _source: DataSource) -> str:
        return "/sources/"
