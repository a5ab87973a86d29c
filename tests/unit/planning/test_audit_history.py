from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from scheduling.planning.history import Change, Tenure, tenures_of

START, DAY = datetime(2026, 3, 2, tzinfo=UTC), timedelta(days=1)


def a_change(day: int, *schedules: dict[str, Any], **fields: Any) -> Change:
    return Change(START + day * DAY, {"schedules": list(schedules), **fields})


NIGHTLY = {"id": 1, "rule": "nightly"}
WEEKLY = {"id": 1, "rule": "weekly"}
OTHER = {"id": 2, "rule": "nightly"}


def test_a_job_that_never_changed_has_one_tenure():
    assert tenures_of([a_change(0, NIGHTLY)]) == [Tenure(1, NIGHTLY, START)]


def test_a_changed_rule_ends_one_tenure_and_begins_another_at_the_same_instant():
    assert tenures_of([a_change(0, NIGHTLY), a_change(3, WEEKLY)]) == [
        Tenure(1, NIGHTLY, START, START + 3 * DAY),
        Tenure(1, WEEKLY, START + 3 * DAY),
    ]


def test_a_pause_or_a_new_name_ends_no_tenure():
    changes = [a_change(0, NIGHTLY), a_change(1, NIGHTLY, paused_reason="x"), a_change(2, NIGHTLY)]
    assert tenures_of(changes) == [Tenure(1, NIGHTLY, START)]


def test_a_schedule_that_an_edit_left_out_names_nothing_meanwhile():
    changes = [a_change(0, NIGHTLY, OTHER), a_change(2, OTHER), a_change(4, NIGHTLY, OTHER)]
    assert tenures_of(changes) == [
        Tenure(1, NIGHTLY, START, START + 2 * DAY),
        Tenure(2, OTHER, START),
        Tenure(1, NIGHTLY, START + 4 * DAY),
    ]


def test_a_removed_job_has_no_tenure_left():
    changes = [a_change(0, NIGHTLY), a_change(5, NIGHTLY, is_deleted=True)]
    assert tenures_of(changes) == [Tenure(1, NIGHTLY, START, START + 5 * DAY)]


def test_a_definition_from_before_there_were_schedules_names_nothing():
    assert tenures_of([Change(START, {})]) == []
