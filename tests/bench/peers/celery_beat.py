"""django-celery-beat + celery: Redis as broker, results through django-celery-results."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta

import redis

from tests.bench.peers.course import REDIS_URL, Contestant, main
from tests.bench.peers.in_django import install


class CeleryBeat(Contestant):
    lead_seconds = 45.0

    def prepare(self, due_at: datetime) -> None:
        install("django_celery_beat", "django_celery_results")
        from django_celery_beat.models import IntervalSchedule, PeriodicTask

        hour = IntervalSchedule.objects.create(every=1, period=IntervalSchedule.HOURS)
        PeriodicTask.objects.bulk_create(
            PeriodicTask(
                name=f"job {n}", task="noop", interval=hour, last_run_at=due_at - timedelta(hours=1)
            )
            for n in range(self.count)
        )
        self._redis = redis.Redis.from_url(REDIS_URL)

    def start(self) -> None:
        celery = (sys.executable, "-m", "celery", "-A", "tests.bench.peers.celery_app")
        self.launch(*celery, "worker", "-c", "2", "--loglevel", "ERROR")
        self.launch(*celery, "beat", "--loglevel", "ERROR", "--pidfile", "")

    def handed_over(self) -> int:
        waiting = int(self._redis.llen("celery")) + int(self._redis.hlen("unacked"))
        return waiting + self.done()

    def done(self) -> int:
        from django_celery_results.models import TaskResult

        return int(TaskResult.objects.filter(status="SUCCESS").count())


if __name__ == "__main__":
    main(CeleryBeat)
