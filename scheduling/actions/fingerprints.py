"""Does every schedule still have the future it had? Asked after an upgrade of code or data.

A fingerprint is a hash of what a schedule names next (`planning.plan.fingerprint`). It is stamped
with each edit and renewed once a day, so that it always reaches ahead.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.metadata import version

from scheduling.events import emit
from scheduling.models import Notice, NoticeCode, Schedule
from scheduling.planning.plan import fingerprint, occurrences
from scheduling.planning.refusals import BadRule
from scheduling.planning.zones import tzdata_version
from scheduling.version import VERSION

Versions = dict[str, str]

DATES_SHOWN = 3
NAMED_IN_NOTICE = 10
FIELDS = ("fingerprint", "fingerprint_from", "fingerprint_versions")


@dataclass(frozen=True)
class Change:
    """A schedule whose future differs: its next dates as they are now, or why it cannot be read."""

    schedule: Schedule
    next_dates: tuple[datetime, ...] = ()
    fault: str = ""

    def __str__(self) -> str:
        return f"{self.schedule.job.name} ({self.schedule}): {self._what()}"

    def _what(self) -> str:
        if self.fault:
            return f"cannot be read: {self.fault}"
        dates = ", ".join(each.isoformat() for each in self.next_dates) or "none"
        return f"{self._upgrades()}; next dates now: {dates}"

    def _upgrades(self) -> str:
        then = self.schedule.fingerprint_versions
        upgrades = [
            f"{name} {then.get(name, 'unknown')} -> {now}"
            for name, now in planning_versions().items()
            if then.get(name) != now
        ]
        return ", ".join(upgrades) or "its definition was changed past the actions"


@cache
def planning_versions() -> Versions:
    """What decides which instants a rule names: our code, time-zone data, libraries."""
    return {
        "rollcall": VERSION,
        "tzdata": tzdata_version(),
        "croniter": version("croniter"),
        "holidays": version("holidays"),
    }


def stamp(schedule: Schedule, *, now: datetime) -> None:
    """Set the fingerprint of the future after `now`; blank while the rule cannot be read.

    The caller saves the schedule, and has saved it once before: what `H` draws depends on its key.
    """
    if schedule.pk is None:
        raise ValueError("Save the schedule before it is stamped: its key decides what H draws.")
    schedule.fingerprint_from = now.replace(microsecond=0)
    schedule.fingerprint_versions = planning_versions()
    try:
        schedule.fingerprint = fingerprint(schedule.plan(), schedule.fingerprint_from)
    except BadRule:
        schedule.fingerprint = ""


def changed_futures(*, now: datetime) -> list[Change]:
    """The live schedules that no longer name what they named when they were stamped."""
    changes = (_change(schedule, now=now) for schedule in _live())
    return [change for change in changes if change is not None]


def _live() -> list[Schedule]:
    return list(Schedule.objects.live().select_related("job"))


def _change(schedule: Schedule, *, now: datetime) -> Change | None:
    try:
        plan = schedule.plan()
    except BadRule as fault:
        return Change(schedule, fault=str(fault))
    since = schedule.fingerprint_from
    if since is None or schedule.fingerprint in ("", fingerprint(plan, since)):
        return None
    dates = occurrences(plan, now, limit=DATES_SHOWN)
    return Change(schedule, tuple(each.planned_at for each in dates))


def check_futures(*, now: datetime) -> None:
    """Once a day: renew the stamps of what stayed the same; tell once of what did not."""
    changes: list[Change] = []
    for schedule in _live():
        change = _change(schedule, now=now)
        if change is None:
            _renew(schedule, now=now)
        else:
            changes.append(change)
    if changes:
        _tell(changes, now=now)


def _tell(changes: list[Change], *, now: datetime) -> None:
    """Raise a notice, unless a person has seen the same one."""
    data = {
        "schedules": [change.schedule.pk for change in changes],
        "versions": planning_versions(),
    }
    latest = Notice.objects.filter(code=NoticeCode.FUTURE_CHANGED).first()
    if latest is not None and latest.data == data:
        return
    named = "\n".join(map(str, changes[:NAMED_IN_NOTICE]))
    text = (
        f"{len(changes)} schedules no longer have the dates they had.\n{named}\n"
        "`manage.py schedules audit` lists all of them, with --accept it takes them as they are."
    )
    _close_notices(by="scheduler", now=now)  # the new one names all that is changed now
    Notice.objects.raise_once(NoticeCode.FUTURE_CHANGED, text, now=now, data=data)
    emit("futures_changed", level="warning", schedules=data["schedules"])


def accept_futures(*, by: str, now: datetime) -> None:
    """Take every schedule's future as it is now: stamp all of them and close the notice."""
    for schedule in _live():
        _renew(schedule, now=now)
    _close_notices(by=by, now=now)


def _close_notices(*, by: str, now: datetime) -> None:
    Notice.objects.filter(code=NoticeCode.FUTURE_CHANGED).close(by=by, now=now)


def _renew(schedule: Schedule, *, now: datetime) -> None:
    """Stamp what is in the database: an edit meanwhile has stamped its own."""
    before = Schedule.objects.filter(pk=schedule.pk, fingerprint=schedule.fingerprint)
    stamp(schedule, now=now)
    before.update(**{name: getattr(schedule, name) for name in FIELDS})
