"""What a child is told, and what it makes of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.execution.runner import AllSourcesOff, Order, _sources
from scheduling.kinds import JobKind, Outcome, Params, RunContext, SourceSpec

ORDER = Order(
    run_id=1,
    attempt=3,
    clock_offset=timedelta(0),
    memory_limit_mb=2048,
    job={"name": "a job", "kind": "visit", "params": {}},
    planned_at=None,
    dry_run=False,
    sources={},
    left_out={},
)
texts = st.text(max_size=5)


def site(slug: str) -> SourceSpec:
    return SourceSpec(slug=slug, title=slug.title(), url="https://example.org", hosts=())


class Visit(JobKind[Params]):
    params = Params
    sources: ClassVar[tuple[SourceSpec, ...]] = (site("house"), site("senate"))

    def run(self, ctx: RunContext, params: Params) -> Outcome:
        return Outcome()


class Stay(Visit):
    sources = ()


@given(
    run_id=st.integers(0, 2**62),
    attempt=st.integers(0, 2**62),
    offset=st.integers(-(10**9), 10**9).map(lambda tenths: timedelta(seconds=tenths / 10)),
    planned_at=st.none() | st.datetimes(timezones=st.just(UTC)),
    dry_run=st.booleans(),
    sources=st.dictionaries(texts, st.floats(0, 100)),
    left_out=st.dictionaries(texts, texts),
)
def test_an_order_arrives_as_it_was_given(
    run_id, attempt, offset, planned_at, dry_run, sources, left_out
):
    order = replace(
        ORDER,
        run_id=run_id,
        attempt=attempt,
        clock_offset=offset,
        planned_at=planned_at,
        dry_run=dry_run,
        sources=sources,
        left_out=left_out,
    )
    assert Order.read(json.loads(json.dumps(order.as_message()))) == order


@pytest.mark.parametrize(
    ("may_ask", "left_out", "found"),
    [
        ({}, {}, {}),
        ({"house": 2.5}, {}, {"house": 2.5}),
        ({"house": 2.5, "senate": 1}, {}, {"house": 2.5, "senate": 1}),
        ({"house": 2.5}, {"senate": "switched off"}, {"house": 2.5}),
        ({"moon": 2.5}, {"mars": "switched off"}, {}),
    ],
)
def test_a_kind_finds_those_of_its_sources_that_may_be_asked(may_ask, left_out, found):
    assert intervals(Visit(), may_ask, left_out) == found


def intervals(
    kind: JobKind[Params], may_ask: dict[str, float], left_out: dict[str, str]
) -> Mapping[str, float]:
    specs = _sources(kind, replace(ORDER, sources=may_ask, left_out=left_out))
    return {spec.slug: spec.min_interval_seconds for spec in specs}


def test_a_kind_without_sources_needs_none():
    assert intervals(Stay(), {}, {"house": "switched off"}) == {}


def test_where_none_of_the_wanted_may_be_asked_each_is_named_with_the_reason():
    left_out = {"house": "switched off", "senate": "its circuit is open until noon"}
    with pytest.raises(AllSourcesOff) as caught:
        intervals(Visit(), {}, left_out)
    assert str(caught.value) == (
        "None of its sources may be asked now. House: switched off; "
        "Senate: its circuit is open until noon. Switch one on, wait, or change the job."
    )


def test_the_planned_instant_is_in_utc():
    order = replace(ORDER, planned_at=datetime(2026, 3, 2, 12, tzinfo=UTC))
    assert Order.read(order.as_message()).planned_at == order.planned_at
