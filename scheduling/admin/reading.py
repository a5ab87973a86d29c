"""Bases of the admin's pages for rows that only the program writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin

if TYPE_CHECKING:
    from django.http import HttpRequest

    Rows = admin.ModelAdmin[Any]
    InlineRows = admin.TabularInline[Any, Any]
else:  # Django's own classes take no type arguments when the program runs
    Rows = admin.ModelAdmin
    InlineRows = admin.TabularInline


class _Unchanging:
    """Nobody adds, changes or deletes the rows here."""

    def has_add_permission(self, _request: HttpRequest, *_of: Any) -> bool:
        return False

    def has_change_permission(self, _request: HttpRequest, _row: Any = None) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, _row: Any = None) -> bool:
        return False


class ReadOnlyAdmin(_Unchanging, Rows):
    """A list and a page per row, to look at; no count over a table that may be long."""

    show_full_result_count = False
    list_per_page = 50


class ReadOnlyInline(_Unchanging, InlineRows):
    """Rows that belong to the page's row, to look at."""

    extra = 0
    can_delete = False
    show_change_link = True
