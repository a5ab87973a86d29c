"""What was in force when: from a job's revisions to stretches of time with one definition each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

Definition = dict[str, Any]


class Change(NamedTuple):
    """A revision of a job: its whole definition, in force after `at`."""

    at: datetime
    definition: Mapping[str, Any]


class Tenure(NamedTuple):
    """A schedule's definition, in force after `since` and up to `until`; None: it still is."""

    schedule_id: int
    definition: Definition
    since: datetime
    until: datetime | None = None


def tenures_of(changes: Iterable[Change]) -> list[Tenure]:
    """What the revisions of a job, oldest first, had in force.

    A revision that leaves a schedule as it is (a pause, a new name) does not end its tenure.
    """
    current: dict[int, Tenure] = {}
    ended: list[Tenure] = []
    for change in changes:
        named = _schedules(change.definition)
        for schedule_id, tenure in list(current.items()):
            if named.get(schedule_id) != tenure.definition:
                ended.append(Tenure(*current.pop(schedule_id)[:3], until=change.at))
        for schedule_id, definition in named.items():
            current.setdefault(schedule_id, Tenure(schedule_id, definition, change.at))
    return sorted([*ended, *current.values()], key=lambda each: (each.since, each.schedule_id))


def _schedules(definition: Mapping[str, Any]) -> dict[int, Definition]:
    if definition.get("is_deleted"):
        return {}
    return {each["id"]: each for each in definition.get("schedules", [])}
