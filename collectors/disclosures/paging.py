"""Pages of a list in the order of some of its columns: no counting, no offset."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from django.db.models import F, Model, Q

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet
    from django.http import QueryDict

PAGE_SIZE = 50
LONGEST_ID = 18  # digits; a longer number fits into no id
CURSOR = "before"

M = TypeVar("M", bound=Model)


class Page(NamedTuple, Generic[M]):
    """`newest` and `older` are query strings with the same filters; empty without such a page."""

    rows: list[M]
    newest: str
    older: str


def page_of(rows: QuerySet[M], query: QueryDict, *, columns: Sequence[str]) -> Page[M]:
    """Rows by `columns` descending, NULL last, then by id.

    The first ones, or those behind the row that the query names by its id.
    """
    last = _named_row(rows, query.get(CURSOR, ""), columns)
    if last is not None:
        rows = rows.filter(_behind(list(zip([*columns, "pk"], last, strict=True))))
    order = [F(column).desc(nulls_last=True) for column in columns]
    found = list(rows.order_by(*order, "-pk")[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    older = _with_cursor(query, str(shown[-1].pk)) if len(found) > PAGE_SIZE else ""
    return Page(shown, _with_cursor(query, "") if last else "", older)


def _named_row(rows: QuerySet[M], cursor: str, columns: Sequence[str]) -> tuple[Any, ...] | None:
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) <= LONGEST_ID):
        return None
    return rows.filter(pk=int(cursor)).values_list(*columns, "pk").first()


def _behind(last: list[tuple[str, Any]]) -> Q:
    """Behind a row: smaller in its first column, or equal there and behind it in the others."""
    (column, value), *others = last
    smaller = Q(**{f"{column}__lt": value}) if value is not None else Q(pk__in=[])
    if value is not None and others:
        smaller |= Q(**{f"{column}__isnull": True})
    return smaller | Q(**{column: value}) & _behind(others) if others else smaller


def _with_cursor(query: QueryDict, cursor: str) -> str:
    changed = query.copy()
    changed.pop(CURSOR, None)
    if cursor:
        changed[CURSOR] = cursor
    return f"?{changed.urlencode()}"
