"""Is another engine at work on this database, now?"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from django.conf import settings

from scheduling.models import Worker, WorkerRole

if TYPE_CHECKING:
    from datetime import datetime

    from scheduling.clock import Clock

LOOK_SECONDS = 0.2


def another_engine_works(worker: Worker, *, clock: Clock) -> bool:
    """Wait until the heartbeat of an engine other than `worker` moves, at most a lease's length.

    A recent heartbeat alone proves nothing: in a copy of the database it stands still for ever.
    """
    before = _heartbeats(worker, now=clock())
    over_at = time.monotonic() + settings.LEASE_SECONDS
    while before and time.monotonic() < over_at:
        time.sleep(LOOK_SECONDS)
        after = _heartbeats(worker, now=clock())
        if any(after.get(pk, at) != at for pk, at in before.items()):
            return True
    return False


def _heartbeats(worker: Worker, *, now: datetime) -> dict[int, datetime]:
    others = Worker.objects.living(now).filter(role=WorkerRole.ENGINE).exclude(pk=worker.pk)
    return dict(others.values_list("pk", "heartbeat_at"))
