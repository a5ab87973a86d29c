"""The one builder of run snapshots: what a run needs to be done, explained and repeated later.

It holds no secret: parameters name secrets (`scheduling.kinds.Params`), and sources have none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scheduling.environment import environment_digest
from scheduling.models import DataSource, Job
from scheduling.registry import UnknownKind, get_kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scheduling.models import Run, Schedule
    from scheduling.models.job import JobQuerySet

    FrozenSources = Mapping[str, Mapping[str, Any]]

SOURCE_FIELDS = ("title", "url", "min_interval_seconds", "max_running")
# What a run does; the rest of a job's definition says when and where.
DEED_FIELDS = ("kind", "params", "sources", "time_limit_seconds", "max_attempts", "revision")


def snapshot(
    job: Job,
    schedule: Schedule | None = None,
    *,
    params: dict[str, Any] | None = None,
    sources: FrozenSources | None = None,
) -> dict[str, Any]:
    """Freeze what the job is now: its definition, the schedule's, kind, sources, environment.

    `params` replace single parameters for this run only; `sources`, as `frozen_sources` gives them,
    spare the queries if known.
    """
    if sources is None:
        sources = frozen_sources(Job.objects.filter(pk=job.pk)).get(job.pk, {})
    definition = job.definition(list(sources))
    definition["params"] = {**definition["params"], **(params or {})}
    return _freeze(definition, None if schedule is None else schedule.definition(), sources)


def snapshot_as_it_was(job: Job, old: Mapping[str, Any]) -> dict[str, Any]:
    """Freeze a run that does what the one with the snapshot `old` did.

    When and where it runs is decided by the job of today, and so is how sources are treated; the
    code and its environment are always today's.
    """
    deed = {name: old["job"][name] for name in DEED_FIELDS}
    known = _source_definitions()
    sources = {slug: known[slug] for slug in deed["sources"] if slug in known}
    return _freeze({**job.definition(deed["sources"]), **deed}, old.get("schedule"), sources)


def is_readable(run: Run) -> bool:
    """True if the run's snapshot tells what it did."""
    job = run.frozen_job
    has_all = all(name in job for name in DEED_FIELDS)
    return has_all and isinstance(job["params"], dict) and isinstance(job["sources"], list)


def _freeze(
    definition: dict[str, Any], schedule: dict[str, Any] | None, sources: FrozenSources
) -> dict[str, Any]:
    version, idempotent = _version_of(definition["kind"])
    return {
        "job": definition,
        "schedule": schedule,
        "sources": sources,
        "kind_version": version,
        "idempotent": idempotent,
        "environment": environment_digest(),
    }


def frozen_sources(jobs: JobQuerySet) -> dict[int, FrozenSources]:
    """Job -> slug -> what its source is now. Two queries for any number of jobs."""
    slugs = jobs.source_slugs()
    known = _source_definitions() if slugs else {}
    return {pk: {slug: known[slug] for slug in lot} for pk, lot in slugs.items()}


def _source_definitions() -> dict[str, dict[str, Any]]:
    rows = DataSource.objects.order_by().values("slug", *SOURCE_FIELDS)
    return {row.pop("slug"): row for row in rows}


def _version_of(slug: str) -> tuple[int | None, bool]:
    """The kind's version, and whether it may be run again; unknown and no, if it is not there."""
    try:
        kind = get_kind(slug)
    except UnknownKind:
        return None, False
    return kind.version, kind.idempotent
