"""The supervisor's side of the zygote: child processes, forked when needed and used again while
they are as good as new.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from io import FileIO
from multiprocessing.connection import wait
from typing import Any

from django.conf import settings

from scheduling.execution.channel import CHUNK, Channel, open_pair

BIRTH_SECONDS = 30.0
END_SECONDS = 5.0
# As for this process: a package is found where it finds it.
START = (
    "import sys; sys.path[:] = sys.argv[2:]; "
    "from scheduling.execution.zygote_process import main; main(int(sys.argv[1]))"
)


class ChildNotStarted(Exception):
    """No process could be started for an attempt."""


class ZygoteGone(Exception):
    """The zygote ended before it could fork."""


class Forked:
    """One process forked by the zygote, and the ways to it."""

    def __init__(self, channel: Channel, output: int, cradle: Channel) -> None:
        self.channel = channel
        self.output = FileIO(output)
        self.pid = 0
        self.attempts = 0
        self.is_lost = False
        self._cradle = cradle
        self._end: dict[str, Any] | None = None

    def wait_for_birth(self) -> None:
        """Learn its pid. Raises ZygoteGone, or ChildNotStarted when there is no such process."""
        if not wait([self._cradle.fileno()], timeout=BIRTH_SECONDS):
            raise ZygoteGone(f"The zygote did nothing for {BIRTH_SECONDS:.0f} seconds.")
        try:
            message = self._cradle.poll() or {}
        except (EOFError, OSError) as error:
            raise ZygoteGone("The zygote ended before it could fork a child.") from error
        if "pid" not in message:
            said = (self.output.read(CHUNK) or b"").decode("utf-8", "replace")
            raise ChildNotStarted(f"No child could be forked: {message}\n{said}")
        self.pid = message["pid"]

    @property
    def waitables(self) -> list[Any]:
        """What becomes readable when it sends, prints or ends."""
        ways = [self._cradle] if self.channel.is_closed else [self._cradle, self.channel]
        return ways if self.output.closed else [*ways, self.output]

    def has_ended(self) -> bool:
        """True once its end was told, or can no more be: then it went with its zygote."""
        if self._end is None and not self.is_lost:
            try:
                self._end = self._cradle.poll()
            except (EOFError, OSError):
                self.is_lost = True
        return self._end is not None or self.is_lost

    @property
    def exit_code(self) -> int:
        """Of a process that ended; minus N: signal N. The kernel kills who loses its zygote."""
        return -signal.SIGKILL if self._end is None else int(self._end["exit_code"])

    @property
    def is_alone(self) -> bool:
        """True if nobody whom the process that ended had started is left."""
        return self._end is None or bool(self._end["is_alone"])

    def close(self) -> None:
        """Let go of it. A process that has not ended yet ends now: nobody listens to it."""
        self.channel.close()
        self.output.close()
        self._cradle.close()


class Zygote:
    """Starts processes for children. For one thread; a zygote that died is started again."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._door: socket.socket | None = None
        self._idle: list[Forked] = []

    def start(self) -> socket.socket:
        """Start it unless it lives, and return its door. It needs about a second to load; this
        does not wait for it. Raises ChildNotStarted.
        """
        if self._door is not None and self._process is not None and self._process.poll() is None:
            return self._door
        self.close()
        self._door, theirs = socket.socketpair()
        with theirs:
            try:
                self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                    [sys.executable, "-c", START, str(theirs.fileno()), *sys.path],
                    stdin=subprocess.DEVNULL,
                    pass_fds=[theirs.fileno()],
                    start_new_session=True,
                )
            except OSError as error:
                raise ChildNotStarted(f"The zygote could not be started: {error}.") from error
        return self._door

    def close(self) -> None:
        """End the zygote and with it every child, idle or not."""
        for forked in self._idle:
            forked.close()
        self._idle.clear()
        if self._door is not None:
            self._door.close()
        if self._process is not None:
            _see_end(self._process)
        self._door = self._process = None

    @property
    def has_idle(self) -> bool:
        """True if a process waits for an order."""
        return bool(self._idle)

    def take(self) -> Forked:
        """A process that waits for an order. Raises ChildNotStarted."""
        while self._idle:
            forked = self._idle.pop()
            if not forked.has_ended():
                return forked
            forked.close()
        try:
            return self._fork()
        except ZygoteGone:
            self.close()
        try:
            return self._fork()
        except ZygoteGone as error:
            raise ChildNotStarted(str(error)) from error

    def give_back(self, forked: Forked) -> None:
        """Keep a process for another attempt, unless it has served enough of them."""
        if forked.attempts < settings.CHILD_ATTEMPTS:
            self._idle.append(forked)
        else:
            forked.close()

    def _fork(self) -> Forked:
        forked = _ask(self.start())
        try:
            forked.wait_for_birth()
        except (ZygoteGone, ChildNotStarted):
            forked.close()
            raise
        return forked


def _ask(door: socket.socket) -> Forked:
    """Hand the zygote the far ends of the ways to a child."""
    channel, channel_end = open_pair()
    cradle, cradle_end = open_pair()
    output, output_end = os.pipe()
    os.set_blocking(output, False)
    ends = [channel_end.fileno(), output_end, cradle_end.fileno()]
    with channel_end, cradle_end, FileIO(output_end, "w"), suppress(OSError):
        socket.send_fds(door, [b"f"], ends)  # if the zygote is gone, the cradle's end tells it
    return Forked(channel, output, cradle)


def _see_end(zygote: subprocess.Popen[bytes]) -> None:
    try:
        zygote.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        zygote.kill()
        zygote.wait()
