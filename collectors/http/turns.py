"""Turns at a host: one request at a time, and a rest between the starts of two requests.

`file_turns` keeps them between all processes of this machine, `collectors.politeness` between all
machines that share a database.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from collectors.http.verdicts import SourceUnavailable

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

LONGEST_WAIT_SECONDS = 60.0


class Turn(Protocol):
    """The right to ask a host, held until the `with` of `Turns.take` ends."""

    def hold_off(self, seconds: float) -> None:
        """Let nobody ask the host for `seconds` from now, if not for longer."""
        ...


class Turns(Protocol):
    """Hands out turns."""

    def take(self, host: str) -> AbstractContextManager[Turn]:
        """Wait for the turn at `host` and hold it.

        Raises SourceUnavailable if it is far off, RetryLater without a source if nobody can tell,
        RunStopped soon after the run is to end.
        """
        ...


def check_is_near(host: str, seconds_left: float, interval: float) -> None:
    """Raise SourceUnavailable if the host wants to be left alone for longer than a run waits."""
    if seconds_left > LONGEST_WAIT_SECONDS + interval:
        raise SourceUnavailable(
            f"{host} asked to be left alone for another {seconds_left:.0f} seconds.",
            after=timedelta(seconds=seconds_left),
        )
