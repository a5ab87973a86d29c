"""Logs: one JSON object a line in `logs/latest.log`, readable lines on a terminal."""

import logging.config
from pathlib import Path
from typing import Any

import structlog

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def _formatter(renderer: Any) -> dict[str, Any]:
    return {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": SHARED,
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            structlog.processors.EventRenamer("message"),
            renderer,
        ],
    }


def _terminal_line(_logger: Any, _name: str, event: dict[str, Any]) -> str:
    head = f"{event.pop('timestamp')} {event.pop('level'):<7} {event.pop('message')}"
    trace = event.pop("exception", "")
    event.pop("logger", None)
    rest = " ".join(f"{key}={value}" for key, value in event.items())
    return "\n".join(part for part in (f"{head} {rest}".rstrip(), trace) if part)


def logging_config(folder: Path, level: str) -> None:
    """Set logging up: WARNING and above on the terminal, everything from `level` on in the file."""
    folder.mkdir(parents=True, exist_ok=True)
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "json": _formatter(structlog.processors.JSONRenderer(default=str)),
                "terminal": _formatter(_terminal_line),
            },
            "handlers": {
                "file": {
                    "class": "logging.handlers.WatchedFileHandler",
                    "filename": str(folder / "latest.log"),
                    "formatter": "json",
                    "encoding": "utf-8",
                    "delay": True,
                },
                "terminal": {
                    "class": "logging.StreamHandler",
                    "formatter": "terminal",
                    "level": "WARNING",
                },
            },
            "root": {"handlers": ["file", "terminal"], "level": level},
            # APScheduler tells every added and removed job; the ledger already does.
            "loggers": {"apscheduler": {"level": "ERROR"}, "httpx2": {"level": "WARNING"}},
        }
    )
