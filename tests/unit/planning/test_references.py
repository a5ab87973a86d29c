# ruff: noqa: DTZ001 - hypothesis takes naive bounds
"""Our instants against croniter's, where croniter is known to be right.

Left out, as sources/cron.md found by measuring: ranges of one value, stepped day fields beside a
restricted one, `n/step` weekdays that reach Sunday, zones that change their clocks.
"""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from croniter import croniter
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from scheduling.planning.cron import read_cron
from scheduling.planning.preview import preview_cron
from scheduling.planning.refusals import BadRule
from scheduling.planning.second_reading import other_reading
from tests.unit.planning.minute_walker import Spec
from tests.unit.planning.strategies import specs

AFTER = datetime(2026, 3, 1, tzinfo=UTC)


def _croniter_misreads(spec: Spec) -> bool:
    fields = (spec.minute, spec.hour, spec.day, spec.month, spec.weekday)
    items = [item.partition("/")[0] for text, _ in fields for item in text.split(",")]
    one_value = any(
        low == high for low, dash, high in (item.partition("-") for item in items) if dash
    )
    star_in_list = any("," in text and "*" in text for text, _ in fields)
    stepped_day = "/" in spec.day[0] or "/" in spec.weekday[0]
    return one_value or star_in_list or stepped_day


@settings(max_examples=150, deadline=None)
@given(
    spec=specs(),
    zone=st.sampled_from(["UTC", "Asia/Kathmandu", "Asia/Tokyo"]),
    after=st.datetimes(datetime(1995, 1, 1), datetime(2050, 1, 1), timezones=st.just(UTC)),
)
def test_croniter_names_the_same_instants_where_no_clock_changes(
    spec: Spec, zone: str, after: datetime
) -> None:
    assume(not _croniter_misreads(spec))
    try:
        read_cron(spec.expression)
    except BadRule:
        assume(False)
    walk = croniter(spec.expression, after.replace(microsecond=0).astimezone(ZoneInfo(zone)))

    theirs = [walk.get_next(datetime).astimezone(UTC) for _ in range(8)]

    assert preview_cron(spec.expression, zone, after, 8) == theirs


@pytest.mark.parametrize("expression", ["5-5 * * * *", "0 0 */2 * 1", "0 9 1 * 1#1", "0 */2 * * *"])
def test_dates_that_croniter_reads_otherwise_are_shown(expression: str) -> None:
    after = datetime(2026, 3, 29, tzinfo=UTC)

    theirs = other_reading(expression, "Europe/Stockholm", after, limit=5)

    assert len(theirs) == 5
    assert theirs != preview_cron(expression, "Europe/Stockholm", after, 5)


@pytest.mark.parametrize("expression", ["0 9 * * 1", "@daily", "0 0 L * *", "H H * * *"])
def test_nothing_is_shown_where_croniter_agrees_or_draws(expression: str) -> None:
    assert other_reading(expression, "Europe/Stockholm", AFTER, limit=5) == []


def test_nothing_is_shown_where_croniter_cannot_read() -> None:
    assert other_reading("0 0 1-5,L,LW * *", "UTC", AFTER, limit=5) == []
