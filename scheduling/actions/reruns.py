"""Doing again what a run did: as it was then, or as the job is now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from scheduling.actions.runs import lock_to_run, queue_run
from scheduling.actions.snapshots import is_readable, snapshot, snapshot_as_it_was
from scheduling.environment import this_environment
from scheduling.events import emit
from scheduling.kinds import BadParameters
from scheduling.models import Environment, Origin, Run
from scheduling.planning.differences import Difference, compare_snapshots
from scheduling.registry import UnknownKind


class RerunRefused(ValueError):
    """The run cannot be repeated, or not as it was."""


def rerun(*, run: Run, as_it_was: bool, by: str, now: datetime) -> Run:
    """Queue a run that does again what `run` did, for the same planned instant, if it had one.

    As it was: the old definition, under the code of today. As it is now: today's definition. What
    else is open meets it as it meets any run by hand. Raises RerunRefused, and what `request_run`
    raises.
    """
    with transaction.atomic():
        job = lock_to_run(run.job_id)
        run.refresh_from_db()
        why_not = refusal(run)
        if why_not:
            raise RerunRefused(why_not)
        frozen = snapshot_as_it_was(job, run.snapshot) if as_it_was else snapshot(job, run.schedule)
        try:
            new = queue_run(
                job,
                frozen,
                by=by,
                now=now,
                origin=Origin.RERUN,
                rerun_of=run,
                planned_at=run.planned_at,
                planned_local=run.planned_local,
                dry_run=run.dry_run,
            )
        except (UnknownKind, BadParameters) as error:
            if not as_it_was:
                raise
            why = str(error).rstrip(".")
            raise RerunRefused(f"It cannot run as it was ({why}): run it as it is now.") from error
    emit("rerun_requested", area="runs", run=new.pk, of=run.pk, as_it_was=as_it_was, by=by)
    return new


def refusal(run: Run) -> str:
    """Why the run cannot be repeated at all, in a sentence; empty if it can."""
    if run.job.deleted_at is not None:
        return f"The job {run.job.name!r} was removed."
    if not run.is_final:
        return f"Run {run.pk} has not ended yet: wait for its end, or cancel it first."
    if run.covers_count > 1:
        return (
            f"Row {run.pk} stands for {run.covers_count} dates that did not run: "
            "a backfill of the schedule runs them."
        )
    return "" if is_readable(run) else "What it was made from cannot be read."


def differences(run: Run) -> list[Difference]:
    """What would be different if the run were repeated as it is now."""
    then, now = run.snapshot, snapshot(run.job, run.schedule)
    return compare_snapshots(
        {**then, "environment": _environment(then.get("environment"))},
        {**now, "environment": this_environment()},
    )


def _environment(digest: str | None) -> Mapping[str, object] | None:
    return Environment.objects.filter(digest=digest).values().first()
