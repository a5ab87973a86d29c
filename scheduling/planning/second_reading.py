"""How croniter, which many Python tools read cron with, would read an expression.

Our reading is Debian's. Where croniter's next dates are others, a person who knows the expression
from such a tool should be told before the schedule is saved.
"""

from __future__ import annotations

from datetime import UTC, datetime

from croniter import CroniterBadCronError, CroniterBadDateError, croniter

from scheduling.planning.cron import draws, split_fields
from scheduling.planning.preview import preview_cron
from scheduling.planning.zones import load_zone


def other_reading(expression: str, zone: str, after: datetime, *, limit: int) -> list[datetime]:
    """The next `limit` instants by croniter if they differ from ours, else nothing.

    Nothing too where croniter cannot read the expression, and for `H`, which each tool draws in its
    own way. BadRule if we cannot read it.
    """
    ours = preview_cron(expression, zone, after, limit)
    fields = split_fields(expression)
    if draws(fields):
        return []
    try:
        walk = croniter(" ".join(fields), after.astimezone(load_zone(zone)))
        theirs = [walk.get_next(datetime).astimezone(UTC) for _ in range(limit)]
    except (CroniterBadCronError, CroniterBadDateError):
        return []
    return [] if theirs == ours else theirs
