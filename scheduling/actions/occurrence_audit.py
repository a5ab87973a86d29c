"""The audit of the ledger: what the rules named, by the revisions, beside what stands there.

It uses nothing of what writes the ledger (docs/adr/0014).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain
from typing import NamedTuple

from django.db import transaction

from scheduling.actions.history import tenures
from scheduling.events import emit
from scheduling.models import (
    DailyRollup,
    Installation,
    Job,
    Notice,
    NoticeCode,
    OccurrenceAudit,
    Run,
    Schedule,
)
from scheduling.planning.audit import ALLOWANCE, Books, Difference, Entry, Findings, compare
from scheduling.planning.history import Tenure
from scheduling.planning.verdicts import LEFT_OUT, Ground
from scheduling.states import RunState

JOBS_AT_ONCE = 100
MOST_KEPT = 100
DAY = timedelta(days=1)
NOT_RUN = {RunState.SKIPPED, RunState.MISSED}
COLUMNS = (
    "planned_at",
    "covers_until",
    "covers_count",
    "covered_by_planned_at",
    "state",
    "reason",
)


class LedgerDifference(NamedTuple):
    """A difference, and whose it is."""

    job_id: int
    job_name: str
    schedule_id: int
    difference: Difference

    def __str__(self) -> str:
        return f"{self.job_name}, schedule {self.schedule_id}: {self.difference.text}"


@dataclass
class Report:
    """What an audit found between the instants, both inclusive.

    `occurrence_count` stand in the ledger; `held_count` were named while something held them back,
    and are written down when that ends. Of some job only daily sums are left until `purged_until`:
    nothing can be said of what it named before.
    """

    since: datetime
    until: datetime
    occurrence_count: int = 0
    held_count: int = 0
    purged_until: datetime | None = None
    differences: list[LedgerDifference] = field(default_factory=list)

    @property
    def is_complete(self) -> bool:
        return not self.differences


def audit_occurrences(
    *, since: datetime, until: datetime, now: datetime, job: Job | None = None
) -> Report:
    """Hold the ledger of one job, or of all that ever were, against their rules.

    What lies after `now` is not looked at. What is due for less than a minute may be missing.
    """
    report = Report(since, min(until, now))
    jobs = list(Job.objects.order_by("pk")) if job is None else [job]
    for start in range(0, len(jobs), JOBS_AT_ONCE):
        chunk = jobs[start : start + JOBS_AT_ONCE]
        _audit_jobs({each.pk: each for each in chunk}, report, now=now)
    return report


def audit_last_day(*, now: datetime) -> OccurrenceAudit:
    """Audit what was due in the last day, or since the last such audit, and keep the result.

    A difference raises a notice, which a complete audit closes.
    """
    until = now - ALLOWANCE
    last = OccurrenceAudit.objects.values_list("until", flat=True).first()
    report = audit_occurrences(since=min(last or until, until - DAY), until=until, now=now)
    with transaction.atomic():
        audit = OccurrenceAudit.objects.create(
            ran_at=now,
            since=report.since,
            until=report.until,
            occurrence_count=report.occurrence_count,
            difference_count=len(report.differences),
            differences=[str(each) for each in report.differences[:MOST_KEPT]],
        )
        if not audit.is_complete:
            _tell(audit, now=now)
    emit(
        "ledger_audited",
        area="audit",
        level="info" if audit.is_complete else "error",
        occurrences=audit.occurrence_count,
        differences=audit.difference_count,
    )
    return audit


def _tell(audit: OccurrenceAudit, *, now: datetime) -> None:
    """Raise a notice, or add to the one that is open. A later audit looks at other days, so only a
    person closes it.
    """
    places = "one place" if audit.difference_count == 1 else f"{audit.difference_count} places"
    text = f"The ledger differs from what the rules named in {places}: {audit.differences[0]}"
    code = NoticeCode.LEDGER_INCOMPLETE
    if not Notice.objects.raise_once(code, text, now=now, data={"audit": audit.pk}):
        Notice.objects.open().get(code=code).add(text)


def _audit_jobs(jobs: dict[int, Job], report: Report, *, now: datetime) -> None:
    # Marks and rules are read before the rows: what an engine writes meanwhile is no difference.
    schedules = list(Schedule.objects.filter(job__in=jobs).order_by("pk"))
    books = _books(jobs, schedules, now=now)
    named = _by_schedule(tenures(jobs, since=report.since, until=report.until))
    entries = _entries(schedules, report)
    covers = _further_runs(entries)
    purged = DailyRollup.objects.filter(job__in=jobs).newest_days()
    for schedule in schedules:
        since = _whole_since(purged.get(schedule.job_id), report)
        found = compare(
            named.get(schedule.pk, []),
            [each for each in entries.get(schedule.pk, []) if each.last >= since],
            books[schedule.pk],
            since=since,
            until=report.until,
            now=now,
            covers=covers.get(schedule.pk, ()),
        )
        _add(report, jobs[schedule.job_id], schedule, found)


def _whole_since(purged_until: datetime | None, report: Report) -> datetime:
    """From when on, within the report, all that a job's schedules named is still in the ledger."""
    if purged_until is None or purged_until < report.since:
        return report.since
    report.purged_until = max(purged_until, report.purged_until or purged_until)
    return purged_until


def _by_schedule(by_job: dict[int, list[Tenure]]) -> dict[int, list[Tenure]]:
    found: dict[int, list[Tenure]] = {}
    for tenure in chain(*by_job.values()):
        found.setdefault(tenure.schedule_id, []).append(tenure)
    return found


def _books(
    jobs: dict[int, Job], schedules: Iterable[Schedule], *, now: datetime
) -> dict[int, Books]:
    all_held = Installation.objects.held().exists()
    held = {
        pk
        for pk, job in jobs.items()
        # The engine has the same minute to end a pause as it has for anything else.
        if all_held or job.is_paused_at(now - ALLOWANCE) or job.is_quarantined
    }
    return {
        each.pk: Books(each.accounted_until, each.job_id in held or bool(each.quarantine_reason))
        for each in schedules
    }


def _entries(schedules: Iterable[Schedule], report: Report) -> dict[int, list[Entry]]:
    """Schedule -> its rows between the report's bounds, in order."""
    ids = [each.pk for each in schedules]
    rows = Run.objects.filter(schedule__in=ids).order_by("schedule", "planned_at")
    inside = rows.filter(planned_at__range=(report.since, report.until))
    reaching_in = rows.filter(planned_at__lt=report.since, covers_until__gte=report.since)
    found: dict[int, list[Entry]] = {}
    for row in chain(
        reaching_in.values_list("schedule", *COLUMNS),
        inside.values_list("schedule", *COLUMNS).iterator(),
    ):
        found.setdefault(row[0], []).append(_entry(*row[1:]))
    return found


def _entry(
    first: datetime,
    last: datetime | None,
    number: int,
    covered_by: datetime | None,
    state: str,
    reason: str,
) -> Entry:
    left_out = Ground(reason) if state == RunState.SKIPPED and reason in LEFT_OUT else None
    is_explained = bool(reason) or state not in NOT_RUN
    return Entry(first, last or first, number, left_out, covered_by, is_explained)


def _further_runs(entries: dict[int, list[Entry]]) -> dict[int, set[datetime]]:
    """Schedule -> instants of runs that stand for one of its entries and are none of them."""
    covers = {
        schedule: {each.covered_by for each in lot if each.covered_by}
        - {each.first for each in lot}
        for schedule, lot in entries.items()
    }
    found: dict[int, set[datetime]] = {}
    instants = set(chain(*covers.values()))
    if instants:
        runs = Run.objects.filter(planned_at__in=instants, covered_by_planned_at=None)
        schedules = [pk for pk, lot in covers.items() if lot]
        for run in runs.filter(schedule__in=schedules).only("schedule", "planned_at"):
            if run.schedule_id is not None and run.planned_at is not None:
                found.setdefault(run.schedule_id, set()).add(run.planned_at)
    return found


def _add(report: Report, job: Job, schedule: Schedule, found: Findings) -> None:
    report.occurrence_count += found.occurrence_count
    report.held_count += found.held_count
    report.differences += [
        LedgerDifference(job.pk, job.name, schedule.pk, each) for each in found.differences
    ]
