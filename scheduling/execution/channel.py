"""Messages between a supervisor and its children: JSON objects over a socket pair, never pickles.

Child to supervisor: `log`, `progress`, `artifact`, and one last word: `result` or `failure`.
Supervisor to child: `stop`. An end of file on the child's side means that the supervisor is gone.
"""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

LONGEST_MESSAGE = 16 * 1024 * 1024
_sending = threading.Lock()


class BrokenMessage(ValueError):
    """The other side sent something that is not one of our messages."""


def send(channel: Connection, message: dict[str, Any]) -> None:
    """Send one message. Kinds may log from several threads, so sending takes turns."""
    body = json.dumps(message, allow_nan=False).encode()
    with _sending:
        channel.send_bytes(body)


def receive(channel: Connection) -> dict[str, Any]:
    """The next message. Raises EOFError when the other side is gone, or BrokenMessage."""
    body = channel.recv_bytes(LONGEST_MESSAGE)
    try:
        message = json.loads(body)
    except ValueError as error:
        raise BrokenMessage("The child sent a message that is not JSON.") from error
    if not isinstance(message, dict) or "type" not in message:
        raise BrokenMessage("The child sent a message without a type.")
    return message
