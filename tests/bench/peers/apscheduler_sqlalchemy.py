"""APScheduler with its SQLAlchemy store: no record of what ran."""

from __future__ import annotations

from typing import Any

from apscheduler.events import EVENT_JOB_EXECUTED
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore

from tests.bench.peers.course import DATABASE_URL, Counter, main
from tests.bench.peers.in_apscheduler import HostedByAPScheduler


class SQLAlchemyAPScheduler(HostedByAPScheduler):
    def open_store(self) -> Any:
        self._executed = Counter()
        self.scheduler.add_listener(self._executed.add, EVENT_JOB_EXECUTED)
        return SQLAlchemyJobStore(url=DATABASE_URL.replace("postgresql:", "postgresql+psycopg:"))

    def done(self) -> int:
        return self._executed.value


if __name__ == "__main__":
    main(SQLAlchemyAPScheduler)
