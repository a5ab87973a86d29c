"""A loopback server that answers byte for byte as told, and a run whose clock can be skipped."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from collectors.http import ClientSettings, SourceClient, build_client
from collectors.http.patience import Patience, machine_seconds
from scheduling.kinds import RunContext, SourceSpec

HOST = "files.example"
OTHER_HOST = "www.files.example"
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
Script = bytes | Callable[[socket.socket], None]


def answer(status: str = "200 OK", body: bytes = b"document", *headers: str) -> bytes:
    """An HTTP/1.1 answer with a true Content-Length."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def redirect(location: str, status: str = "302 Found") -> bytes:
    return answer(status, b"", f"Location: {location}")


class ScriptedServer:
    """Answers the n-th request with the n-th script, and the last script from then on.

    Bytes are sent as they are; a function gets the socket, which is closed when it returns.
    """

    def __init__(self, *scripts: Script) -> None:
        self.requests: list[str] = []
        self.connections = 0
        self.closing = threading.Event()
        self._scripts = list(scripts)
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._start(self._accept)

    def __enter__(self) -> "ScriptedServer":
        return self

    def __exit__(self, *exception: object) -> None:
        self.closing.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(10)

    def _start(self, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(0.05)
        with connection, suppress(OSError):
            while head := self._read_head(connection):
                script = self._next(head)
                if callable(script):
                    script(connection)
                    return
                connection.sendall(script)

    def _next(self, head: str) -> Script:
        with self._lock:
            self.requests.append(head)
            return self._scripts[min(len(self.requests), len(self._scripts)) - 1]

    def _read_head(self, connection: socket.socket) -> str:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            if self.closing.is_set():
                return ""
            with suppress(TimeoutError):
                if not (data := connection.recv(4096)):
                    return ""
                head += data
        return head.decode("latin-1")

    def header(self, number: int, name: str) -> str | None:
        """The value of a header of the n-th request, None if it had none."""
        for line in self.requests[number].split("\r\n")[1:]:
            key, _, value = line.partition(": ")
            if key.lower() == name:
                return value
        return None

    def paths(self) -> list[str]:
        return [head.split(" ")[1] for head in self.requests]


@dataclass
class World:
    """The part of a run that the client sees. Its clock is the machine's plus what was slept."""

    folder: Path
    skipped: float = 0.0
    is_stopped: bool = False
    lines: list[str] = field(default_factory=list)
    sources: tuple[SourceSpec, ...] = (
        SourceSpec(slug="files", title="Files", url=f"https://{HOST}/", hosts=(HOST, OTHER_HOST)),
    )

    def should_stop(self) -> bool:
        return self.is_stopped

    def now(self) -> datetime:
        return NOW

    def log(self, text: str, *, level: str = "INFO") -> None:
        self.lines.append(f"{level} {text}")

    def seconds(self) -> float:
        return machine_seconds() + self.skipped

    def sleep(self, seconds: float) -> None:
        self.skipped += seconds

    def client(self, replay_url: str | None, **settings) -> SourceClient:
        return build_client(
            cast("RunContext", self),
            ClientSettings(
                contact="ops@example.org",
                state_folder=self.folder,
                replay_url=replay_url,
                **settings,
            ),
            patience=Patience(self.should_stop, self.seconds, self.sleep),
        )
