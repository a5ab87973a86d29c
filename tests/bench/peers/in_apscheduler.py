"""What the two peers that are APScheduler share: one scheduler, ten threads, a job a schedule.

Without a grace for misfires, which by default drops what is more than a second late.
"""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime
from typing import Any

from apscheduler.events import EVENT_JOB_SUBMITTED
from apscheduler.schedulers.background import BackgroundScheduler

from tests.bench.peers.course import Contestant, Counter
from tests.bench.peers.noop import noop


class HostedByAPScheduler(Contestant):
    seconds_per_schedule = 0.006  # it stores them one by one

    @abstractmethod
    def open_store(self) -> Any:
        """The job store, its tables made."""

    def prepare(self, due_at: datetime) -> None:
        self.scheduler = BackgroundScheduler()
        self.scheduler.add_jobstore(self.open_store())
        self._submitted = Counter()
        self.scheduler.add_listener(self._submitted.add, EVENT_JOB_SUBMITTED)
        for n in range(self.count):
            self.scheduler.add_job(
                noop,
                "interval",
                hours=1,
                id=str(n),
                next_run_time=due_at,
                misfire_grace_time=None,
            )

    def start(self) -> None:
        self.scheduler.start()

    def handed_over(self) -> int:
        return self._submitted.value

    def stop(self) -> None:
        self.scheduler.shutdown(wait=False)
