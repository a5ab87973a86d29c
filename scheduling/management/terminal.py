"""The processes that `manage.py up` keeps running in one terminal."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

from scheduling.execution import process
from scheduling.management.stop_signals import StopSignals

FIRST_WEB_PORT = 8000
FIRST_REPLAY_PORT = 8765
RESTART_PAUSE_SECONDS = 1.0
LINGER_SECONDS = 5.0
LINGER_POLL_SECONDS = 0.02


def ensure_env_file() -> None:
    """Write `.env` with a random key on the first start, then start again so that it is read."""
    path = settings.BASE_DIR / ".env"
    if path.exists() or "ENV_FILE" in os.environ:
        return
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write("# Written by the first `make up`. .env.example explains every setting.\n")
        file.write(f"SECRET_KEY={secrets.token_urlsafe(60)}\n")
    os.execv(sys.executable, [sys.executable, *sys.argv])  # noqa: S606 - the same command again


def free_port(first: int) -> int:
    """The first port from `first` on that nobody listens on."""
    for port in range(first, first + 100):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError(f"No free port between {first} and {first + 99}.")


@dataclass
class Service:
    """One process that is started again when it dies."""

    name: str
    command: list[str]
    env: dict[str, str]
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        self.process = subprocess.Popen(  # noqa: S603 - our own commands
            self.command, env={**os.environ, **self.env}, start_new_session=True
        )

    def is_down(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def stop(self) -> None:
        """SIGTERM, and the wait until nothing it started is left; each bounds its own grace."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait()
        _end_group(self.process.pid)


class Terminal:
    """Web server, scheduler and, unless SOURCES=live, the replay server."""

    def __init__(self, say: Callable[[str], object]) -> None:
        self._say = say
        self._signals = StopSignals()
        web_port = free_port(FIRST_WEB_PORT)
        self.web_url = f"http://127.0.0.1:{web_port}/"
        self._services = _services(web_port)

    def start(self) -> None:
        self._signals.install()
        for service in self._services:
            service.start()
        _wait_for_port(self.web_url, self._signals)

    def wait(self) -> None:
        """Keep the services up until a signal comes, then end each with its grace."""
        while not self._signals.wait(RESTART_PAUSE_SECONDS):
            for service in self._services:
                if service.is_down():
                    code = service.process.returncode if service.process else None
                    self._say(f"The {service.name} ended (exit code {code}); starting it again.")
                    service.stop()
                    service.start()
        # The replay server last: a run that ends in peace still needs its source.
        for service in reversed(self._services):
            service.stop()


def _end_group(group: int) -> None:
    """Return when nobody of the group is left. A fork server outlives its parent by a moment: it
    ends when it notices.
    """
    deadline = time.monotonic() + LINGER_SECONDS
    while process.is_group_alive(group):
        if time.monotonic() >= deadline:
            process.kill_group(group, signal.SIGKILL)
        time.sleep(LINGER_POLL_SECONDS)


def _services(web_port: int) -> list[Service]:
    replay_url = settings.REPLAY_URL
    services = []
    if settings.SOURCES == "replay":
        port = free_port(FIRST_REPLAY_PORT)
        replay_url = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "collectors.replay", "--port", str(port)]
        services.append(Service("replay server", command, {}))
    env = {"REPLAY_URL": replay_url, "WEB_BIND": f"127.0.0.1:{web_port}"}
    manage = str(Path(settings.BASE_DIR) / "manage.py")
    gunicorn = [sys.executable, "-m", "gunicorn", "-c", "python:config.gunicorn"]
    services.append(Service("scheduler", [sys.executable, manage, "runscheduler"], env))
    services.append(Service("web server", gunicorn, env))
    return services


def _wait_for_port(url: str, signals: StopSignals) -> None:
    """Return when the web server accepts connections, so that the address printed works."""
    host, port = url.removeprefix("http://").rstrip("/").split(":")
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and not signals.count:
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
        except OSError:
            signals.wait(0.1)
        else:
            return
