"""The one builder of run snapshots: what a run needs to be done, and explained, later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scheduling.registry import UnknownKind, get_kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scheduling.models import Job, Schedule


def snapshot(
    job: Job,
    schedule: Schedule | None = None,
    *,
    params: dict[str, Any] | None = None,
    sources: Sequence[str] | None = None,
) -> dict[str, Any]:
    """Freeze the job's definition, the schedule's, and whether the kind may be run again.

    `params` replace single parameters for this run only; `sources` spares the query if known.
    """
    definition = job.definition(sources)
    definition["params"] = {**definition["params"], **(params or {})}
    return {
        "job": definition,
        "schedule": None if schedule is None else schedule.definition(),
        "idempotent": _is_idempotent(job.kind),
    }


def _is_idempotent(slug: str) -> bool:
    try:
        return get_kind(slug).idempotent
    except UnknownKind:
        return False
