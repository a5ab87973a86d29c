"""The pure part of `manage.py preview`: the next instants of an expression in a zone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scheduling.planning.json_values import instant, whole_number
from scheduling.planning.plan import Plan, occurrences
from scheduling.planning.rules import CronRule

if TYPE_CHECKING:
    from datetime import datetime

MOST = 10_000


def preview_cron(
    expression: str, zone: str, start: datetime | str, n: object, *, schedule_id: str = ""
) -> list[datetime]:
    """The `n` instants in UTC that follow strictly after `start`; fewer if the rule ends.

    BadRule names what is wrong with the expression, the zone, the start (which is aware, or a text
    with an offset) or the number. `H` is drawn from `schedule_id`.
    """
    limit = whole_number("n", n, low=0, high=MOST)
    plan = Plan(rule=CronRule(expression), zone=zone, schedule_id=schedule_id)
    return [each.planned_at for each in occurrences(plan, instant("start", start), limit=limit)]
