"""What the threads have in common that work beside an engine's ticks and delay none."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from scheduling.clock import Clock


class Companion(threading.Thread):
    """`leads` tells whether this engine is the one that ticks; it asks no database."""

    longest_goodbye_seconds: ClassVar[float | None] = None

    def __init__(self, *, clock: Clock, leads: Callable[[], bool]) -> None:
        super().__init__(name=type(self).__name__.lower(), daemon=True)
        self._clock = clock
        self._leads = leads
        self._woken = threading.Event()
        self._over = threading.Event()

    def wake(self) -> None:
        """Something may have changed; may be called from any thread."""
        self._woken.set()

    def stop(self) -> None:
        """Wait for its end; what takes longer than the goodbye is left behind in its middle."""
        self._over.set()
        self._woken.set()
        self.join(self.longest_goodbye_seconds)
