"""What expressions name, against a table of cases, and the table against two other references."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim, CronSimError

from scheduling.planning.preview import preview_cron
from tests.unit.planning.cases import SOURCES, Case, cases, stamp
from tests.unit.planning.minute_walker import Spec, walk
from tests.unit.planning.strategies import ZONES

SHORT = timedelta(hours=48)


@pytest.mark.parametrize("case", cases(), ids=str)
def test_an_expression_names_these_instants(case: Case) -> None:
    found = preview_cron(case.expression, case.zone, case.start, len(case.instants))

    assert [stamp(each) for each in found] == case.instants, case.why


def test_the_table_is_large_and_says_where_each_case_comes_from() -> None:
    table = cases()

    assert len({case[:3] for case in table}) == len(table) >= 400
    assert {case.source for case in table} == set(SOURCES)
    assert all(case.why for case in table if case.source == "known")


@pytest.mark.parametrize("zone", ZONES)
def test_every_zone_has_its_cases(zone: str) -> None:
    assert Counter(case.zone for case in cases())[zone] >= 9


def _last(case: Case) -> datetime:
    return datetime.fromisoformat(case.instants[-1]).replace(tzinfo=UTC)


def test_a_walk_over_every_minute_finds_what_the_table_says() -> None:
    # The walk goes by whole minutes: Monrovia's clock was off by half of one.
    walked = [
        (case, spec)
        for case in cases()
        if _last(case) - case.start <= SHORT and case.zone != "Africa/Monrovia"
        if (spec := Spec.of(case.expression)) is not None
    ]

    assert len(walked) > 250
    for case, spec in walked:
        zone = ZoneInfo(case.zone)
        found = walk(spec, zone, case.start, _last(case), gap="shift", repeat="first")
        assert [stamp(each) for each in found] == case.instants, str(case)


def _by_cronsim(case: Case) -> list[str] | None:
    """The instants by cronsim; None if it cannot read the expression."""
    try:
        found = CronSim(case.expression, case.start.astimezone(ZoneInfo(case.zone)))
    except CronSimError:
        return None
    return [stamp(each.astimezone(UTC)) for each in islice(found, len(case.instants))]


def test_cronsim_agrees_with_the_table_but_where_it_is_known_to_be_wrong() -> None:
    answers = [(case, _by_cronsim(case)) for case in cases()]
    read = [(case, found) for case, found in answers if found is not None]

    assert len(read) > 550
    differing = {str(case) for case, found in read if found != case.instants}
    assert differing == {str(case) for case, _ in read if "cronsim" in case.why}


@pytest.mark.parametrize(
    "expression",
    ["  0   2  *\t*  * ", "0\t2\t*\t*\t*", "\t0 2 * * *\t", "0 2 * * *", "0  2 * * * "],
)
def test_blanks_and_tabs_only_part_the_fields(expression: str) -> None:
    found = preview_cron(expression, "UTC", "2026-01-01T00:00:00Z", 2)

    assert [stamp(each) for each in found] == ["2026-01-01T02:00", "2026-01-02T02:00"]
