"""Sends runs to the broker, in a thread of the engine that leads (EXECUTION=dramatiq)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

from scheduling.engine.companion import Companion
from scheduling.events import emit
from scheduling.execution.broker import BrokerUnreachable, Outgoing
from scheduling.execution.dispatch import Letter, collect, take_back
from scheduling.execution.outage import Outage

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from scheduling.clock import Clock

SHORTEST_REST_SECONDS = 0.1
LONGEST_REST_SECONDS = 5.0


class Dispatcher(Companion):
    """Only the engine that leads sends, which is enough."""

    def __init__(self, *, clock: Clock, leads: Callable[[], bool]) -> None:
        super().__init__(clock=clock, leads=leads)
        self._outgoing = Outgoing()
        self._outage = Outage("dispatch")
        self._unserved: set[str] = set()
        self._rest = SHORTEST_REST_SECONDS

    def run(self) -> None:
        while not self._over.is_set():
            self._woken.clear()
            self._turn()
        self._outgoing.close()
        connection.close()

    def _turn(self) -> None:
        """Send what is to be sent, and rest; what went wrong is not tried earlier for a wake-up."""
        try:
            has_sent = self._leads() and self._send_all()
        except Exception as error:  # noqa: BLE001 - the thread outlives a broker that is away
            connection.close()
            self._over.wait(self._outage.failed(error))
            return
        self._outage.is_over()
        self._pause(has_sent=has_sent)

    def _pause(self, *, has_sent: bool) -> None:
        """Longer and longer while nothing can be sent: what waits may be blocked for hours."""
        if has_sent:
            self._rest = SHORTEST_REST_SECONDS
        is_woken = self._woken.wait(self._rest)
        longer = min(self._rest * 2, LONGEST_REST_SECONDS)
        self._rest = SHORTEST_REST_SECONDS if is_woken else longer

    def _send_all(self) -> bool:
        now = self._clock()
        mail = collect(now=now)
        self._send(mail.letters, noted_at=now)
        self._tell_unserved(mail.unserved)
        return bool(mail.letters)

    def _send(self, letters: list[Letter], *, noted_at: datetime) -> None:
        for number, letter in enumerate(letters):
            try:
                self._outgoing.send(letter.run_id, letter.claim_epoch, pool=letter.pool)
            except BrokerUnreachable:
                take_back(letters[number:], noted_at=noted_at)
                raise

    def _tell_unserved(self, pools: set[str]) -> None:
        for pool in sorted(pools - self._unserved):
            emit("no_worker_serves", area="dispatcher", level="warning", pool=pool)
        self._unserved = pools
