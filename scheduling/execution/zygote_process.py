"""The zygote's own side: a process without threads or connections that all children are forked
from. Started by `zygote.Zygote`, ended by the end of its socket.

A request brings three descriptors: the child's end of the channel, the pipe for what it prints, and
the cradle, over which first the child tells its pid and at last the zygote how it ended.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
from multiprocessing.connection import wait
from typing import NoReturn

from scheduling.execution import (  # isort: skip - the preload comes first: Django for the others
    preload,  # noqa: F401
    child_process,
    process,
)
from scheduling.execution.channel import Channel


class Nest:
    """The children that live, each with its cradle."""

    def __init__(self, door: socket.socket) -> None:
        self._door = door
        self._cradles: dict[int, Channel] = {}
        self._wake_reader, self._wake_writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wake_writer, warn_on_full_buffer=False)

    def serve(self) -> None:
        """Fork on request and tell of each end, until the engine is gone."""
        while True:
            ready = wait([self._door, self._wake_reader])
            if self._wake_reader in ready:
                os.read(self._wake_reader, 1024)
                self._collect()
            if self._door in ready and not self._answer():
                return

    def _answer(self) -> bool:
        """Fork the child that is asked for; False when nobody asks any more."""
        request, descriptors, _, _ = socket.recv_fds(self._door, 1, 3, socket.MSG_CMSG_CLOEXEC)
        if not request:
            return False
        channel_end, output, cradle_end = descriptors
        cradle = Channel(socket.socket(fileno=cradle_end))
        try:
            pid = os.fork()
        except OSError as error:
            cradle.send({"type": "refused", "text": str(error)})
            cradle.close()
        else:
            if pid == 0:
                self._leave()
                child_process.live(socket.socket(fileno=channel_end), output, cradle)
            self._cradles[pid] = cradle
        os.close(channel_end)
        os.close(output)
        return True

    def _leave(self) -> None:
        """In the child: let go of all that is the zygote's."""
        signal.set_wakeup_fd(-1)
        os.close(self._wake_reader)
        os.close(self._wake_writer)
        self._door.close()
        for cradle in self._cradles.values():
            cradle.close()

    def _collect(self) -> None:
        """Kill whom dead children leave behind, then tell of their ends.

        A leader's pid names its group for as long as it is not collected.
        """
        ended = []
        while (pid := self._next_dead()) is not None:
            if pid in self._cradles:
                process.kill_group(pid, signal.SIGKILL)
            status = os.waitpid(pid, 0)[1]
            ended.append((self._cradles.pop(pid, None), os.waitstatus_to_exitcode(status)))
        is_alone = process.end_children(self._cradles)
        for cradle, exit_code in ended:
            if cradle is not None:
                _tell_end(cradle, exit_code, is_alone=is_alone)

    def _next_dead(self) -> int | None:
        try:
            found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return None
        return None if found is None else found.si_pid


def _tell_end(cradle: Channel, exit_code: int, *, is_alone: bool) -> None:
    try:
        cradle.send({"type": "ended", "exit_code": exit_code, "is_alone": is_alone})
    except OSError:
        return  # nobody waits for the end of a child that was let go
    finally:
        cradle.close()


def main(door: int) -> NoReturn:
    """Serve until the engine is gone, then take everybody along."""
    process.adopt_orphans()
    gc.collect()
    gc.freeze()
    Nest(socket.socket(fileno=door)).serve()
    process.end_children()
    os._exit(0)
