"""What was collected, to look at and to search. Only collectors write it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db import models

from collectors.disclosures.models import Filing, Politician, Snapshot, Term, Transaction

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


class CollectedAdmin(_Unchanging, Rows):
    show_full_result_count = False
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    list_per_page = 50


class TransactionInline(_Unchanging, InlineRows):
    model = Transaction
    fields = (
        "ordinal",
        "owner",
        "asset_name",
        "ticker",
        "side",
        "traded_on",
        "amount_min",
        "amount_max",
    )
    extra = 0
    show_change_link = True


class TermInline(_Unchanging, InlineRows):
    model = Term
    fields = ("chamber", "state", "district", "party", "started_on", "ended_on")
    extra = 0


@admin.register(Filing)
class FilingAdmin(CollectedAdmin):
    list_display = (
        "doc_id",
        "source",
        "listed_name",
        "state_district",
        "filed_on",
        "status",
        "problem",
    )
    list_filter = ("status", "problem", "source", "year", "filing_type")
    search_fields = ("=doc_id", "last_name", "first_name", "filer_name")
    inlines = (TransactionInline,)


@admin.register(Transaction)
class TransactionAdmin(CollectedAdmin):
    list_display = ("filing", "ordinal", "asset_name", "ticker", "side", "owner", "traded_on")
    list_filter = ("side", "owner", "owner_source", "filing_status", "asset_code")
    list_select_related = ("filing",)
    search_fields = ("=filing__doc_id", "asset_name", "=ticker")


@admin.register(Politician)
class PoliticianAdmin(CollectedAdmin):
    list_display = ("full_name", "bioguide_id", "family_name", "given_name")
    search_fields = ("=bioguide_id", "full_name", "family_name", "given_name", "nickname")
    inlines = (TermInline,)


@admin.register(Snapshot)
class SnapshotAdmin(CollectedAdmin):
    list_display = ("url", "etag", "fetched_at", "sha256")
    search_fields = ("url", "=sha256")
