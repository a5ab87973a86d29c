"""One way to say that something happened: `emit("run_finished", run=7, state="FAILED")`.

The line goes to the log named after the emitting area, as JSON in `logs/latest.log`.
"""

import structlog


def emit(event: str, /, *, area: str = "scheduler", level: str = "info", **fields: object) -> None:
    """Log `event` with `fields` under the logger `rollcall.<area>`."""
    getattr(structlog.get_logger(f"rollcall.{area}"), level)(event, **fields)
