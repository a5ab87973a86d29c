"""The supervisor's side of one child process: start it, read it, stop it by the ladder, see its
end.
"""

from __future__ import annotations

import os
import signal
import time
from datetime import datetime
from multiprocessing import forkserver, get_context
from typing import TYPE_CHECKING, Any

from scheduling.execution import process, runner
from scheduling.execution.channel import BrokenMessage, receive, send
from scheduling.execution.logbook import Line, LineCutter, Logbook
from scheduling.execution.verdict import Ending, StopCause

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkServerProcess

    from scheduling.clock import Clock
    from scheduling.models import Attempt, Run

_forkserver = get_context("forkserver")
_forkserver.set_forkserver_preload(["scheduling.execution.preload"])
CHUNK = 1 << 16
CHUNKS_PER_TURN = 64


class Child:
    """One attempt's process. Times are monotonic seconds."""

    def __init__(self, run: Run, attempt: Attempt, order: runner.Order, clock: Clock) -> None:
        self.run = run
        self.attempt = attempt
        self.logbook = Logbook()
        self.progress: tuple[int | None, int | None, str] | None = None
        self.artifacts: list[dict[str, Any]] = []
        self.message: dict[str, Any] | None = None
        self.stop_cause: StopCause | None = None
        self.stop_asked_at = 0.0
        self.message_at = 0.0
        self.started_at = time.monotonic()
        self.is_stack_shown = False
        self._signals_sent: set[signal.Signals] = set()
        self._clock = clock
        self._cutter = LineCutter()
        self._process, self._channel, self._output = _spawn(order)
        self.pid = self._process.pid or 0

    @property
    def waitables(self) -> list[Any]:
        """What becomes readable when there is something to do."""
        return [self._process.sentinel, *self._open_pipes()]

    def _open_pipes(self) -> list[Connection]:
        return [pipe for pipe in (self._channel, self._output) if not pipe.closed]

    def read(self) -> None:
        """Take in what the child sent and printed, a bounded amount a turn: others wait too."""
        for _ in range(CHUNKS_PER_TURN):
            if not (self._read_message() | self._read_output()):
                return

    def _read_message(self) -> bool:
        if self._channel.closed or not self._channel.poll():
            return False
        try:
            self._take(receive(self._channel))
        except (EOFError, OSError):
            self._channel.close()
        except BrokenMessage as error:
            self.note("ERROR", str(error))
        return True

    def _read_output(self) -> bool:
        if self._output.closed or not self._output.poll():
            return False
        chunk = os.read(self._output.fileno(), CHUNK)
        if not chunk:
            self._output.close()
        for text in self._cutter.feed(chunk) if chunk else self._cutter.close():
            self.note("OUTPUT", text)
        return True

    def _take(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "log":
                at = datetime.fromisoformat(message["at"])
                self.logbook.add(Line(at, message["level"], message["text"]))
            case "progress":
                self.progress = (message["done"], message["total"], message["phase"])
            case "artifact":
                self.artifacts.append(message)
            case _:
                self.message, self.message_at = message, time.monotonic()

    def note(self, level: str, text: str) -> None:
        """Add a line of the supervisor's own, or of the child's output, to the log."""
        self.logbook.add(Line(self._clock(), level, text))

    def show_stack(self) -> None:
        """Have the child print the stack of every thread into its log (faulthandler)."""
        self.is_stack_shown = True
        process.kill_group(self.pid, signal.SIGUSR1)

    def ask_to_stop(self, cause: StopCause) -> None:
        """The ladder's first step: `ctx.should_stop()` turns true."""
        if self.stop_cause is not None:
            return
        self.stop_cause, self.stop_asked_at = cause, time.monotonic()
        try:
            send(self._channel, {"type": "stop"})
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
        if number not in self._signals_sent:
            self._signals_sent.add(number)
            self.note("WARNING", f"Sent {number.name} to the process group.")
            if not process.kill_group(self.pid, number) and self._process.is_alive():
                os.kill(self.pid, number)  # it has not made its own group yet

    def has_ended(self) -> bool:
        return not self._process.is_alive()

    def ending(self, *, is_shutdown: bool) -> Ending:
        """Verify the end: status seen, pipes drained, nobody of the group left.

        In a shutdown a service manager may have sent SIGTERM to the child itself.
        """
        process.kill_group(self.pid, signal.SIGKILL)
        self.read()
        for text in self._cutter.close():
            self.note("OUTPUT", text)
        exit_code = self._process.exitcode or 0
        if is_shutdown and exit_code == -signal.SIGTERM and self.stop_cause is None:
            self.stop_cause = StopCause.SHUTDOWN
        return Ending(message=self.message, exit_code=exit_code, stop_cause=self.stop_cause)

    def is_group_gone(self) -> bool:
        return not process.is_group_alive(self.pid)

    def close(self) -> None:
        for pipe in self._open_pipes():
            pipe.close()
        self._process.close()


def warm_up() -> None:
    """Start the fork server, so that the first run does not wait for it."""
    forkserver.ensure_running()


def _spawn(order: runner.Order) -> tuple[ForkServerProcess, Connection, Connection]:
    ours, theirs = _forkserver.Pipe(duplex=True)
    output, child_output = _forkserver.Pipe(duplex=False)
    child = _forkserver.Process(
        target=runner.main, args=(order, theirs, child_output), name=f"run-{order.run_id}"
    )
    child.start()
    theirs.close()
    child_output.close()
    return child, ours, output
