from __future__ import annotations

from typing import Any

import pytest

from scheduling.planning.differences import LONGEST_TEXT, NOTHING, compare_snapshots

SNAPSHOT: dict[str, Any] = {
    "job": {
        "id": 7,
        "name": "morning",
        "kind": "probe",
        "params": {"steps": 1},
        "sources": ["us-house"],
        "owner": 1,
        "revision": 3,
        "overlap": "skip",
        "time_limit_seconds": 300.0,
    },
    "kind_version": 1,
    "sources": {"us-house": {"title": "House", "min_interval_seconds": 1.0}},
    "schedule": {"rule": {"type": "daily", "times": ["12:00"]}, "zone": "UTC"},
    "environment": {
        "version": "0.1.0",
        "revision": "ab" * 20,
        "python": "CPython 3.11.2",
        "packages": {"Django": "5.2.1", "pydantic": "2.1"},
    },
    "idempotent": False,
}


def changed(**sections: Any) -> dict[str, Any]:
    """The snapshot with other values in single sections."""
    merged = {
        name: {**SNAPSHOT[name], **new} if isinstance(new, dict) else new
        for name, new in sections.items()
    }
    return {**SNAPSHOT, **merged}


def test_two_that_are_alike_differ_in_nothing():
    assert compare_snapshots(SNAPSHOT, SNAPSHOT) == []


@pytest.mark.parametrize(
    ("now", "what", "then", "today"),
    [
        (changed(job={"kind": "tickers"}), "kind: name", "probe", "tickers"),
        (changed(kind_version=2), "kind: version", "1", "2"),
        (changed(job={"params": {"steps": 4}}), "parameter: steps", "1", "4"),
        (changed(job={"sources": []}), "job: sources", "us-house", NOTHING),
        (changed(job={"overlap": "allow"}), "job: overlap", "skip", "allow"),
        (changed(job={"time_limit_seconds": 9.0}), "job: time limit seconds", "300.0", "9.0"),
        (changed(schedule={"zone": "Asia/Tokyo"}), "schedule: zone", "UTC", "Asia/Tokyo"),
        (
            changed(sources={"us-house": {"title": "House", "min_interval_seconds": 2.0}}),
            "source: us-house",
            "title House, min_interval_seconds 1.0",
            "title House, min_interval_seconds 2.0",
        ),
        (changed(environment={"revision": "cd"}), "code: revision", "ab" * 20, "cd"),
        (
            changed(environment={"packages": {"Django": "5.2.2", "pydantic": "2.1"}}),
            "package: Django",
            "5.2.1",
            "5.2.2",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_difference_is_named_with_both_values(now, what, then, today):
    assert compare_snapshots(SNAPSHOT, now) == [(what, then, today)]


def test_what_names_a_job_but_does_not_change_its_runs_is_no_difference():
    assert compare_snapshots(SNAPSHOT, changed(job={"revision": 4, "owner": 2})) == []


def test_parameters_and_packages_come_and_go():
    then = changed(job={"params": {"old": True}}, environment={"packages": {"celery": "5"}})
    now = changed(job={"params": {"new": False}}, environment={"packages": {"huey": "2"}})
    assert compare_snapshots(then, now) == [
        ("parameter: old", "yes", NOTHING),
        ("parameter: new", NOTHING, "no"),
        ("package: celery", "5", NOTHING),
        ("package: huey", NOTHING, "2"),
    ]


def test_of_what_an_old_snapshot_did_not_record_nothing_is_said():
    job = {**SNAPSHOT["job"]}
    del job["overlap"]
    old = {"job": job, "schedule": None, "idempotent": False}
    assert compare_snapshots(old, SNAPSHOT) == []


def texts_of(then: object, now: object) -> tuple[str, str]:
    """What is said of a parameter that was `then` and is `now`."""
    (found,) = compare_snapshots(
        changed(job={"params": {"steps": then}}), changed(job={"params": {"steps": now}})
    )
    return found.then, found.now


def test_parameters_that_were_none_at_all_are_compared_too():
    none, some = changed(job={"params": {}}), SNAPSHOT
    assert compare_snapshots(none, some) == [("parameter: steps", NOTHING, "1")]
    assert compare_snapshots(some, none) == [("parameter: steps", "1", NOTHING)]


@pytest.mark.parametrize(
    ("then", "now", "shown"),
    [
        ("x" * 300 + "a", "x" * 300 + "b", ("…" + "x" * 20 + "a", "…" + "x" * 20 + "b")),
        ("x" * 300, "x" * 301, ("…" + "x" * 20, "…" + "x" * 21)),
        ("a" * 300, "b", ("a" * LONGEST_TEXT + "…", "b")),
        ("a" * LONGEST_TEXT, "b", ("a" * LONGEST_TEXT, "b")),
    ],
)
def test_of_long_values_the_part_is_shown_in_which_they_differ(then, now, shown):
    assert texts_of(then, now) == shown


@pytest.mark.parametrize("broken", [None, 7, [], "text"])
def test_a_section_that_cannot_be_read_counts_as_not_recorded(broken):
    then = {**SNAPSHOT, "sources": broken, "schedule": broken, "environment": broken}
    assert compare_snapshots(then, SNAPSHOT) == []
