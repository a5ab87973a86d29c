"""What was in force when, read from the revisions of many jobs in one query."""

from __future__ import annotations

from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef

from scheduling.models import JobRevision
from scheduling.planning.history import Change, Tenure, tenures_of

if TYPE_CHECKING:
    from collections.abc import Iterable


def tenures(job_ids: Iterable[int], *, since: datetime, until: datetime) -> dict[int, list[Tenure]]:
    """Job -> what its schedules said between the two instants, oldest first."""
    # A revision counts after its instant: the one before it named what lay at `since`.
    newer_and_old = JobRevision.objects.filter(
        job=OuterRef("job"), number__gt=OuterRef("number"), changed_at__lt=since
    )
    revisions = (
        JobRevision.objects.filter(~Exists(newer_and_old), job__in=list(job_ids))
        .filter(changed_at__lte=until)
        .order_by("job", "number")
        .values_list("job", "changed_at", "definition")
    )
    return {
        job: tenures_of(Change(*values) for _, *values in rows)
        for job, rows in groupby(revisions.iterator(), key=lambda row: row[0])
    }
