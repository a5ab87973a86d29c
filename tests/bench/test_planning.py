"""What planning costs: next instants, alone and in batches, beside croniter and cronsim."""

from __future__ import annotations

import gc
import json
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import _lru_cache_wrapper
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from croniter import croniter
from cronsim import CronSim

from scheduling.management.commands.preview import answers
from scheduling.planning.plan import Plan, count, last_occurrence, occurrences
from scheduling.planning.rules import CronRule
from tests.unit.planning.cases import cases

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

ZONE = ZoneInfo("Europe/Stockholm")
START = datetime(2026, 1, 1, tzinfo=UTC)
# Those of the requirement documents, and what people write besides. All three libraries read them.
EXPRESSIONS = [
    "0 2 * * *", "0 9 * * 1-5", "0 */6 * * *", "*/30 * * * *", "0 2 * * 0", "0 12 * * 1,3,5",
    "*/5 9-17 * * 1-5", "0 0 1 * *", "30 6 1,15 * *", "0 0 1 1 *", "0 18 * * 5#3", "15 3 L * *",
]  # fmt: skip
Walk = Callable[[str, datetime, int], int]


def by_planner(expression: str, start: datetime, number: int) -> int:
    plan = Plan(rule=CronRule(expression), zone=ZONE.key)
    return len(occurrences(plan, start, limit=number))


def by_croniter(expression: str, start: datetime, number: int) -> int:
    found = croniter(expression, start.astimezone(ZONE))
    return len([found.get_next(datetime) for _ in range(number)])


def by_cronsim(expression: str, start: datetime, number: int) -> int:
    return len(list(islice(CronSim(expression, start.astimezone(ZONE)), number)))


LIBRARIES = [
    pytest.param(walk, id=walk.__name__.removeprefix("by_"))
    for walk in (by_planner, by_croniter, by_cronsim)
]


def forget() -> None:
    """Empty every cache of the planner, so that it starts like a new process."""
    for each in gc.get_objects():
        if isinstance(each, _lru_cache_wrapper):
            module = getattr(each, "__module__", "") or ""
            if module.startswith("scheduling.planning"):
                each.cache_clear()


def per_second(benchmark, number: int) -> None:
    benchmark.extra_info["per_second"] = round(number / benchmark.stats.stats.median)
    print(f"\n{benchmark.name}: {benchmark.extra_info['per_second']:,} a second")


@pytest.mark.benchmark(group="the first instant of twelve new rules, nothing cached")
@pytest.mark.parametrize("walk", LIBRARIES)
def test_first_instants(benchmark, walk: Walk):
    def ask() -> int:
        return sum(walk(expression, START, 1) for expression in EXPRESSIONS)

    found = benchmark.pedantic(ask, setup=forget, rounds=30)
    assert found == len(EXPRESSIONS)
    per_second(benchmark, found)


@pytest.mark.benchmark(group="500 instants of each of twelve rules, none asked for before")
@pytest.mark.parametrize("walk", LIBRARIES)
def test_following_instants(benchmark, walk: Walk):
    def ask() -> int:
        return sum(walk(expression, START, 500) for expression in EXPRESSIONS)

    found = benchmark.pedantic(ask, setup=forget, rounds=5)
    assert found == 500 * len(EXPRESSIONS)
    per_second(benchmark, found)


@pytest.mark.benchmark(group="the next instant of twelve rules, as ticks and pages ask")
@pytest.mark.parametrize("walk", LIBRARIES)
def test_next_instants_asked_again(benchmark, walk: Walk):
    def ask() -> int:
        return sum(walk(expression, START, 1) for expression in EXPRESSIONS)

    ask()
    found = benchmark.pedantic(ask, rounds=50, iterations=10)
    per_second(benchmark, found)


def questions(number: int) -> list[str]:
    """Lines of a batch: the table's zones and starts with expressions that hardly ever repeat."""
    drawn = random.Random(2026)
    table = cases()
    return [
        json.dumps(
            {
                "id": n,
                "expr": f"{drawn.randrange(60)} {drawn.randrange(24)} * * {drawn.randrange(7)}",
                "tz": case.zone,
                "start": case.start.isoformat(),
                "n": 5,
            }
        )
        for n, case in enumerate(drawn.choices(table, k=number))
    ]


@pytest.mark.parametrize("state", ["new", "known"])
def test_batch(benchmark, state):
    lines = questions(5_000)
    setup = forget if state == "new" else None
    found = benchmark.pedantic(lambda: list(answers(lines)), setup=setup, rounds=3)
    assert len(found) == len(lines)
    per_second(benchmark, len(lines))
    assert benchmark.stats.stats.median < 2.5, "thousands a second"


HARD = [
    # expression, zone, start, number of instants
    ("* * * * *", "Pacific/Apia", datetime(2011, 12, 30, 9, 50, tzinfo=UTC), 20),
    ("0 9 * * *", "Pacific/Apia", datetime(2011, 12, 29, tzinfo=UTC), 20),
    ("0 0 29 2 *", "Europe/Stockholm", datetime(2024, 3, 1, tzinfo=UTC), 1),
    ("0 0 29 2 *", "Europe/Stockholm", datetime(2096, 3, 1, tzinfo=UTC), 1),
    ("0 0 29 2 */7", "Europe/Stockholm", datetime(2032, 3, 1, tzinfo=UTC), 20),
    ("0 0 * 2 1#5", "Europe/Stockholm", datetime(2044, 3, 1, tzinfo=UTC), 20),
    ("0 0 */28 2 1#5", "America/New_York", datetime(2044, 3, 1, tzinfo=UTC), 20),
    ("0 0 31W 2,10 *", "America/New_York", datetime(2026, 1, 1, tzinfo=UTC), 20),
]


@pytest.mark.benchmark(group="rules that make a search long")
@pytest.mark.parametrize(("expression", "zone", "start", "number"), HARD)
def test_hard_rules(benchmark, expression, zone, start, number):
    plan = Plan(rule=CronRule(expression), zone=zone)

    def ask() -> int:
        return sum(1 for _ in walk_uncached(plan, start, number))

    assert benchmark.pedantic(ask, rounds=20, warmup_rounds=1) == number
    assert benchmark.stats.stats.median < 0.05


def walk_uncached(plan: Plan, start: datetime, number: int) -> Iterator[object]:
    after = int(start.timestamp())
    for _ in range(number):
        found = plan.timeline.next(after)
        assert found is not None
        after = int(found.planned_at.timestamp())
        yield found


@pytest.mark.benchmark(group="ten years counted, and their last instant found")
@pytest.mark.parametrize("expression", ["* * * * *", "0 2 * * *", "0 0 29 2 *", "0 9 * * 1#1"])
def test_count_over_ten_years(benchmark, expression):
    plan = Plan(rule=CronRule(expression), zone=ZONE.key)
    until = START + timedelta(days=3653)

    def ask() -> int:
        assert last_occurrence(plan, START, until)
        return count(plan, START, until)

    assert benchmark.pedantic(ask, rounds=20, warmup_rounds=1) > 0
    assert benchmark.stats.stats.median < 0.01
