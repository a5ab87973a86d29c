"""One way to say that something happened: `emit("run_finished", run=7, state="FAILED")`.

The line goes to the log named after the emitting area, as JSON in `logs/latest.log`.
"""

from functools import cache
from typing import Any

import structlog


def emit(event: str, /, *, area: str = "scheduler", level: str = "info", **fields: object) -> None:
    """Log `event` with `fields` under the logger `rollcall.<area>`."""
    getattr(_logger(area), level)(event, **fields)


@cache
def _logger(area: str) -> Any:
    return structlog.get_logger(f"rollcall.{area}")
