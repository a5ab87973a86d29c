"""django-q2: its cluster with two workers; RACE_BROKER chooses the ORM's broker or Redis."""

from __future__ import annotations

import os
import sys
from datetime import datetime

import redis

from tests.bench.peers.course import REDIS_URL, Contestant, main
from tests.bench.peers.in_django import install


class DjangoQ2(Contestant):
    def prepare(self, due_at: datetime) -> None:
        install("django_q")
        from django_q.models import Schedule

        Schedule.objects.bulk_create(
            Schedule(
                func="tests.bench.peers.noop.noop", schedule_type=Schedule.HOURLY, next_run=due_at
            )
            for _ in range(self.count)
        )
        self._redis = redis.Redis.from_url(REDIS_URL)

    def start(self) -> None:
        self.launch(sys.executable, "-m", "django", "qcluster")

    def handed_over(self) -> int:
        return self._waiting() + self.done()

    def _waiting(self) -> int:
        from django_q.models import OrmQ

        if os.environ.get("RACE_BROKER") == "redis":
            return int(self._redis.llen("django_q:default:q"))
        return int(OrmQ.objects.count())

    def done(self) -> int:
        from django_q.models import Success

        return int(Success.objects.count())


if __name__ == "__main__":
    main(DjangoQ2)
