"""What people write down about a job, checked: what every door hands to the actions."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from scheduling.actions.refusals import Refused
from scheduling.kinds import BadParameters
from scheduling.models import (
    DEFAULT_POOL,
    Calendar,
    DataSource,
    GapPolicy,
    Misfire,
    Overlap,
    Pool,
    RepeatPolicy,
    Schedule,
)
from scheduling.planning.plan import next_occurrence, plan_from_json
from scheduling.planning.policy import Policy
from scheduling.planning.refusals import BadRule
from scheduling.registry import UnknownKind, get_kind

MOST_ATTEMPTS = 100
MOST_WEIGHT = 1_000
MOST_PRIORITY = 10
POLICY_FIELDS = (
    "misfire",
    "catchup_window",
    "max_catchup",
    "overlap",
    "max_queued",
    "max_parallel",
)


class JobRefused(Refused):
    """The definition cannot be saved."""


@dataclass(frozen=True, kw_only=True)
class ScheduleDraft:
    """A rule in a zone; `schedule_id` names the schedule that it changes, None adds one.

    `market` is a code of `planning.markets`, `calendars` the ids of those it does not run on.
    """

    rule: dict[str, Any]
    zone: str
    gap_policy: str = GapPolicy.SHIFT
    repeat_policy: str = RepeatPolicy.FIRST
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    jitter_seconds: int = 0
    market: str = ""
    calendars: tuple[int, ...] = ()
    schedule_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class JobDraft:
    """A whole definition. `sources` empty means all that the kind accepts, `pool` the default one.

    `weight` counts slots of the pool; a run weighing more than there are runs alone.
    """

    name: str
    kind: str
    params: dict[str, Any] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    schedules: tuple[ScheduleDraft, ...] = ()
    misfire: str = Misfire.RUN_LATEST
    catchup_window: timedelta | None = None
    max_catchup: int = 25
    overlap: str = Overlap.SKIP
    max_queued: int = 10
    max_parallel: int = 4
    time_limit: timedelta | None = None
    max_attempts: int | None = None
    pool: str = ""
    weight: int = 1
    priority: int = 0

    def policy(self) -> Policy:
        """What the planner reads of it. Raises BadRule when a limit is out of bounds."""
        return Policy(**{name: getattr(self, name) for name in POLICY_FIELDS})


def check_job(draft: JobDraft) -> None:
    """Raise JobRefused with every fault of the draft, not only the first."""
    errors = {**name_errors(draft.name, of="job"), **_kind_errors(draft), **_limit_errors(draft)}
    for number, schedule in enumerate(draft.schedules):
        errors.update(_schedule_errors(schedule, f"schedules.{number}"))
    if errors:
        raise JobRefused(errors)


def name_errors(name: str, *, of: str) -> dict[str, str]:
    """What is wrong with the name of a job or of a calendar, if anything is."""
    if not name.strip():
        return {"name": f"Give the {of} a name."}
    if len(name) > 120:
        return {"name": f"The name has {len(name)} characters; 120 is the most."}
    if not name.isprintable():
        return {"name": "The name holds a character that cannot be shown; remove it."}
    return {}


def _kind_errors(draft: JobDraft) -> dict[str, str]:
    try:
        kind = get_kind(draft.kind)
        kind.read_params(draft.params)
    except UnknownKind as error:
        return {"kind": str(error)}
    except BadParameters as error:
        return {f"params.{name}": text for name, text in error.errors.items()}
    accepted = {spec.slug for spec in kind.sources}
    strange = sorted(set(draft.sources) - accepted)
    if strange:
        return {"sources": f"{kind.title} does not collect from: {', '.join(strange)}."}
    return {}


def _limit_errors(draft: JobDraft) -> dict[str, str]:
    errors = {}
    if draft.time_limit is not None and draft.time_limit <= timedelta(0):
        errors["time_limit"] = "A time limit is mandatory and longer than nothing."
    if draft.max_attempts is not None and not 1 <= draft.max_attempts <= MOST_ATTEMPTS:
        errors["max_attempts"] = f"The number must lie between 1 and {MOST_ATTEMPTS}."
    if not 1 <= draft.weight <= MOST_WEIGHT:
        errors["weight"] = f"The weight must lie between 1 and {MOST_WEIGHT}."
    if abs(draft.priority) > MOST_PRIORITY:
        errors["priority"] = f"The priority must lie between -{MOST_PRIORITY} and {MOST_PRIORITY}."
    try:
        draft.policy()
    except BadRule as error:
        errors[error.field] = error.reason
    return errors


def _schedule_errors(draft: ScheduleDraft, prefix: str) -> dict[str, str]:
    try:
        plan_from_json(asdict(draft))
    except BadRule as error:
        return {f"{prefix}.{error.field}": error.reason}
    if draft.starts_at and draft.ends_at and draft.ends_at <= draft.starts_at:
        return {f"{prefix}.ends_at": "The end must lie after the start."}
    return {}


def chosen_sources(draft: JobDraft) -> list[DataSource]:
    """The rows of the sources the draft names, or of all that its kind accepts."""
    accepted = [spec.slug for spec in get_kind(draft.kind).sources]
    return list(DataSource.objects.filter(slug__in=draft.sources or accepted))


def lock_pool(draft: JobDraft) -> Pool | None:
    """The pool that the draft names, kept from removal until the commit; None is the default one.

    Raises JobRefused if it is not there.
    """
    if draft.pool in ("", DEFAULT_POOL):
        return None
    pool = Pool.objects.select_for_update(no_key=True).filter(name=draft.pool).first()
    if pool is None:
        raise JobRefused({"pool": f"There is no pool {draft.pool}: add it, or choose another."})
    return pool


def lock_calendars(draft: JobDraft) -> dict[int, Calendar]:
    """The calendars that the schedules name, by id, unchanged until the commit.

    Lock them before the job, as an edit of a calendar does. Raises JobRefused if one is gone.
    """
    wanted = {pk for schedule in draft.schedules for pk in schedule.calendars}
    rows = Calendar.objects.live().locked().filter(pk__in=wanted)
    found = {calendar.pk: calendar for calendar in rows}
    errors = {
        f"schedules.{number}.calendars": "One of the calendars is no longer there; reload."
        for number, schedule in enumerate(draft.schedules)
        if not found.keys() >= set(schedule.calendars)
    }
    if errors:
        raise JobRefused(errors)
    return found


def check_dates(schedule: Schedule, number: int, *, now: datetime) -> None:
    """Raise JobRefused if market or calendars leave nothing of a saved schedule's rule.

    It is saved before, for its key decides what `H` draws; the refusal takes that back. `number` is
    its place among the drafts.
    """
    errors = _date_errors(schedule, now)
    if errors:
        raise JobRefused({f"schedules.{number}.{name}": text for name, text in errors.items()})


def _date_errors(schedule: Schedule, now: datetime) -> dict[str, str]:
    if not schedule.market and not schedule.blackouts:
        return {}
    try:
        plan = schedule.plan()
    except BadRule as error:
        return {"calendars": str(error)}
    in_hours = replace(plan, blackouts=())
    if next_occurrence(plan, now) or next_occurrence(replace(in_hours, market=""), now) is None:
        return {}
    if next_occurrence(in_hours, now) is None:
        return {"market": "This market is never open at the times of the rule."}
    return {"calendars": "These calendars leave out every date of the rule."}
