from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from scheduling.actions.drafts import JobRefused
from scheduling.actions.jobs import remove_job
from scheduling.actions.pools import (
    PoolInUse,
    PoolRefused,
    add_pool,
    edit_pool,
    jobs_in,
    jobs_limited_by,
    remove_pool,
)
from scheduling.models import DEFAULT_POOL, Job, JobRevision, Pool
from tests.factories.jobs import NOON, a_job
from tests.factories.runs import a_run
from tests.integration.actions.conftest import edit

pytestmark = pytest.mark.django_db


def a_pool(name: str = "slow", *, slots: int | None = 2) -> Pool:
    return add_pool(name=name, slots=slots, note="", by="alice")


def a_job_in(pool: str, name: str = "probe", **policies: Any) -> Job:
    return a_job(name, now=NOON, policies={"pool": pool, **policies})


def test_a_job_is_put_into_a_pool_with_a_weight_and_a_priority() -> None:
    a_pool()
    job = a_job_in("slow", weight=3, priority=-10)
    assert (job.pool_name, job.weight, job.priority) == ("slow", 3, -10)
    definition = JobRevision.objects.get(job=job).definition
    assert [definition[name] for name in ("pool", "weight", "priority")] == ["slow", 3, -10]


def test_an_edit_takes_a_job_out_of_its_pool() -> None:
    pool = a_pool()
    job = edit(a_job_in("slow"), now=NOON + timedelta(hours=1))
    assert job.pool_name == DEFAULT_POOL
    assert not jobs_in(pool).exists()


@pytest.mark.parametrize("name", ["", DEFAULT_POOL])
def test_the_default_pool_needs_no_row_and_can_be_removed_again(name: str) -> None:
    assert a_job_in(name, "before").pool is None
    pool = a_pool(DEFAULT_POOL)
    assert a_job_in(name, "after").pool is None
    remove_pool(pool=pool, by="alice")
    assert not Pool.objects.exists()


@pytest.mark.parametrize(
    ("name", "slots", "field"),
    [
        ("", 1, "name"),
        ("two words", 1, "name"),
        ("x" * 51, 1, "name"),
        ("taken", 1, "name"),
        ("new", 0, "slots"),
        ("new", -1, "slots"),
        ("new", 10**6, "slots"),
    ],
)
def test_a_pool_that_cannot_be_is_refused(name: str, slots: int, field: str) -> None:
    a_pool("taken")
    with pytest.raises(PoolRefused) as refusal:
        a_pool(name, slots=slots)
    assert list(refusal.value.errors) == [field]
    assert Pool.objects.get().name == "taken"


def test_of_two_people_who_add_the_same_pool_at_once_one_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    a_pool("taken")
    monkeypatch.setattr("scheduling.actions.pools._check", lambda _pool: None)
    with pytest.raises(PoolRefused, match="Somebody added a pool of this name meanwhile"):
        a_pool("taken", slots=9)
    assert Pool.objects.get().slots == 2


def test_the_default_pool_limits_the_jobs_that_name_none() -> None:
    default, slow = a_pool(DEFAULT_POOL), a_pool()
    plain, heavy = a_job("plain", now=NOON), a_job_in("slow")
    assert list(jobs_limited_by(default)) == [plain]
    assert list(jobs_limited_by(slow)) == [heavy]


def test_slots_and_note_can_be_changed() -> None:
    pool = edit_pool(pool=a_pool(), slots=None, note="For the House", by="bob")
    pool.refresh_from_db()
    assert (pool.slots, pool.note) == (None, "For the House")
    with pytest.raises(PoolRefused, match="between 1 and"):
        edit_pool(pool=pool, slots=0, note="", by="bob")


def test_a_pool_that_somebody_removed_is_not_made_again_by_an_edit() -> None:
    pool = a_pool()
    remove_pool(pool=pool, by="alice")
    with pytest.raises(PoolRefused, match="removed the pool"):
        edit_pool(pool=Pool(name="slow"), slots=1, note="", by="bob")
    assert not Pool.objects.exists()


def test_a_pool_with_jobs_stays_and_says_which() -> None:
    pool = a_pool()
    a_job_in("slow", "heavy probe")
    with pytest.raises(PoolInUse, match="heavy probe"):
        remove_pool(pool=pool, by="alice")
    assert Pool.objects.exists()


def test_a_removed_job_keeps_no_pool_in_being_and_a_waiting_run_keeps_the_name() -> None:
    pool = a_pool()
    job = a_job_in("slow")
    run = a_run(job, pool="slow")
    remove_job(job=job, by="alice", now=NOON)
    remove_pool(pool=pool, by="alice")
    run.refresh_from_db()
    assert run.pool == "slow"
    with pytest.raises(JobRefused, match="no pool slow"):
        a_job_in("slow", "another")
