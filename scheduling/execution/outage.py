"""Something that fails again and again: told once, tried less and less often."""

from __future__ import annotations

import time

from scheduling.events import emit

SHORTEST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 5.0
SILENT_SECONDS = 60.0


class Outage:
    """`what` names it in the log: `what_failed` when it begins, `what_works_again` at its end."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._pause = 0.0
        self._failures = 0
        self._told_at = 0.0

    def failed(self, error: Exception) -> float:
        """How many seconds to wait before the next try; the error is told once a minute."""
        self._failures += 1
        now = time.monotonic()
        if self._failures == 1 or now - self._told_at >= SILENT_SECONDS:
            self._told_at = now
            emit(
                f"{self._what}_failed",
                level="error",
                error=repr(error),
                failures=self._failures,
                exc_info=error,
            )
        self._pause = min(max(self._pause * 2, SHORTEST_PAUSE_SECONDS), LONGEST_PAUSE_SECONDS)
        return self._pause

    def is_over(self) -> None:
        """It worked. Costs nothing while nothing failed."""
        if self._failures:
            emit(f"{self._what}_works_again", failures=self._failures)
        self._failures, self._pause = 0, 0.0
