"""A RabbitMQ server that a test may stop and start, with its own port mapper."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pika
import pika.exceptions

from tests.servers.postgres import free_port
from tests.waiting import wait_for

SERVER = "/usr/lib/rabbitmq/bin/rabbitmq-server"  # the one in the path changes its user
SECONDS_TO_START = 60


class RabbitmqServer:
    """One node on 127.0.0.1; all its files lie in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self._mapper_port = free_port()
        self._processes: list[subprocess.Popen[bytes]] = []

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}/%2F"

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._start(["epmd", "-port", str(self._mapper_port), "-address", "127.0.0.1"])
        self._start([SERVER])
        wait_for(self.answers, seconds=SECONDS_TO_START)

    def stop(self) -> None:
        for process in reversed(self._processes):
            process.terminate()
            process.wait(timeout=30)
        self._processes.clear()

    def answers(self) -> bool:
        try:
            pika.BlockingConnection(pika.URLParameters(self.url)).close()
        except (pika.exceptions.AMQPError, OSError):
            return False
        return True

    def _start(self, command: list[str]) -> None:
        with (self.folder / "log").open("ab") as log:
            self._processes.append(
                subprocess.Popen(command, env=self._env(), stdout=log, stderr=log)
            )

    def _env(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "ERL_EPMD_PORT": str(self._mapper_port),
            "RABBITMQ_NODENAME": f"test{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_MNESIA_BASE": str(self.folder),
            "RABBITMQ_LOG_BASE": str(self.folder),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "plugins"),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "none"),
        }
