"""procrastinate: a row each, deferred to the due instant, one worker with ten at a time."""

from __future__ import annotations

import sys
from datetime import datetime

import psycopg
from procrastinate import SyncPsycopgConnector

from tests.bench.peers.course import DATABASE_URL, Contestant, main
from tests.bench.peers.procrastinate_app import app


class Procrastinate(Contestant):
    def prepare(self, due_at: datetime) -> None:
        with (
            app.replace_connector(SyncPsycopgConnector(conninfo=DATABASE_URL)) as sync,
            sync.open(),
        ):
            sync.schema_manager.apply_schema()
            deferrer = sync.configure_task("noop", schedule_at=due_at)
            deferrer.batch_defer(*({} for _ in range(self.count)))
        self._connection = psycopg.connect(DATABASE_URL, autocommit=True)

    def start(self) -> None:
        app_path = "--app=tests.bench.peers.procrastinate_app.app"
        self.launch(sys.executable, "-m", "procrastinate", app_path, "worker", "--concurrency=10")

    def handed_over(self) -> int:
        return self.done()

    def done(self) -> int:
        found = self._connection.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE status = 'succeeded'"
        ).fetchone()
        return 0 if found is None else int(found[0])


if __name__ == "__main__":
    main(Procrastinate)
