"""The kind that deletes what was kept long enough. Its parameters are the rules of retention."""

from __future__ import annotations

import time
from datetime import timedelta
from itertools import chain
from typing import ClassVar

from pydantic import Field

from scheduling.actions.retention import Keep, Purged, purge_lines, purge_records, purge_runs
from scheduling.kinds import JobKind, Outcome, Params, RunContext, RunStopped
from scheduling.planning.words import counted

REST_SECONDS = 0.05  # between two steps: whoever waits for the database comes first


class PurgeParams(Params):
    succeeded_days: int = Field(90, ge=7, le=36_500, description="Runs that succeeded are kept.")
    other_days: int = Field(365, ge=7, le=36_500, description="All other runs are kept.")
    runs_per_job: int = Field(20, ge=1, le=10_000, description="Kept of each job, however old.")
    log_days: int = Field(30, ge=1, le=36_500, description="Log lines are kept.")
    minutes: int = Field(
        30, ge=1, le=600, description="After so long it ends; the next run goes on with the rest."
    )

    @property
    def keep(self) -> Keep:
        return Keep(
            succeeded=timedelta(days=self.succeeded_days),
            others=timedelta(days=self.other_days),
            lines=timedelta(days=self.log_days),
            runs_per_job=self.runs_per_job,
        )


class Purge(JobKind[PurgeParams]):
    slug = "maintenance-purge"
    title = "Maintenance: purge"
    description = (
        "Deletes runs, logs and files whose time is over. Daily sums of the runs stay for ever; so "
        "do each job's last success and the first failure since."
    )
    params = PurgeParams
    idempotent: ClassVar[bool] = True
    is_for_staff: ClassVar[bool] = True
    time_limit: ClassVar[timedelta] = timedelta(hours=12)

    def run(self, ctx: RunContext, params: PurgeParams) -> Outcome:
        now = ctx.now()
        ends_at = now + timedelta(minutes=params.minutes)
        steps = chain(
            purge_lines(params.keep, now=now, is_rehearsal=ctx.dry_run),
            purge_runs(params.keep, now=now, is_rehearsal=ctx.dry_run),
        )
        total = Purged()
        for step in steps:
            total = Purged(*map(sum, zip(total, step, strict=True)))
            ctx.progress(total.runs, phase="purging")
            if ctx.now() >= ends_at:
                return _outcome(ctx, total, is_whole=False)
            _rest(ctx)
        records = 0 if ctx.dry_run else purge_records(now=now)
        ctx.log(f"{records} closed notices, old audits and ended processes were deleted too.")
        return _outcome(ctx, total, is_whole=True)


def _rest(ctx: RunContext) -> None:
    if ctx.should_stop():
        raise RunStopped("What was deleted until now is deleted; the next run goes on.")
    if not ctx.dry_run:
        time.sleep(REST_SECONDS)


def _outcome(ctx: RunContext, total: Purged, *, is_whole: bool) -> Outcome:
    runs, lines = counted(total.runs, "run"), counted(total.lines, "log line")
    files = counted(total.files, "file")
    verb = "would be deleted" if ctx.dry_run else "deleted"
    rest = "" if is_whole else " The time was over before the work: the next run goes on."
    return Outcome(found=total.runs, summary=f"{runs}, {lines}, {files} {verb}.{rest}")
