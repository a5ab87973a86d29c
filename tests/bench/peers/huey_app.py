"""huey's application: tasks in Redis, ends counted there, for huey itself keeps no record."""

from __future__ import annotations

import redis
from huey import RedisHuey
from huey.signals import SIGNAL_COMPLETE

from tests.bench.peers.course import REDIS_URL

huey = RedisHuey("race", url=REDIS_URL, utc=True)
counter = redis.Redis.from_url(REDIS_URL)


@huey.task(name="noop")  # type: ignore[untyped-decorator]
def noop() -> None:
    """Do nothing."""


@huey.signal(SIGNAL_COMPLETE)  # type: ignore[untyped-decorator]
def count(*_signal: object) -> None:
    counter.incr("done")
