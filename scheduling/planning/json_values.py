"""Values out of a rule's JSON, each read or refused with the name of its field."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from scheduling.planning.instants import FIRST_INSTANT, LAST_INSTANT, seconds_of
from scheduling.planning.refusals import BadRule

if TYPE_CHECKING:
    from collections.abc import Mapping

TIME_OF_DAY = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])", re.ASCII)
LONGEST_LIST = 200
LONGEST_TEXT = 120
Choice = TypeVar("Choice", bound=StrEnum)


def only(data: Mapping[str, Any], *names: str) -> None:
    """Refuse a field that the rule does not have: a misspelt one must not be passed over."""
    for name in data:
        if name not in {"type", *names}:
            raise BadRule(str(name), f"This rule has no such field. It has: {', '.join(names)}.")


def whole_number(field: str, value: object, *, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadRule(field, "A whole number is needed.")
    if not low <= value <= high:
        raise BadRule(field, f"The number must lie between {low} and {high}.")
    return value


def text(field: str, value: object) -> str:
    """A printable text, which may be empty."""
    if not isinstance(value, str) or not value.isprintable():
        raise BadRule(field, "A text of printable characters is needed.")
    if len(value) > LONGEST_TEXT:
        raise BadRule(field, f"The text is longer than {LONGEST_TEXT} characters.")
    return value


def instant(field: str, value: object) -> datetime:
    """An aware datetime, or its ISO text, as a whole second in UTC."""
    if isinstance(value, str):
        value = _parse_instant(field, value)
    if not isinstance(value, datetime):
        raise BadRule(field, "An instant such as 2026-03-29T02:30:00+01:00 is needed.")
    if value.tzinfo is None:
        raise BadRule(field, "The instant has no offset: write Z or one such as +01:00 behind it.")
    return _within_planning(field, value)


def _parse_instant(field: str, text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise BadRule(field, f"{text[:40]!r} is not an instant in ISO 8601.") from None


def _within_planning(field: str, value: datetime) -> datetime:
    if not FIRST_INSTANT <= seconds_of(value) < LAST_INSTANT:
        raise BadRule(field, "The instant lies outside of the years 3 to 9997.")
    return value.astimezone(UTC).replace(microsecond=0)


def optional_instant(field: str, value: object) -> datetime | None:
    return None if value is None else instant(field, value)


def choice(field: str, kind: type[Choice], value: object) -> Choice:
    """The member of that value."""
    for member in kind:
        if member == value:
            return member
    raise BadRule(field, f"{value!r} is not one of {', '.join(kind)}.")


def listed(field: str, value: object) -> list[Any]:
    """A list with something in it."""
    if not isinstance(value, list | tuple) or not value:
        raise BadRule(field, "A list with at least one value is needed.")
    if len(value) > LONGEST_LIST:
        raise BadRule(field, f"The list has more than {LONGEST_LIST} values.")
    return list(value)


def times_of_day(value: object) -> tuple[str, ...]:
    """`HH:MM` texts, ascending, none twice."""
    times = listed("times", value)
    for time in times:
        if not isinstance(time, str) or not TIME_OF_DAY.fullmatch(time):
            raise BadRule("times", f"{time!r} is not a time of day such as 02:30.")
    return tuple(sorted(set(times)))


def seconds_of_day(times: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(int(time[:2]) * 3600 + int(time[3:]) * 60 for time in times)


def iso(value: datetime) -> str:
    return value.isoformat().replace("+00:00", "Z")
