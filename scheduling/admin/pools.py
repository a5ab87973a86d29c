"""Pools. They are edited on their own pages, where engines are told."""

from __future__ import annotations

from django.contrib import admin

from scheduling.admin.reading import ReadOnlyAdmin
from scheduling.models import Pool


@admin.register(Pool)
class PoolAdmin(ReadOnlyAdmin):
    list_display = ("name", "slots", "note")
    search_fields = ("name", "note")

    def view_on_site(self, _pool: Pool) -> str:
        return "/pools/"
