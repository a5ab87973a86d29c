"""Is this the database that this installation works on, or a restored copy of one?

A copy contains jobs that are due: an engine on it would do their work a second time. So it is held
until a person accepts it (semantics 6, docs/adr/0013).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import uuid4

from django.db import transaction
from django.db.models import Q, QuerySet

from scheduling.actions import installation_file
from scheduling.actions.fingerprints import planning_versions
from scheduling.actions.installation_file import Known
from scheduling.actions.ledger import Account, write_accounts
from scheduling.actions.snapshots import frozen_sources
from scheduling.actions.wake import wake_engines
from scheduling.events import emit
from scheduling.models import (
    Attempt,
    AttemptState,
    DueEntry,
    Installation,
    Job,
    Origin,
    Run,
    Schedule,
)
from scheduling.states import Reason, RunState

OLD_COPY = timedelta(hours=24)


class NotHeld(ValueError):
    """There is nothing to accept, or somebody else just did."""


def check_installation(*, now: datetime, is_at_work: Callable[[], bool]) -> None:
    """At an engine's start: hold all schedules if the database may be a restored copy.

    `is_at_work` tells, if need be after some seconds, whether another engine works on this very
    database: then this machine joins it.
    """
    installation, is_new = Installation.objects.get_or_create(
        defaults={"uid": _own_uid(), "seen_at": now}
    )
    doubt = "" if is_new or installation.is_held else _doubt(installation)
    if doubt and not is_at_work():
        _hold(installation, doubt, now=now)
    installation.refresh_from_db()
    if installation.is_held:
        emit("installation_held", level="error", why=installation.held_reason)
    else:
        _remember(installation)


def _own_uid() -> str:
    known = installation_file.read()
    return str(uuid4()) if known is None else known.uid


def _doubt(installation: Installation) -> str:
    """Why the database may not be the one that this installation works on; empty if it is."""
    known = installation_file.read()
    if known is None:
        return (
            f"The database belongs to installation {installation.uid}, and this machine has no "
            f"{installation_file.path().name} in DATA_DIR that says it is part of it."
        )
    if known.uid != installation.uid:
        return (
            f"The database belongs to installation {installation.uid}; "
            f"this machine is part of installation {known.uid}."
        )
    if known.seen_at is not None and known.seen_at - installation.seen_at > OLD_COPY:
        return (
            f"The database was last worked on at {installation.seen_at:%Y-%m-%d %H:%M} UTC, but "
            f"this installation was at work until {known.seen_at:%Y-%m-%d %H:%M} UTC: "
            "the database is an older copy."
        )
    return ""


def _hold(installation: Installation, doubt: str, *, now: datetime) -> None:
    with transaction.atomic():
        installation.hold(doubt, now=now)
        # The processes that a copy names are another installation's, maybe on this very machine:
        # recovery must not end them.
        Attempt.objects.filter(state=AttemptState.RUNNING).update(pid=None)


def _remember(installation: Installation) -> None:
    """Keep the file in step with the row."""
    try:
        installation_file.write(Known(installation.uid, installation.seen_at))
    except OSError as error:
        emit(
            "installation_file_unwritable",
            level="warning",
            error=str(error),
            hint="At its next start the scheduler will take this database for a restored copy. "
            "Make DATA_DIR writable, or set INSTALLATION_ID.",
        )


def note_seen(*, now: datetime, leads: bool) -> None:
    """Every few minutes: the engine that leads gives a sign of life; every machine keeps it."""
    installation = Installation.objects.filter(held_at=None).first()
    if installation is None:
        return
    if leads:
        installation.see(now=now)
    with suppress(OSError):  # the start said so already; an old file holds nothing back
        installation_file.write(Known(installation.uid, installation.seen_at))


def accept(*, by: str, now: datetime, catch_up: bool) -> None:
    """Lift the hold: the database belongs to this installation from now on. Raises NotHeld.

    With `catch_up` each job's policy decides what becomes of the time in between. Without, it is
    recorded as held back, runs that waited are cancelled, and the next dates are those after `now`.
    """
    with transaction.atomic():
        installation = Installation.objects.held().select_for_update().first()
        if installation is None:
            raise NotHeld("Nothing is held: there is nothing to accept.")
        if not catch_up:
            _go_on_from(now, held_at=installation.held_at or now, by=by)
        installation.accept(uid=_own_uid(), by=by, now=now)
        wake_engines()
    _remember(installation)
    emit("installation_accepted", by=by, catch_up=catch_up)


def _go_on_from(now: datetime, *, held_at: datetime, by: str) -> None:
    sources = frozen_sources(Job.objects.live())
    accounts = [
        Account(each, sources=sources.get(each.job_id, {}))
        for each in _at_work().select_related("job")
    ]
    for account in accounts:
        account.skip(Reason.PAUSED, now=now)
    write_accounts(accounts, now=now)
    is_old = Q(origin=Origin.SCHEDULE) | Q(created_at__lte=held_at)
    for run in Run.objects.filter(is_old, state=RunState.PENDING):
        run.finish(RunState.CANCELLED, reason=Reason.SUPERSEDED, who=by, now=now)


def _at_work() -> QuerySet[Schedule]:
    """The schedules that nothing else holds. Locks their jobs, inside the caller's transaction."""
    list(Job.objects.live().locked().values_list("pk"))
    return Schedule.objects.live().filter(
        quarantine_reason="", job__quarantine_reason="", job__paused_at=None
    )


def adopt_versions(*, now: datetime) -> None:
    """Before the first tick of a lead: was the last one planned with other code or other data?

    Then what stands in the due index may be wrong, and every schedule is decided afresh at once.
    """
    versions = planning_versions()
    installation = Installation.objects.first()
    if installation is None or installation.versions == versions:
        return
    with transaction.atomic():
        DueEntry.objects.of(_at_work()).update(next_run_time=now)
        before = installation.versions
        installation.plan_with(versions)
    if before:
        emit("versions_changed", before=before, after=versions)
