"""What every page says about the engine: alive or not, who leads, when it last ticked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.functional import SimpleLazyObject

from scheduling.clock import utc_now
from scheduling.models import EngineLease, Installation, Worker, WorkerRole
from scheduling.views.inbox import open_count

if TYPE_CHECKING:
    from django.http import HttpRequest

STALE_TICK = timedelta(seconds=60)


@dataclass(frozen=True)
class EngineStrip:
    """The engines that give signs of life; `leader` is the one that ticks, if it is among them.

    `held_reason` is set while no schedule runs: the database may be a restored copy.
    """

    engines: tuple[Worker, ...]
    leader: Worker | None
    held_reason: str
    now: datetime

    @property
    def is_alive(self) -> bool:
        return self.leader is not None

    @property
    def last_tick_at(self) -> datetime | None:
        return self.leader.last_tick_at if self.leader else None

    @property
    def is_stale(self) -> bool:
        """Alive, but its loop has not come round: nothing is being planned."""
        if self.leader is None:
            return False
        since = self.leader.last_tick_at or self.leader.started_at
        return self.now - since > STALE_TICK


def read_strip(now: datetime) -> EngineStrip:
    """Read which engines live at `now`, as the engines themselves see it."""
    living = Worker.objects.living(now).filter(role=WorkerRole.ENGINE)
    engines = tuple(living.order_by("-heartbeat_at"))
    holder = EngineLease.objects.values_list("holder", flat=True).first() if engines else None
    leader = next((engine for engine in engines if engine.pk == holder), None)
    held = Installation.objects.held().values_list("held_reason", flat=True).first()
    return EngineStrip(engines, leader, held or "", now)


def engine_strip(request: HttpRequest) -> dict[str, Any]:
    """Context processor: strip and inbox are read only by a page that shows them."""
    return {
        "inbox_count": SimpleLazyObject(lambda: open_count(request.user)),
        "engine": SimpleLazyObject(lambda: read_strip(utc_now())),
        "is_utc": settings.TIME_ZONE == "UTC",
    }
