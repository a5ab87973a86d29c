"""Many rows in one statement: what a tick does, without the cost of a model object for each row.

PostgreSQL takes all rows as one JSON text, which is several times faster than an array for each
column; SQLite prepares one statement and repeats it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import (
    DEFAULT_DB_ALIAS,
    DataError,
    IntegrityError,
    connection,
    connections,
    models,
)

# What is raised for a value that fits no column; none of them speaks of the database's health.
UNWRITABLE = (TypeError, ValueError, OverflowError, DataError, IntegrityError)


def lots(rows: models.QuerySet[Any, Any], size: int) -> Iterator[list[Any]]:
    """The rows in the order of their keys, `size` at a time; those of a lot may be deleted."""
    last = 0
    while lot := list(rows.filter(pk__gt=last).order_by("pk")[:size]):
        last = lot[-1].pk
        yield lot


def set_instants(
    model: type[models.Model], field_name: str, values: Mapping[int, datetime | None]
) -> None:
    """Set `field_name` of the rows with these keys; keys without a row are passed over."""
    if not values:
        return
    field, key = _field(model, field_name), _field(model, "id")
    table, column, pk = _quoted(model._meta.db_table, field.column, key.column)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            rows = [{"id": str(pk_value), field_name: at} for pk_value, at in values.items()]
            cursor.execute(
                f"UPDATE {table} SET {column} = v.{field_name} "  # noqa: S608 - names come from models
                f"FROM {_record_set({'id': key, field_name: field})} WHERE {table}.{pk} = v.id",
                [json.dumps(rows, default=str)],
            )
        else:
            cursor.executemany(
                f"UPDATE {table} SET {column} = %s WHERE {pk} = %s",  # noqa: S608 - as above
                list(zip(_prepared(field, values.values()), _prepared(key, values), strict=True)),
            )


class Change(NamedTuple):
    """New values of one row, on condition that it still has the expected ones."""

    pk: int
    expected: dict[str, Any]
    fields: dict[str, Any]


def update_expected(model: type[models.Model], changes: Sequence[Change]) -> set[int]:
    """Make the changes, which all name the same fields; return the keys of the rows that were as
    expected.
    """
    if not changes:
        return set()
    expected = [_field(model, name) for name in changes[0].expected]
    fields = [_field(model, name) for name in changes[0].fields]
    if connection.vendor == "postgresql":
        return _update_at_once(model, changes, expected, fields)
    return _update_one_by_one(model, changes, expected, fields)


def _update_at_once(
    model: type[models.Model], changes: Sequence[Change], expected: list[Any], fields: list[Any]
) -> set[int]:
    key = _field(model, "id")
    table, pk = _quoted(model._meta.db_table, key.column)
    news = ", ".join(f"{_quoted(each.column)[0]} = v.{_quoted(each.name)[0]}" for each in fields)
    olds = "".join(
        f" AND {table}.{_quoted(each.column)[0]} = v.{_quoted(f'old_{each.name}')[0]}"
        for each in expected
    )
    columns = {"id": key, **{each.name: each for each in fields}}
    columns |= {f"old_{each.name}": each for each in expected}
    rows = [
        {"id": pk_value, **new, **{f"old_{name}": value for name, value in old.items()}}
        for pk_value, old, new in changes
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET {news} FROM {_record_set(columns)} "  # noqa: S608 - names come from models
            f"WHERE {table}.{pk} = v.id{olds} RETURNING {table}.{pk}",
            [json.dumps(rows, default=str)],
        )
        return {row[0] for row in cursor.fetchall()}


def _update_one_by_one(
    model: type[models.Model], changes: Sequence[Change], expected: list[Any], fields: list[Any]
) -> set[int]:
    table, pk = _quoted(model._meta.db_table, _field(model, "id").column)
    news = ", ".join(f"{_quoted(each.column)[0]} = %s" for each in fields)
    olds = "".join(f" AND {_quoted(each.column)[0]} = %s" for each in expected)
    statement = f"UPDATE {table} SET {news} WHERE {pk} = %s{olds}"  # noqa: S608 - names come from models
    columns = [_prepared(each, [change.fields[each.name] for change in changes]) for each in fields]
    columns.append([change.pk for change in changes])
    columns += [
        _prepared(each, [change.expected[each.name] for change in changes]) for each in expected
    ]
    with connection.cursor() as cursor:
        return {
            change.pk
            for change, values in zip(changes, zip(*columns, strict=True), strict=True)
            if cursor.execute(statement, values).rowcount
        }


def insert_new(model: type[models.Model], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert `rows` (all with the same field names), leaving out those that a constraint knows.

    Fields that are not named get their default.
    """
    if not rows:
        return
    named = [_field(model, name) for name in _varying(rows)]
    others = [each for each in _fields(model) if each not in named and not each.primary_key]
    constants = [_prepared(each, [_constant(each, rows[0])])[0] for each in others]
    names = ", ".join(_quoted(*(each.column for each in [*others, *named])))
    into = f"INSERT INTO {_quoted(model._meta.db_table)[0]} ({names})"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            fixed = "".join(f"%s::{each.db_type(connection)}, " for each in others)
            new = f"SELECT {fixed}v.* FROM {_record_set({each.name: each for each in named})}"  # noqa: S608 - as above
            varying = [{each.name: row[each.name] for each in named} for row in rows]
            body = json.dumps(varying, default=str)
            cursor.execute(f"{into} {new} ON CONFLICT DO NOTHING", [*constants, body])
        else:
            marks = ", ".join(["%s"] * (len(others) + len(named)))
            columns = [_prepared(each, [row[each.name] for row in rows]) for each in named]
            cursor.executemany(
                f"{into} VALUES ({marks}) ON CONFLICT DO NOTHING",
                [(*constants, *values) for values in zip(*columns, strict=True)],
            )


def _varying(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The names whose values are not the same in all rows, at least one.

    Most columns of a tick's 10,000 rows say the same, which is told once.
    """
    first = rows[0]
    names = [name for name in first if not all(_is_same(row[name], first[name]) for row in rows)]
    return names or list(first)[:1]


def _is_same(one: object, other: object) -> bool:
    """As a column holds it. JSON that is equal may differ: 1, 1.0 and true are equal."""
    return one is other or (not isinstance(one, dict | list) and one == other)


def _constant(field: Any, row: Mapping[str, Any]) -> Any:
    return row[field.name] if field.name in row else field.get_default()


def _field(model: type[models.Model], name: str) -> Any:
    return model._meta.get_field(name)


def _fields(model: type[models.Model]) -> list[Any]:
    return list(model._meta.concrete_fields)


def _prepared(field: Any, values: Collection[object]) -> list[Any]:
    """The values as the database's driver takes them; JSON as text."""
    if isinstance(field, models.JSONField):
        return [None if v is None else json.dumps(v, cls=field.encoder) for v in values]
    database = connections[DEFAULT_DB_ALIAS]
    # Most of a tick's 10,000 rows share their instants: each different value is prepared once.
    prepared = {value: field.get_db_prep_save(value, database) for value in set(values)}
    return [prepared[value] for value in values]


def _quoted(*names: str) -> list[str]:
    return [connection.ops.quote_name(name) for name in names]


def _record_set(fields: Mapping[str, Any]) -> str:
    """One parameter, a JSON list of objects, as the rows of a table `v` with these columns."""
    columns = ", ".join(
        f"{connection.ops.quote_name(name)} {field.db_type(connection)}"
        for name, field in fields.items()
    )
    return f"jsonb_to_recordset(%s::jsonb) AS v({columns})"
