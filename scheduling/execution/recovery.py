"""Finds workers that died or fell silent and takes their runs from them."""

from __future__ import annotations

import socket
from datetime import datetime

from django.db.models import Q

from scheduling.events import emit
from scheduling.execution import process
from scheduling.execution.loss import recover
from scheduling.models import EngineLease, Run, Worker
from scheduling.models.worker import SILENCE


def recover_lost_runs(*, now: datetime, spare: Worker | None = None) -> int:
    """Take runs and lease from lost workers; return how many runs were recovered.

    `spare` is the worker that asks: it lives, however silent a clock set forward makes it look.
    """
    recovered = 0
    for worker in _lost_workers(now=now):
        if worker == spare:
            continue
        held = list(Run.objects.held_by(worker))
        recovered += recover(held, who=f"recovery of {worker}", now=now)
        EngineLease.release(worker)
        if Run.objects.held_by(worker).exists():
            continue  # its run cannot be taken before somebody mends the row: look again
        worker.end(now=now)
        emit("worker_lost", level="warning", worker=worker.pk, pid=worker.pid, host=worker.host)
    return recovered


def _lost_workers(*, now: datetime) -> list[Worker]:
    """Workers of this machine whose process is gone, and those of any machine that fell silent."""
    host = socket.gethostname()
    suspects = Worker.objects.filter(
        Q(host=host) | Q(heartbeat_at__lt=now - SILENCE), ended_at=None
    )
    return [
        worker
        for worker in suspects
        if worker.heartbeat_at < now - SILENCE
        or not process.is_alive(worker.pid, worker.process_started_at)
    ]
