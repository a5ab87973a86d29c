"""Plain django-apscheduler: its job store and its rows of executions."""

from __future__ import annotations

from typing import Any

from tests.bench.peers.course import main
from tests.bench.peers.in_apscheduler import HostedByAPScheduler
from tests.bench.peers.in_django import install


class DjangoAPScheduler(HostedByAPScheduler):
    def open_store(self) -> Any:
        install("django_apscheduler")
        from django_apscheduler.jobstores import DjangoJobStore, register_events

        register_events(self.scheduler)
        return DjangoJobStore()

    def done(self) -> int:
        from django_apscheduler.models import DjangoJobExecution

        done = DjangoJobExecution.objects.filter(status=DjangoJobExecution.SUCCESS)
        return int(done.order_by().count())


if __name__ == "__main__":
    main(DjangoAPScheduler)
