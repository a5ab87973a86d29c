"""Turns that hold between all machines which share the database, kept in one row per host.

Each step is one short statement outside of any transaction: no connection is busy and no row is
locked while a request is under way or while somebody waits. Nothing belongs to a session either, so
it works behind a pooler.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from django.db import DatabaseError, InterfaceError, models, transaction
from django.db.models import F, Func
from django.db.models.functions import Greatest

from collectors.http.turns import check_is_near
from collectors.politeness.models import HostTurn
from scheduling.kinds import Cause, RetryLater

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from collectors.http.patience import Patience

POLL_SECONDS = 0.5


class Clock(Func):
    """The database's clock at this very moment, not at the start of the transaction."""

    function = "clock_timestamp"
    arity = 0
    output_field = models.DateTimeField()


@dataclass(frozen=True)
class DatabaseTurn:
    """The right to ask a host, held until the `with` of `DatabaseTurns.take` ends."""

    host: str
    holder: UUID

    def hold_off(self, seconds: float) -> None:
        """Let nobody ask the host for `seconds` from now, if not for longer."""
        until = Clock() + timedelta(seconds=seconds)
        with suppress(DatabaseError, InterfaceError):  # then it holds for this run alone
            self._row.update(free_at=Greatest(F("free_at"), until))

    def seconds_left(self) -> float:
        """Seconds until the host may be asked; 0 or less: at once."""
        left: timedelta = self._row.values_list(F("free_at") - Clock(), flat=True).get()
        return left.total_seconds()

    def begin(self, *, interval: float, hold: float) -> bool:
        """Take the host if it is free now; then nobody may ask for `interval` seconds."""
        now = Clock()
        taken = self._row.filter(free_at__lte=now, held_until__lte=now).update(
            holder=self.holder,
            free_at=now + timedelta(seconds=interval),
            held_until=now + timedelta(seconds=hold),
        )
        return taken == 1

    def end(self) -> None:
        """Give the host back, unless the time for it ran out and it is somebody else's."""
        self._row.filter(holder=self.holder).update(holder=None, held_until=Clock())

    @property
    def _row(self) -> models.QuerySet[HostTurn]:
        return HostTurn.objects.filter(host=self.host)


class DatabaseTurns:
    """Hands out turns. `intervals` maps a host to seconds between the starts of two requests.

    `realm` keeps hosts of one name apart, the real one and its replay. A turn that nobody gives
    back ends after `hold_seconds`: give more than a request can take.
    """

    def __init__(
        self, realm: str, intervals: Mapping[str, float], patience: Patience, *, hold_seconds: float
    ) -> None:
        self._realm = realm
        self._intervals = intervals
        self._patience = patience
        self._hold_seconds = hold_seconds
        self._known: set[str] = set()

    @contextmanager
    def take(self, host: str) -> Iterator[DatabaseTurn]:
        """Wait for the turn at `host` and hold it.

        Raises SourceUnavailable if it is far off, RetryLater without a source if the database does
        not answer.
        """
        turn = DatabaseTurn(f"{self._realm}/{host}", uuid4())
        try:
            self._wait_for(turn, host)
        except (DatabaseError, InterfaceError) as error:
            text = f"Whose turn it is at {host} cannot be told: {error}"
            raise RetryLater(text, cause=Cause.SOURCE_UNAVAILABLE, source=None) from error
        try:
            yield turn
        finally:
            with suppress(DatabaseError, InterfaceError):  # then it ends by itself
                turn.end()

    def _wait_for(self, turn: DatabaseTurn, host: str) -> None:
        self._patience.check()
        interval = self._intervals[host]
        self._know(turn.host)
        while not turn.begin(interval=interval, hold=self._hold_seconds):
            left = turn.seconds_left()
            check_is_near(host, left, interval)
            self._patience.wait(left if left > 0 else POLL_SECONDS)

    def _know(self, host: str) -> None:
        """Have a row for the host, free for anybody. RuntimeError inside of a transaction."""
        if host in self._known:
            return
        row = HostTurn(host=host, free_at=Clock(), held_until=Clock())
        with transaction.atomic(durable=True):
            HostTurn.objects.bulk_create([row], ignore_conflicts=True)
        self._known.add(host)
