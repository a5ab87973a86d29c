"""Python sleeps by a call that libfaketime refuses when it leaves the monotonic clock alone."""

import select
import time


def _sleep(seconds: float) -> None:
    select.select([], [], [], seconds)


time.sleep = _sleep  # type: ignore[assignment]
