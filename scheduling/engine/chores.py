"""What an engine does beside its ticks, in a thread that delays none: reviews and audits."""

from __future__ import annotations

import time
from datetime import UTC
from typing import TYPE_CHECKING

from django.db import connection

from scheduling.actions.fingerprints import check_futures
from scheduling.actions.first_steps import ensure_maintenance_job
from scheduling.actions.installation import note_seen
from scheduling.actions.occurrence_audit import audit_last_day
from scheduling.actions.repair import review_jobs
from scheduling.engine.companion import Companion
from scheduling.events import emit
from scheduling.models import OccurrenceAudit

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from scheduling.clock import Clock

ROUND_SECONDS = 300.0
REST_SECONDS = 3600.0  # until daily chores that failed are tried again


class Chores(Companion):
    """A round each five minutes, and a review at once when this engine has taken the lead."""

    longest_goodbye_seconds = 5.0  # an audit in its middle is left behind: another begins anew

    def __init__(self, *, clock: Clock, leads: Callable[[], bool]) -> None:
        super().__init__(clock=clock, leads=leads)
        self._has_reviewed = False
        self._rests_until = 0.0

    def run(self) -> None:
        while not self._over.is_set():
            _attempt(self._review)
            if not self._woken.wait(ROUND_SECONDS):
                self.round()
            self._woken.clear()
        connection.close()

    def round(self) -> None:
        """One round; what fails is told, and ends neither the other chores nor the thread."""
        now, leads = self._clock(), self._leads()
        _attempt(lambda: note_seen(now=now, leads=leads))
        if leads and time.monotonic() >= self._rests_until:
            _attempt(lambda: self._do_daily_chores(now))

    def _review(self) -> None:
        """Once in each lead. A tick holds what it meets at fault, so that none waits for this."""
        leads = self._leads()
        if leads and not self._has_reviewed:
            _attempt(lambda: ensure_maintenance_job(now=self._clock()))
            review_jobs(now=self._clock())
        self._has_reviewed = leads

    def _do_daily_chores(self, now: datetime) -> None:
        """Compare every schedule's future with what it was, and the last day with the ledger."""
        if not _is_new_day(now):
            return
        self._rests_until = time.monotonic() + REST_SECONDS
        _attempt(lambda: check_futures(now=now))
        audit_last_day(now=now)


def _attempt(chore: Callable[[], object]) -> None:
    try:
        chore()
    except Exception as error:  # noqa: BLE001 - see round
        emit("chore_failed", level="error", error=repr(error), exc_info=error)
        connection.close()


def _is_new_day(now: datetime) -> bool:
    """True until this UTC day's audit is in the database, which outlives the process."""
    latest = OccurrenceAudit.objects.values_list("ran_at", flat=True).first()
    return latest is None or latest.astimezone(UTC).date() < now.astimezone(UTC).date()
