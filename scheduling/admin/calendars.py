"""Calendars. They are edited on their own pages, where every schedule that uses one follows."""

from __future__ import annotations

from django.contrib import admin

from scheduling.admin.reading import ReadOnlyAdmin
from scheduling.models import Calendar


@admin.register(Calendar)
class CalendarAdmin(ReadOnlyAdmin):
    list_display = ("name", "zone", "owner", "changed_at", "deleted_at")
    list_filter = (("deleted_at", admin.EmptyFieldListFilter), "owner")
    list_select_related = ("owner",)
    search_fields = ("name", "zone")

    def view_on_site(self, _calendar: Calendar) -> str:
        return "/calendars/"
