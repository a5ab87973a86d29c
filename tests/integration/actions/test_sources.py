from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from scheduling.actions.sources import (
    SourceDraft,
    SourceRefused,
    close_circuit,
    edit_source,
    sync_sources,
)
from scheduling.models import DataSource, Notice, NoticeCode
from tests.factories.jobs import NOON
from tests.factories.sources import a_source

pytestmark = pytest.mark.django_db

DRAFT = SourceDraft(is_enabled=False, min_interval_seconds=2.5, max_running=1, opens_after=None)


@pytest.fixture
def source(db: None) -> DataSource:
    return a_source()


def test_what_is_decided_is_kept_when_the_kinds_are_read_again(source: DataSource) -> None:
    sync_sources()
    for each in DataSource.objects.all():
        edit_source(source=each, draft=DRAFT, by="alice")
    sync_sources()
    kept = DataSource.objects.values_list(
        "is_enabled", "min_interval_seconds", "max_running", "opens_after"
    )
    assert set(kept) == {(False, 2.5, 1, None)}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("min_interval_seconds", -0.1),
        ("min_interval_seconds", float("nan")),
        ("min_interval_seconds", float("inf")),
        ("max_running", 0),
        ("max_running", 1_001),
        ("opens_after", 0),
        ("opens_after", 1_001),
    ],
)
def test_a_limit_out_of_bounds_is_refused(source: DataSource, field: str, value: Any) -> None:
    with pytest.raises(SourceRefused) as refusal:
        edit_source(source=source, draft=replace(DRAFT, **{field: value}), by="alice")
    assert list(refusal.value.errors) == [field]
    source.refresh_from_db()
    assert source.is_enabled


def test_an_edit_leaves_the_circuit_as_it_is(source: DataSource) -> None:
    DataSource.objects.update(open_until=NOON, failures_in_row=7)
    edit_source(source=source, draft=DRAFT, by="alice")
    source.refresh_from_db()
    assert (source.open_until, source.failures_in_row) == (NOON, 7)


def test_a_circuit_that_is_closed_by_hand_counts_anew_and_ends_its_notice(
    source: DataSource,
) -> None:
    DataSource.objects.update(open_until=NOON, failures_in_row=7)
    Notice.objects.raise_once(NoticeCode.SOURCE_OPEN, "Moon is down.", now=NOON, about=source)
    source.refresh_from_db()
    assert source.health == "OPEN"
    close_circuit(source=source, by="alice", now=NOON)
    assert not Notice.objects.open().exists()
    source.refresh_from_db()
    assert (source.open_until, source.failures_in_row, source.health) == (None, 0, "UNKNOWN")
