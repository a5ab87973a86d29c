"""Messages between a supervisor and its children: JSON objects, one a line, over a socket pair,
never pickles.

Supervisor to child: `order` and `stop`. Child to supervisor: `log`, `progress`, `artifact`, one
last word of the attempt (`result` or `failure`), and `idle` when it can take another order.
An end of file on the child's side means that the supervisor is gone.
"""

from __future__ import annotations

import json
import os
import reprlib
import socket
import threading
from typing import Any

LONGEST_MESSAGE = 16 * 1024 * 1024
CHUNK = 1 << 16
PATIENCE_SECONDS = 5.0

# What a child may say: the type of a message -> its fields and what they hold.
SAID: dict[str, dict[str, Any]] = {
    "log": {"at": str, "level": str, "text": str},
    "progress": {"done": int, "total": int | None, "phase": str},
    "artifact": {"name": str, "media_type": str, "size": int, "sha256": str},
    "result": {"summary": str, "outcome": dict},
    "failure": {
        "reason": str,
        "may_retry": bool,
        "source": str | None,
        "after_seconds": float | int | None,
        "text": str,
        "traceback": str,
    },
    "idle": {},
}


class BrokenMessage(ValueError):
    """What was sent, or is to be sent, is not one of our messages."""


class Channel:
    """One end of a socket pair."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._rest = bytearray()
        self._searched = 0
        self._sending = threading.Lock()

    def fileno(self) -> int:
        return self._end.fileno()

    @property
    def is_closed(self) -> bool:
        return self._end.fileno() < 0

    def close(self) -> None:
        self._end.close()

    def send(self, message: dict[str, Any]) -> None:
        """Send one message. Kinds may log from several threads, so sending takes turns.

        Raises TypeError or ValueError for what JSON cannot say, BrokenMessage for what is too
        long, and OSError when the other side is gone or (see `open_pair`) does not read.
        """
        body = json.dumps(message, allow_nan=False).encode()
        if len(body) > LONGEST_MESSAGE:
            raise BrokenMessage(f"{len(body):,} bytes are more than a message may have.")
        with self._sending:
            self._end.sendall(body + b"\n")

    def receive(self) -> dict[str, Any]:
        """The next message. Raises EOFError when the other side is gone, or BrokenMessage.

        An end that waits (see `open_pair`) waits for it; the other raises BlockingIOError.
        """
        while (line := self._cut()) is None:
            self._fill()
        return _read(line)

    def poll(self) -> dict[str, Any] | None:
        """The next message, or None if no whole one is there yet; never waits.

        Raises EOFError when the other side is gone, or BrokenMessage.
        """
        try:
            return self.receive()
        except BlockingIOError:
            return None

    def _fill(self) -> None:
        try:
            chunk = os.read(self._end.fileno(), CHUNK)
        except ConnectionResetError:
            chunk = b""
        if not chunk:
            raise EOFError
        self._rest += chunk

    def _cut(self) -> bytes | None:
        at = self._rest.find(b"\n", self._searched)
        if at < 0:
            self._searched = len(self._rest)
            if self._searched > LONGEST_MESSAGE:
                self._rest.clear()
                self._searched = 0
                raise BrokenMessage("The child sent a message beyond all measure.")
            return None
        line = bytes(self._rest[:at])
        del self._rest[: at + 1]
        self._searched = 0
        return line


def open_pair() -> tuple[Channel, socket.socket]:
    """Our end, which never waits to read, and the end to hand over, which does."""
    ours, theirs = socket.socketpair()
    ours.settimeout(PATIENCE_SECONDS)
    return Channel(ours), theirs


def check_said(message: dict[str, Any]) -> None:
    """Raises LookupError or TypeError for what no child may say (see `SAID`)."""
    for name, kind in SAID[message["type"]].items():
        if not isinstance(message[name], kind):
            value = reprlib.repr(message[name])
            raise TypeError(f"The {name} of a message {message['type']!r} may not be {value}.")


def _read(line: bytes) -> dict[str, Any]:
    try:
        message = json.loads(line)
    except ValueError as error:
        raise BrokenMessage("The child sent a message that is not JSON.") from error
    if not isinstance(message, dict) or "type" not in message:
        raise BrokenMessage("The child sent a message without a type.")
    return message
