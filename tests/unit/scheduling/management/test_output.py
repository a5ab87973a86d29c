from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from io import StringIO

import pytest
from django.core.management.base import OutputWrapper

from scheduling.management.output import WIDTH_IN_A_FILE, console_on, utc_text


class Screen(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (datetime(2026, 3, 2, 12, tzinfo=UTC), "2026-03-02T12:00:00Z"),
        (datetime(2026, 3, 2, 12, 0, 0, 5, tzinfo=UTC), "2026-03-02T12:00:00.000005Z"),
        (datetime(2026, 3, 2, 1, tzinfo=timezone(timedelta(hours=2))), "2026-03-01T23:00:00Z"),
    ],
)
def test_instants_are_written_in_utc(at, text):
    assert utc_text(at) == text


@pytest.mark.parametrize(("out", "width"), [(Screen(), 50), (StringIO(), WIDTH_IN_A_FILE)])
def test_tables_are_as_wide_as_the_terminal_and_wide_in_a_file(monkeypatch, out, width):
    monkeypatch.setenv("COLUMNS", "50")
    assert console_on(OutputWrapper(out)).width == width
