"""A Redis server that a test may stop, restart and empty. It keeps nothing on disk."""

from __future__ import annotations

import subprocess
from pathlib import Path

from redis import Redis, RedisError

from tests.servers.postgres import free_port
from tests.waiting import wait_for


class RedisServer:
    """One server on 127.0.0.1; its folder holds its log."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self._process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        options = {"port": str(self.port), "bind": "127.0.0.1", "save": "", "dir": str(self.folder)}
        arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
        with (self.folder / "redis.log").open("ab") as log:
            self._process = subprocess.Popen(["redis-server", *arguments], stdout=log, stderr=log)
        wait_for(self.answers)

    def stop(self) -> None:
        """Everything it held is gone."""
        self._process.kill()
        self._process.wait(timeout=10)

    def answers(self) -> bool:
        with Redis.from_url(self.url) as client:
            try:
                return bool(client.ping())
            except RedisError:
                return False

    def flush(self) -> None:
        with Redis.from_url(self.url) as client:
            client.flushall()
