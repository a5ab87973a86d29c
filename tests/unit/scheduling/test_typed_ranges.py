"""What is typed as a calendar's own ranges, and the JSON it stands for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.planning.calendars import calendar_from_json
from scheduling.planning.refusals import BadRule
from scheduling.views.forms.ranges import EXAMPLE, lines_of, ranges_of


def a_range(start: str, until: str, label: str = "") -> dict[str, str]:
    return {"from": start, "until": until, "label": label}


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        (EXAMPLE, a_range("2026-12-24T12:00", "2026-12-28T00:00", "Christmas")),
        ("2026-12-24", a_range("2026-12-24T00:00", "2026-12-25T00:00")),
        ("2026-12-24 The Eve", a_range("2026-12-24T00:00", "2026-12-25T00:00", "The Eve")),
        ("2026-12-24..2026-12-26", a_range("2026-12-24T00:00", "2026-12-27T00:00")),
        ("2026-12-24T22:00 .. 2026-12-25T06:30", a_range("2026-12-24T22:00", "2026-12-25T06:30")),
        ("2026-12-31 .. 2026-12-31T12:00", a_range("2026-12-31T00:00", "2026-12-31T12:00")),
    ],
)  # fmt: skip
def test_a_line_is_read(line: str, meant: dict[str, str]) -> None:
    assert ranges_of(f"\n  {line}  \n\n") == [meant]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("Christmas", "Line 2 cannot be read"),
        ("2026-12-24T12:00", "Line 2 does not say until when"),
        ("2026-13-24", "Line 2: '2026-13-24' is neither"),
        ("2026-12-24 .. 2026-12-32", "Line 2: '2026-12-32' is neither"),
        ("2026-12-24T12:00+01:00 .. 2026-12-25", "neither a date nor a time of the calendar's own"),
        ("9999-12-31", "Line 2: '9999-12-31' is neither"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(line: str, said: str) -> None:
    with pytest.raises(BadRule) as refusal:
        ranges_of(f"2026-01-01\n{line}")
    assert refusal.value.field == "ranges"
    assert said in refusal.value.reason


READINGS = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)).map(  # noqa: DTZ001
    lambda at: at.replace(microsecond=0)
)
DAYS = READINGS.map(lambda at: at.replace(hour=0, minute=0, second=0))
LABELS = st.text(st.characters(categories=["L", "N", "Zs"]), max_size=20).map(
    lambda text: " ".join(text.split())
)


@st.composite
def ranges(draw: st.DrawFn) -> dict[str, Any]:
    start, until = sorted(draw(st.lists(READINGS | DAYS, min_size=2, max_size=2, unique=True)))
    return a_range(_text(start), _text(until), draw(LABELS))


def _text(at: datetime) -> str:
    return at.isoformat(timespec="seconds" if at.second else "minutes")


@given(st.lists(ranges(), min_size=1, max_size=5))
def test_what_is_offered_for_stored_ranges_is_read_as_the_same(stored: list[Any]) -> None:
    assert ranges_of(lines_of(stored)) == stored


def test_the_example_is_a_calendar() -> None:
    rule = {"type": "ranges", "ranges": ranges_of(EXAMPLE)}
    assert calendar_from_json({"name": "Days", "zone": "UTC", "rule": rule}).describe() == "1 range"
