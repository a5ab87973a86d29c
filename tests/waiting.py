"""How a test waits for what it needs to see. Knows no Django: benchmarks use it too."""

from __future__ import annotations

import time
from collections.abc import Callable


def wait_for(condition: Callable[[], object], *, seconds: float = 30) -> None:
    """Return as soon as the condition holds; fail with its source line if it never does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.03)


def let_pass(seconds: float) -> None:
    """Let real time go by while what is tested works, or is broken."""
    time.sleep(seconds)
