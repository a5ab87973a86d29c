from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from scheduling.actions.drafts import JobDraft, JobRefused, ScheduleDraft
from scheduling.actions.jobs import add_job
from scheduling.models import DataSource, DueEntry, Job, JobRevision, Run, Schedule
from tests.factories.jobs import NOON, a_job, a_schedule, a_user
from tests.integration.actions.conftest import MORNING, due_at

pytestmark = pytest.mark.django_db


def add(**fields: object) -> Job:
    draft = JobDraft(**{"name": "morning", "kind": "probe", **fields})  # type: ignore[arg-type]
    return add_job(draft=draft, owner=a_user(), by="alice", now=MORNING)


def refusal(**fields: object) -> dict[str, str]:
    with pytest.raises(JobRefused) as caught:
        add(**fields)
    assert not Job.objects.exists()
    assert not Schedule.objects.exists()
    return caught.value.errors


def test_a_job_is_in_force_at_once():
    job = add(schedules=(a_schedule(),))
    schedule = job.schedules.get()
    assert due_at(schedule) == NOON
    assert schedule.accounted_until == MORNING
    assert not Run.objects.exists()


def test_its_first_revision_holds_the_whole_definition():
    job = add(params={"steps": 3}, schedules=(a_schedule(),))
    revision = JobRevision.objects.get(job=job)
    assert (job.revision, revision.number, revision.note) == (1, 1, "added")
    assert (revision.changed_by, revision.changed_at) == ("alice", MORNING)
    assert revision.definition["params"]["steps"] == 3
    assert revision.definition["schedules"] == [job.schedules.get().definition()]
    assert (revision.definition["paused_reason"], revision.definition["is_deleted"]) == ("", False)


def test_what_is_left_out_comes_from_the_kind():
    job = add()
    assert job.params["behaviour"] == "succeed"
    assert (job.time_limit, job.max_attempts) == (timedelta(minutes=5), 3)


def test_all_sources_of_the_kind_are_chosen_unless_some_are_named():
    slugs = add(name="a", kind="house-disclosures").sources.values_list("slug", flat=True)
    known = DataSource.objects.values_list("slug", flat=True)
    assert set(slugs) == set(known) != set()
    one = min(known)
    job = add(name="b", kind="house-disclosures", sources=(one,))
    assert job.sources.get().slug == one


@pytest.mark.parametrize(
    ("name", "kept"),
    [("  morning ", "morning"), ("\ufb01lings", "filings"), ("\uff21", "A"), ("A\u030a", "\u00c5")],
)
def test_a_name_is_kept_in_its_plain_form(name, kept):
    assert add(name=name).name == kept


@pytest.mark.parametrize("name", ["morning", "MORNING", " Morning ", "\uff4dorning"])
def test_an_owner_has_one_job_of_a_name(name):
    add()
    with pytest.raises(JobRefused) as caught:
        add(name=name)
    assert caught.value.errors == {"name": "You already have a job of this name."}
    assert Job.objects.count() == JobRevision.objects.count() == 1


def test_the_name_of_somebody_elses_job_is_free():
    add()
    a_job("morning", owner=a_user("bob"))
    assert Job.objects.count() == 2


@pytest.mark.parametrize(
    ("fields", "field", "text"),
    [
        ({"name": "  "}, "name", "Give the job a name"),
        ({"name": "x" * 121}, "name", "121 characters"),
        ({"name": "a\x00b"}, "name", "cannot be shown"),
        ({"name": "a\nb"}, "name", "cannot be shown"),
        ({"kind": "sonnets"}, "kind", "No job kind is registered"),
        ({"params": {"steps": 0}}, "params.steps", "greater than or equal to 1"),
        ({"params": {"colour": "red"}}, "params.colour", "not permitted"),
        ({"sources": ("the-moon",)}, "sources", "does not collect from: the-moon"),
        ({"time_limit": timedelta(0)}, "time_limit", "longer than nothing"),
        ({"misfire": "perhaps"}, "misfire", "run_latest"),
        ({"overlap": "both"}, "overlap", "queue_one"),
        ({"max_parallel": 0}, "max_parallel", "between 1 and"),
        ({"max_queued": -1}, "max_queued", "between 1 and"),
        ({"max_catchup": 10**6}, "max_catchup", "between 1 and"),
        ({"max_attempts": -1}, "max_attempts", "between 1 and"),
        ({"pool": "nowhere"}, "pool", "no pool nowhere: add it, or choose another"),
        ({"weight": 0}, "weight", "between 1 and 1000"),
        ({"weight": 1001}, "weight", "between 1 and 1000"),
        ({"priority": 11}, "priority", "between -10 and 10"),
        ({"priority": -11}, "priority", "between -10 and 10"),
        ({"max_attempts": 40_000}, "max_attempts", "between 1 and"),
        ({"catchup_window": timedelta(-1)}, "catchup_window", "between 0 and"),
    ],
)
def test_a_fault_is_told_under_the_name_of_its_field(fields, field, text):
    errors = refusal(**fields)
    assert list(errors) == [field]
    assert text in errors[field]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"rule": {"type": "cron", "expression": "61 * * * *"}}, "minute"),
        ({"rule": {"type": "daily", "times": []}}, "times"),
        ({"rule": {"type": "sometimes"}}, "type"),
        ({"zone": "Atlantis/Capital"}, "zone"),
        ({"zone": ""}, "zone"),
        ({"jitter_seconds": -1}, "jitter_seconds"),
        ({"gap_policy": "jump"}, "gap"),
        ({"starts_at": NOON, "ends_at": NOON - timedelta(days=1)}, "ends_at"),
        ({"starts_at": NOON, "ends_at": NOON}, "ends_at"),
        ({"starts_at": datetime(2026, 3, 2)}, "starts_at"),  # noqa: DTZ001 - the naive one is the case
    ],
)
def test_a_fault_in_a_schedule_is_told_with_its_place(fields, field):
    good = {"rule": {"type": "daily", "times": ["12:00"]}, "zone": "UTC"}
    errors = refusal(schedules=(a_schedule(), ScheduleDraft(**{**good, **fields})))
    assert list(errors) == [f"schedules.1.{field}"]


def test_every_fault_is_told_not_only_the_first():
    bad = ScheduleDraft(rule={"type": "sometimes"}, zone="UTC")
    errors = refusal(name="", params={"steps": 0}, schedules=(bad,), max_parallel=0)
    assert sorted(errors) == ["max_parallel", "name", "params.steps", "schedules.0.type"]


def test_a_schedule_that_names_no_instant_any_more_is_never_due():
    past = (NOON - timedelta(days=3)).isoformat()
    job = add(schedules=(a_schedule(type="once", at=past),))
    assert DueEntry.objects.get(id=str(job.schedules.get().pk)).next_run_time is None
