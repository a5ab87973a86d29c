"""The socket side: one connection with one client, and the admin paths.

`GET /_requests` lists what was asked for; `POST /_mode` adds a fault (`faults.Fault` as JSON) and
`DELETE /_mode` ends them all; `POST /_edition` takes `{"today": "YYYY-MM-DD", "withdraw": [ids]}`.
"""

from __future__ import annotations

import json
import socket
import struct
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from collectors.replay.answers import BODILESS, Answer, answer, as_json, page, spoil
from collectors.replay.faults import Fault, FaultKind

if TYPE_CHECKING:
    from collectors.replay.server import ReplayServer

RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER on, 0 s: closing sends RST


@dataclass(frozen=True)
class Request:
    """One request as it came in: `at` is monotonic seconds, header names are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    at: float


class Listener(ThreadingHTTPServer):
    """One thread per connection; what to answer is asked of `replay`."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], replay: ReplayServer) -> None:
        self.replay = replay
        self._open: set[Any] = set()
        super().__init__(address, Conversation)

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Talk with a client; the connection is known for as long as it lasts."""
        self._open.add(request)
        try:
            super().finish_request(request, client_address)
        finally:
            self._open.discard(request)

    def server_close(self) -> None:
        """Stop listening and hang up on every client, also on those that keep connections."""
        super().server_close()
        for connection in tuple(self._open):
            with suppress(OSError):  # the client was faster
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients may hang up; anything else is a defect and is shown."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class Conversation(BaseHTTPRequestHandler):
    """Reads requests, lets faults strike, sends answers."""

    protocol_version = "HTTP/1.1"
    server_version = "Replay"
    sys_version = ""
    timeout = 30
    disable_nagle_algorithm = True
    server: Listener

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        if path == "/_requests":
            self._send(as_json([asdict(request) for request in self._replay.requests]))
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        self._replay.record(Request(self.command, path, headers, time.monotonic()))
        faults = {fault.kind: fault for fault in self._replay.weather.strike(path)}
        if slow := faults.pop(FaultKind.SLOW, None):
            self._replay.stopping.wait(slow.seconds)
        if FaultKind.RESET in faults:
            self._reset()
        elif FaultKind.TRUNCATE in faults:
            self._send_half(answer(path, headers, self._replay.sites, self._replay.edition))
        elif faults:
            self._send(spoil(next(iter(faults.values()))))
        else:
            self._send(answer(path, headers, self._replay.sites, self._replay.edition))

    def do_HEAD(self) -> None:
        """As GET, without the body."""
        self.do_GET()

    def do_POST(self) -> None:
        """Set a mode: 204, or 400 with a sentence."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            self._set(json.loads(body))
        except ValueError as error:
            self._send(page(HTTPStatus.BAD_REQUEST, str(error).encode()))
        else:
            self._send(Answer(HTTPStatus.NO_CONTENT))

    def do_DELETE(self) -> None:
        """End every fault."""
        self._replay.heal()
        self._send(Answer(HTTPStatus.NO_CONTENT))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base class's name)
        """Stay silent: `requests` is the log."""

    @property
    def _replay(self) -> ReplayServer:
        return self.server.replay

    def _set(self, raw: dict[str, Any]) -> None:
        if self.path == "/_mode":
            self._replay.weather.add(Fault.from_json(raw))
        elif self.path == "/_edition":
            if "today" in raw:
                self._replay.advance(date.fromisoformat(raw["today"]))
            for doc_id in raw.get("withdraw", []):
                self._replay.withdraw(doc_id)
        else:
            raise ValueError(f"Nothing can be set at {self.path}: use /_mode or /_edition.")

    def _send(self, message: Answer) -> None:
        self._send_head(message)
        if self.command != "HEAD":
            self.wfile.write(message.body)

    def _send_half(self, message: Answer) -> None:
        self._send_head(message)
        self.wfile.write(message.body[: len(message.body) // 2])
        self.close_connection = True

    def _send_head(self, message: Answer) -> None:
        self.send_response(message.status)
        for name, value in message.headers.items():
            self.send_header(name, value)
        if message.status not in BODILESS:
            self.send_header("Content-Length", str(len(message.body)))
        self.end_headers()

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        self.connection.close()
        self.close_connection = True
