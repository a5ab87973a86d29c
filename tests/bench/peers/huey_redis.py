"""huey on Redis: two worker processes, no record of what ran."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

from tests.bench.peers.course import Contestant, main
from tests.bench.peers.huey_app import counter, huey, noop


class Huey(Contestant):
    def prepare(self, due_at: datetime) -> None:
        for _ in range(self.count):
            noop.schedule(eta=due_at)

    def start(self) -> None:
        consumer = str(Path(sys.executable).with_name("huey_consumer"))
        app = "tests.bench.peers.huey_app.huey"
        self.launch(sys.executable, consumer, app, "-w", "2", "-k", "process", "-q")

    def handed_over(self) -> int:
        return self.count - int(huey.scheduled_count())

    def done(self) -> int:
        return int(counter.get("done") or 0)


if __name__ == "__main__":
    main(Huey)
