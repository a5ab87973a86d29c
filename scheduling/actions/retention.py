"""What is kept, and for how long: old runs make way for daily sums, in small steps.

Each step is a transaction of its own and over in milliseconds, so that no tick waits for it; the
generators stop between two steps, where their caller may rest or end. A step that is repeated finds
nothing left to do.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from scheduling.events import emit
from scheduling.failpoints import reach
from scheduling.models import (
    Artifact,
    Attempt,
    Backfill,
    DailyRollup,
    Job,
    LogLine,
    Notice,
    OccurrenceAudit,
    Run,
    Worker,
    WorkerRole,
)
from scheduling.models.artifact import path_of
from scheduling.models.bulk import UNWRITABLE, lots
from scheduling.models.daily_rollup import SUMS, RollupKey
from scheduling.states import FINAL, RunState

ROWS_AT_ONCE = 1_000  # that are looked at
RUNS_AT_ONCE = 50  # that are deleted, with all that belongs to them
# Bytes younger than this may belong to a run that has not yet written down that it made them.
FILE_GRACE = timedelta(days=7)
YEAR = timedelta(days=365)
MONTH = timedelta(days=30)
COLUMNS = (
    "pk",
    "job_id",
    "state",
    "reason",
    "due_at",
    "covers_count",
    "covers_until",
    "started_at",
    "finished_at",
    "created_at",
    "outcome",
)
COUNTS = ("found", "new", "changed", "failed")
MOST_COUNTED = 10**12  # what claims more was damaged; sums of many years fit their columns


@dataclass(frozen=True, kw_only=True)
class Keep:
    """How long runs and log lines are kept, and how many runs of each job are, however old."""

    succeeded: timedelta
    others: timedelta
    lines: timedelta
    runs_per_job: int


class Purged(NamedTuple):
    """What one step deleted."""

    runs: int = 0
    lines: int = 0
    files: int = 0


class KeptOfJob(NamedTuple):
    """The runs of a job that stay: the newest, the last success, the first failure since."""

    newest_from: int
    last_success: int
    first_failure: int

    def has(self, pk: int) -> bool:
        return pk >= self.newest_from or pk in (self.last_success, self.first_failure)


def purge_runs(keep: Keep, *, now: datetime, is_rehearsal: bool = False) -> Iterator[Purged]:
    """Replace the runs whose time is over by their daily sums, the oldest first, and drop the files
    that no run names any more. A rehearsal only counts.
    """
    kept: dict[int, KeptOfJob] = {}
    before = now - min(keep.succeeded, keep.others)
    rows = Run.objects.exclude(backfill__in=Backfill.objects.open())
    for lot in _slices(rows.values_list(*COLUMNS, named=True), "created_at", before):
        over = [row for row in lot if _is_over(row, keep, now=now)]
        kept.update(_kept_of_jobs({row.job_id for row in over} - kept.keys(), keep.runs_per_job))
        chosen = [row.pk for row in over if not kept[row.job_id].has(row.pk)]
        if is_rehearsal or not chosen:
            yield Purged(runs=len(chosen))
            continue
        for some in _parts(chosen, RUNS_AT_ONCE):
            yield from _drop_lines_of(some)
            yield _drop_runs(some, now=now)


def _slices(rows: QuerySet[Any, Any], column: str, before: datetime) -> Iterator[list[Any]]:
    """Rows in the order of their keys, those only whose instant in `column` lies before.

    Keys and instants grow together, so that the first slice with none of them is the end.
    """
    for lot in lots(rows, ROWS_AT_ONCE):
        old = [row for row in lot if _is_before(getattr(row, column), before)]
        if not old:
            return
        yield old


def _parts(keys: list[int], size: int) -> Iterator[list[int]]:
    return (keys[start : start + size] for start in range(0, len(keys), size))


def _is_over(row: Any, keep: Keep, *, now: datetime) -> bool:
    length = keep.succeeded if row.state == RunState.SUCCEEDED else keep.others
    return row.state in FINAL and _is_before(row.finished_at, now - length)


def _is_before(at: datetime | None, end: datetime) -> bool:
    """Of what has no instant nothing is known: it stays."""
    return at is not None and at < end


def _kept_of_jobs(jobs: Collection[int], runs_per_job: int) -> Iterator[tuple[int, KeptOfJob]]:
    """What stays of each job, in one statement. What runs meanwhile makes it too much, if wrong."""
    runs = Run.objects.filter(job=OuterRef("pk"))
    newest = runs.order_by("-pk").values("pk")[runs_per_job - 1 : runs_per_job]
    success = runs.filter(state=RunState.SUCCEEDED).order_by("-pk").values("pk")[:1]
    failures = runs.filter(state=RunState.FAILED, pk__gt=OuterRef("success"))
    found = Job.objects.filter(pk__in=jobs).annotate(
        newest=Coalesce(Subquery(newest), 0),
        success=Coalesce(Subquery(success), 0),
        failure=Coalesce(Subquery(failures.order_by("pk").values("pk")[:1]), 0),
    )
    for pk, *kept in found.values_list("pk", "newest", "success", "failure"):
        yield pk, KeptOfJob(*kept)


def _drop_runs(keys: list[int], *, now: datetime) -> Purged:
    """The files first: after the runs nothing would name them, if the process ends in between."""
    files = _drop_files(keys, now=now)
    try:
        return Purged(runs=_sum_up(keys), files=files)
    except UNWRITABLE:
        return Purged(runs=sum(map(_sum_up_alone, keys)), files=files)


def _sum_up_alone(key: int) -> int:
    """A run whose values fit no sum stays, and keeps no other."""
    try:
        return _sum_up([key])
    except UNWRITABLE as error:
        emit("purge_failed", area="maintenance", level="error", run=key, exc_info=error)
        return 0


def _sum_up(keys: list[int]) -> int:
    """In one transaction the runs go and their sums grow: never is one in both, or in neither."""
    with transaction.atomic():
        # What another purge holds it deletes and sums up itself.
        runs = Run.objects.filter(pk__in=keys).select_for_update(skip_locked=True)
        rows = list(runs.values_list(*COLUMNS, named=True))
        DailyRollup.objects.add(_sums(rows))
        gone = [row.pk for row in rows]
        Run.objects.filter(pk__in=gone).only("pk").delete()
        reach("maintenance.purge")
    return len(gone)


def _sums(rows: Iterable[Any]) -> dict[RollupKey, dict[str, float]]:
    sums: dict[RollupKey, dict[str, float]] = {}
    for row in rows:
        # A range counts on its last day, so that no day after the newest sum has lost a row.
        day = (row.covers_until or row.due_at).astimezone(UTC).date()
        key = RollupKey(row.job_id, day, row.state, row.reason)
        lot = sums.setdefault(key, dict.fromkeys(SUMS, 0))
        lot["run_count"] += row.covers_count
        if row.started_at is not None:
            lot["seconds"] += (row.finished_at - row.started_at).total_seconds()
        for name in COUNTS:
            lot[name] += _count(row.outcome, name)
    return sums


def _count(outcome: object, name: str) -> int:
    """What the run counted under the name; 0 if that cannot be a count."""
    number = outcome.get(name) if isinstance(outcome, dict) else None
    return number if type(number) is int and 0 <= number <= MOST_COUNTED else 0


def _drop_files(keys: list[int], *, now: datetime) -> int:
    """Delete the bytes that no other run than these names; return of how many files.

    Young ones stay: a run that is about to name them may have found them there.
    """
    digests = set(Artifact.objects.filter(run__in=keys).values_list("sha256", flat=True))
    others = Artifact.objects.filter(sha256__in=digests).exclude(run__in=keys)
    named = others.values_list("sha256", flat=True)
    paths = [path_of(digest) for digest in digests.difference(named)]
    dropped = [path for path in paths if _is_old_file(path, before=now - FILE_GRACE)]
    for path in dropped:
        default_storage.delete(path)
    return len(dropped)


def _is_old_file(path: str, *, before: datetime) -> bool:
    return default_storage.exists(path) and default_storage.get_modified_time(path) < before


def purge_lines(keep: Keep, *, now: datetime, is_rehearsal: bool = False) -> Iterator[Purged]:
    """Delete the log lines whose time is over, of runs that stay too. A rehearsal only counts."""
    rows = LogLine.objects.values_list("pk", "at", named=True)
    for lot in _slices(rows, "at", now - keep.lines):
        keys = [row.pk for row in lot]
        if not is_rehearsal:
            LogLine.objects.filter(pk__in=keys).delete()
        yield Purged(lines=len(keys))


def _drop_lines_of(runs: list[int]) -> Iterator[Purged]:
    """Before the runs: a single log may be longer than a short transaction allows."""
    keys = LogLine.objects.filter(run__in=runs).values_list("pk", flat=True)
    while some := list(keys[:ROWS_AT_ONCE]):
        LogLine.objects.filter(pk__in=some).delete()
        yield Purged(lines=len(some))


def purge_records(*, now: datetime) -> int:
    """Delete what else has served: closed notices and audits after a year, processes of which no
    run is left a month after their end. Return how many rows.

    Engines stay for a year: they tell when there was none.
    """
    newest = OccurrenceAudit.objects.values("pk")[:1]
    ran = Exists(Attempt.objects.filter(worker=OuterRef("pk")))
    claimed = Exists(Run.objects.filter(claimed_by=OuterRef("pk")))
    workers = Worker.objects.filter(~ran, ~claimed)
    served: list[QuerySet[Any]] = [
        Notice.objects.filter(closed_at__lt=now - YEAR),
        OccurrenceAudit.objects.filter(ran_at__lt=now - YEAR).exclude(pk__in=newest),
        workers.filter(ended_at__lt=now - MONTH).exclude(role=WorkerRole.ENGINE),
        workers.filter(ended_at__lt=now - YEAR),
    ]
    return sum(rows.delete()[0] for rows in served)
