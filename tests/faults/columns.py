"""Wrong values for every column of every table, made from the models themselves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from django.apps import apps
from django.db import DatabaseError, connection, models, transaction

APPS = ("scheduling", "django_apscheduler", "disclosures")
TEXTS = ["", "no such thing \x1b[31m \u202e", "x" * 10_000]
DOCUMENTS = ["[]", "{}", "12", '"text"', '{"type": "lunch", "job": [], "schedule": 7}']
NUMBERS = [-1, 0, 2**31 - 1, 2**63 - 1, "many"]
INSTANTS = ["0001-01-01 00:00:00", "9999-12-31 23:59:59.999999", "2026-13-45 99:00:00", "soon"]
VALUES: dict[str, list[Any]] = {
    "JSONField": DOCUMENTS,
    "DateTimeField": INSTANTS,
    "DateField": ["0001-01-01", "9999-12-31", "2026-13-45", "soon"],
    "DurationField": [-1, 0, 2**63 - 1, "long"],
    "BooleanField": [2, "maybe"],
    "BinaryField": [b"\x80\x05garbage"],
    "FloatField": [-1.0, 1e300, "much"],
    "DecimalField": [-1, "1e300", "much"],
    "ForeignKey": [2**31 - 1, "nobody"],
}


class Damage(NamedTuple):
    """A column, and the wrong value that it gets."""

    model: type[models.Model]
    column: str
    value: Any

    def __str__(self) -> str:
        shown = repr(self.value)
        return f"{self.model._meta.db_table}.{self.column} = {shown[:60]}"


def tables() -> list[type[models.Model]]:
    """Every table of the product, those that only join two others left out."""
    return [model for name in APPS for model in apps.get_app_config(name).get_models()]


def damages(model: type[models.Model]) -> list[Damage]:
    """Every wrong value for every column but the numbered key."""
    return [
        Damage(model, str(field.column), value)
        for field in model._meta.concrete_fields
        if not isinstance(field, models.AutoField)
        for value in [None, *_wrong_values(field)]
    ]


def _wrong_values(field: models.Field[Any, Any]) -> list[Any]:
    kind = field.get_internal_type()
    if kind in VALUES:
        return VALUES[kind]
    return NUMBERS if "Integer" in kind else TEXTS


@contextmanager
def damaged(damage: Damage, pk: Any) -> Iterator[bool]:
    """Write the value past all models; False when the database refuses it. Undone at the end."""
    with transaction.atomic():
        yield _is_taken(damage, pk)
        transaction.set_rollback(True)


def _is_taken(damage: Damage, pk: Any) -> bool:
    meta, quote = damage.model._meta, connection.ops.quote_name
    key = next(str(field.column) for field in meta.concrete_fields if field.primary_key)
    statement = (
        f"UPDATE {quote(meta.db_table)} SET {quote(damage.column)} = %s "  # noqa: S608 - our models
        f"WHERE {quote(key)} = %s"
    )
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(statement, [damage.value, pk])
            connection.check_constraints()
    except (DatabaseError, OverflowError):
        return False
    return True
