"""What an attempt left behind in its process: only one that left nothing may serve the next.

Seen here is what the next attempt would trip over without knowing: the process's place and rights,
its descriptors, threads, signals and limits, and settings of the standard library. Not seen is what
a kind keeps in memory: globals of modules, and attributes of the kind itself. They last from
attempt to attempt in the same child, as they do in any server.
"""

from __future__ import annotations

import gc
import locale
import logging
import os
import resource
import signal
import socket
import sys
import threading
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MOST_GROWTH_KB = 64 * 1024
RIGHTS = ("Umask", "Uid", "Gid", "Groups")
SIGNALS = ("SigBlk", "SigIgn", "SigCgt")
LIMITS = tuple(getattr(resource, name) for name in dir(resource) if name.startswith("RLIMIT_"))


@dataclass(frozen=True)
class Traces:
    """What to compare, under the words that name it to people."""

    seen: dict[str, Any]
    memory_kb: int


def read() -> Traces:
    """Look at this process. Costs about 0.1 ms."""
    status = _status()
    seen = {
        "working directory": os.readlink("/proc/self/cwd"),  # noqa: PTH115 - it may be deleted
        "rights": [status.get(name) for name in RIGHTS],
        "environment": dict(os.environ),
        "time zone": (time.tzname, time.timezone),
        "locale": locale.setlocale(locale.LC_ALL),
        "signals": _signals(status),
        "threads": (status["Threads"], threading.excepthook),
        "open files": _open_files(),
        "standard streams": (id(sys.stdin), id(sys.stdout), id(sys.stderr)),
        "network time-out": socket.getdefaulttimeout(),
        "interpreter": _interpreter(),
        "logging": _logging(),
        "limits": (
            os.getpriority(os.PRIO_PROCESS, 0),
            [resource.getrlimit(limit) for limit in LIMITS],
        ),
    }
    return Traces(seen, int(status["RssAnon"].split()[0]))


def left_behind(before: Traces, after: Traces) -> list[str]:
    """Name what is no longer as it was; [] when the process is as good as new. Pure."""
    names = [name for name, value in before.seen.items() if after.seen[name] != value]
    if after.memory_kb - before.memory_kb > MOST_GROWTH_KB:
        names.append("memory")
    return names


def _status() -> dict[str, str]:
    lines = Path("/proc/self/status").read_text(encoding="utf-8", errors="replace").splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def _signals(status: dict[str, str]) -> tuple[Any, ...]:
    """Masks of what is caught and ignored say it all, but for our own SIGUSR1's handler."""
    return (
        [status[name] for name in SIGNALS],
        signal.getsignal(signal.SIGUSR1),
        signal.getitimer(signal.ITIMER_REAL),
    )


def _open_files() -> dict[str, str]:
    files = {}
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 - names are all we need
        try:
            files[name] = os.readlink(f"/proc/self/fd/{name}")  # noqa: PTH115 - no file to follow
        except FileNotFoundError:
            continue  # the one that listed them
    return files


def _interpreter() -> tuple[Any, ...]:
    return (
        tuple(sys.path),
        sys.getrecursionlimit(),
        (sys.gettrace(), sys.getprofile(), sys.excepthook),
        (gc.isenabled(), gc.get_threshold()),
        len(warnings.filters),
        warnings.showwarning,
    )


def _logging() -> tuple[Any, ...]:
    root = logging.getLogger()
    return (root.manager.disable, root.level, tuple(map(id, root.handlers)))
