"""Holds the ledger against the rules and against the evidence of what really ran (I1, I2, I3)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from scheduling.models import Run, Schedule
from scheduling.planning.plan import occurrences

MOST = 100_000


def faults(evidence: Path, *, since: dict[int, datetime]) -> list[str]:
    """Every way in which ledger, rules and evidence disagree; empty when all is accounted for.

    `since` maps a schedule to the instant from which it was in force.
    """
    found: list[str] = []
    for schedule in Schedule.objects.select_related("job"):
        found += _completeness(schedule, since[schedule.pk])
    found += _evidence(evidence)
    return found


def _completeness(schedule: Schedule, since: datetime) -> Iterator[str]:
    """I1: what the rule names up to the mark is in the ledger, each once, and nothing else."""
    plan = schedule.plan()
    named = {
        occurrence.planned_at
        for occurrence in occurrences(plan, since, schedule.accounted_until, limit=MOST)
    }
    written: Counter[datetime] = Counter()
    for run in Run.objects.filter(schedule=schedule):
        assert run.planned_at is not None
        if run.covers_until is None:
            written[run.planned_at] += 1
            continue
        covered = [at for at in named if run.planned_at <= at <= run.covers_until]
        if len(covered) != run.covers_count:
            yield f"{schedule}: the range of {run} counts {run.covers_count}, not {len(covered)}"
        written.update(covered)
    yield from (f"{schedule}: {at} was lost" for at in sorted(named - set(written)))
    yield from (f"{schedule}: {at} was never planned" for at in sorted(set(written) - named))
    yield from (f"{schedule}: {at} stands {n} times" for at, n in written.items() if n > 1)


def _evidence(path: Path) -> Iterator[str]:
    """What ran: at most once per attempt and occurrence, and complete exactly when it succeeded."""
    starts: Counter[tuple[str, str | None]] = Counter()
    ended: set[tuple[str, str | None]] = set()
    for line in path.read_text().splitlines() if path.exists() else []:
        entry = json.loads(line)
        key = (entry["job"], entry["scheduled_for"])
        if entry["ev"] == "start":
            starts[key] += 1
        else:
            ended.add(key)
    for run in Run.objects.filter(schedule__isnull=False).select_related("job"):
        assert run.planned_at is not None
        key = (run.job.name, run.planned_at.astimezone(UTC).isoformat())
        if starts[key] > run.attempt_count:
            yield f"{run} of {key} ran {starts[key]} times in {run.attempt_count} attempts"
        if run.state == "SUCCEEDED" and key not in ended:
            yield f"{run} of {key} is called a success and never ended"
        if run.state in ("SKIPPED", "MISSED") and starts[key]:
            yield f"{run} of {key} is {run.state} and ran all the same"
