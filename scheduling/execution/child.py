"""The supervisor's side of one attempt in a child process: start it, read it, stop it by the
ladder, see its end.
"""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from scheduling.execution import process
from scheduling.execution.channel import CHUNK, check_said
from scheduling.execution.logbook import Line, LineCutter, Logbook
from scheduling.execution.verdict import Ending, StopCause
from scheduling.execution.zygote import ChildNotStarted

if TYPE_CHECKING:
    from scheduling.clock import Clock
    from scheduling.execution.runner import Order
    from scheduling.execution.zygote import Zygote
    from scheduling.models import Attempt, Run

CHUNKS_PER_TURN = 64
TURNS_TO_DRAIN = 100


class Child:
    """One attempt in a process of its own, for as long as it lasts. Times are monotonic seconds."""

    def __init__(
        self, run: Run, attempt: Attempt, order: Order, clock: Clock, zygote: Zygote
    ) -> None:
        """Raises ChildNotStarted, or TypeError or ValueError for an order that cannot be sent."""
        self.run = run
        self.attempt = attempt
        self.order = order
        self.logbook = Logbook()
        self.progress: tuple[int | None, int | None, str] | None = None
        self.artifacts: list[dict[str, Any]] = []
        self.message: dict[str, Any] | None = None
        self.stop_cause: StopCause | None = None
        self.stop_asked_at = 0.0
        self.message_at = 0.0
        self.started_at = time.monotonic()
        self.is_stack_shown = False
        self.is_closed = False
        self._is_idle = False
        self._signals_sent: set[signal.Signals] = set()
        self._clock = clock
        self._cutter = LineCutter()
        self._zygote = zygote
        self._forked = zygote.take()
        self.pid = self._forked.pid
        self._give(order)

    def _give(self, order: Order) -> None:
        try:
            self._forked.channel.send(order.as_message())
        except OSError as error:
            self._forked.close()
            raise ChildNotStarted(f"The child took no order: {error}.") from error
        except (TypeError, ValueError):
            self._zygote.give_back(self._forked)
            raise
        self._forked.attempts += 1

    @property
    def waitables(self) -> list[Any]:
        """What becomes readable when there is something to do."""
        return [] if self.is_closed else self._forked.waitables

    def read(self) -> bool:
        """Take in what the child sent and printed, a bounded amount a turn: others wait too.

        Returns True if there may be more.
        """
        return not self.is_closed and all(
            self._read_message() | self._read_output() for _ in range(CHUNKS_PER_TURN)
        )

    def _read_message(self) -> bool:
        channel = self._forked.channel
        if channel.is_closed or self._is_idle:
            return False
        try:
            message = channel.poll()
            if message is not None:
                self._take(message)
        except (EOFError, OSError):
            channel.close()
            return False
        except (ValueError, LookupError, TypeError, OverflowError) as error:
            self.note("ERROR", f"The child sent what cannot be read: {error!r}")
            return True
        return message is not None

    def _read_output(self) -> bool:
        output = self._forked.output
        chunk = None if output.closed else output.read(CHUNK)
        if chunk is None:
            return False
        if not chunk:
            output.close()
        for text in self._cutter.feed(chunk):
            self.note("OUTPUT", text)
        return bool(chunk)

    def _take(self, message: dict[str, Any]) -> None:
        check_said(message)
        match message["type"]:
            case "log":
                at = datetime.fromisoformat(message["at"]).astimezone(UTC)
                self.logbook.add(Line(at, message["level"], message["text"]))
            case "progress":
                self.progress = (message["done"], message["total"], message["phase"])
            case "artifact":
                self.artifacts.append(message)
            case "idle":
                self._is_idle = True
            case _:
                self.message, self.message_at = message, time.monotonic()

    def note(self, level: str, text: str) -> None:
        """Add a line of the supervisor's own, or of the child's output, to the log."""
        self.logbook.add(Line(self._clock(), level, text))

    def show_stack(self) -> None:
        """Have the child print the stack of its main thread into its log (faulthandler).

        Not its group: programs that it runs would end by the signal.
        """
        if self.has_ended():
            return
        self.is_stack_shown = True
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGUSR1)

    def ask_to_stop(self, cause: StopCause) -> None:
        """The ladder's first step: `ctx.should_stop()` turns true."""
        if self.stop_cause is not None or self.has_ended():
            return
        self.stop_cause, self.stop_asked_at = cause, time.monotonic()
        try:
            self._forked.channel.send({"type": "stop"})
        except OSError:
            self.note("WARNING", "The child no longer listens; it will be signalled.")

    def climb(self, *, stop_grace: float, term_grace: float) -> None:
        """The further steps: SIGTERM after `stop_grace` seconds, SIGKILL after
        `term_grace` more.
        """
        if self.stop_cause is None:
            return
        waited = time.monotonic() - self.stop_asked_at
        if waited >= stop_grace + term_grace:
            self._signal_once(signal.SIGKILL)
        elif waited >= stop_grace:
            self._signal_once(signal.SIGTERM)

    def kill(self) -> None:
        self._signal_once(signal.SIGKILL)

    def _signal_once(self, number: signal.Signals) -> None:
        if number not in self._signals_sent and not self.has_ended():
            self._signals_sent.add(number)
            self.note("WARNING", f"Sent {number.name} to the process group.")
            process.kill_group(self.pid, number)

    def has_ended(self) -> bool:
        """True once the attempt is over: its process ended, or waits for another order."""
        return self._is_idle or self._forked.has_ended()

    def ending(self, *, is_shutdown: bool) -> Ending:
        """Verify the end: status seen, pipes drained, nobody left behind. May be asked again.

        In a shutdown a service manager may have sent SIGTERM to the child itself.
        """
        forked = self._forked
        is_lost = forked.is_lost and not self._is_idle
        if is_lost:
            process.end_group(self.pid)  # its zygote can no longer do it
        self._drain()
        exit_code = 0 if self._is_idle else forked.exit_code
        if is_shutdown and exit_code == -signal.SIGTERM and self.stop_cause is None:
            self.stop_cause = StopCause.SHUTDOWN
        return Ending(
            message=self.message,
            exit_code=exit_code,
            stop_cause=self.stop_cause,
            is_lost=is_lost,
        )

    def _drain(self) -> None:
        for _ in range(TURNS_TO_DRAIN):
            if not self.read():
                break
        for text in self._cutter.close():
            self.note("OUTPUT", text)

    def is_group_gone(self) -> bool:
        """True if nobody of the attempt is left; an idle child has seen to it itself."""
        return self._is_idle or (self._forked.is_alone and not process.is_group_alive(self.pid))

    def hand_on(self) -> None:
        """Let go of the process if it waits for another order; the end is recorded later."""
        self.read()
        if self._is_idle and not self.is_closed:
            self._drain()
            self.close()

    def close(self) -> None:
        """Let go of the process: to serve another attempt if nothing disturbed this one."""
        if self.is_closed:
            return
        self.is_closed = True
        is_undisturbed = self.stop_cause is None and not self.is_stack_shown
        if self._is_idle and is_undisturbed and not self._signals_sent:
            self._zygote.give_back(self._forked)
        else:
            self._forked.close()
