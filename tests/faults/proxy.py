"""A wire to a server that can be slowed, stalled, or cut at a chosen statement."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import NamedTuple, Self

CHUNK = 1 << 16


class Cut(NamedTuple):
    """Cut the session that sent `after`, when it sends `at`: the server gets that, and its answer
    gets lost.
    """

    after: bytes
    at: bytes


class FaultProxy:
    """Listens on 127.0.0.1 and passes all on to a Unix socket, unless told otherwise.

    Set `latency_seconds`, `cut`; call `stall` and `go_on`. `cuts` counts what was cut.
    """

    def __init__(self, upstream: str) -> None:
        self.latency_seconds = 0.0
        self.cut: Cut | None = None
        self.cuts = 0
        self._upstream = upstream
        self._moves = threading.Event()
        self._moves.set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets: list[socket.socket] = []

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.go_on()
        for each in (self._listener, *self._sockets):
            _close(each)

    def stall(self) -> None:
        """Hold back all bytes, both ways; connections stay open."""
        self._moves.clear()

    def go_on(self) -> None:
        self._moves.set()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._upstream)
                self._sockets += [client, server]
                _Session(self, client, server).start()

    def wait(self) -> None:
        """What each chunk waits for before it is passed on."""
        self._moves.wait()
        threading.Event().wait(self.latency_seconds)


class _Session:
    """One connection: a thread for each way."""

    def __init__(self, proxy: FaultProxy, client: socket.socket, server: socket.socket) -> None:
        self._proxy, self._client, self._server = proxy, client, server
        self._has_sent_it = False
        self._is_mute = False

    def start(self) -> None:
        for pump in (self._ask, self._answer):
            threading.Thread(target=pump, daemon=True).start()

    def _ask(self) -> None:
        with suppress(OSError):
            while chunk := self._client.recv(CHUNK):
                self._proxy.wait()
                self._look_at(chunk)
                self._server.sendall(chunk)
        self._hang_up()

    def _look_at(self, chunk: bytes) -> None:
        """Cut once, in the session that said what was waited for."""
        cut = self._proxy.cut
        if cut is None:
            return
        self._has_sent_it |= cut.after in chunk
        if self._has_sent_it and cut.at in chunk:
            self._proxy.cut = None
            self._is_mute = True

    def _answer(self) -> None:
        with suppress(OSError):
            while chunk := self._server.recv(CHUNK):
                self._proxy.wait()
                if self._is_mute:
                    self._proxy.cuts += 1
                    break
                self._client.sendall(chunk)
        self._hang_up()

    def _hang_up(self) -> None:
        for each in (self._client, self._server):
            _close(each)


def _close(each: socket.socket) -> None:
    with suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)
    each.close()
