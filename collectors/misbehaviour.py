"""What the probe does when it is told to: each the shape of a fault that real kinds have had."""

from __future__ import annotations

import ctypes
import logging
import math
import os
import re
import signal
import socket
import sys
import tempfile
import threading
import time
from typing import TYPE_CHECKING, Any, Literal

from django.db import connection

from scheduling.kinds import Cause, GiveUp, Outcome, RetryLater

if TYPE_CHECKING:
    from collections.abc import Callable

Behaviour = Literal[
    "succeed",
    "fail",
    "give-up",
    "retry-later",
    "exit",
    "segfault",
    "abort",
    "kill",
    "hang",
    "spin",
    "regex",
    "ignore-stop",
    "ignore-signals",
    "eat-memory",
    "recurse",
    "print",
    "print-one-line",
    "raise-huge",
    "raise-unreadable",
    "raise-many",
    "raise-exit",
    "raise-interrupt",
    "return-text",
    "return-nan",
    "return-huge",
    "return-loop",
    "leave-thread",
    "leave-grandchild",
    "leave-daemon",
    "leave-open",
    "meddle",
    "inspect",
]
FOR_EVER = 1e6
HUGE = 5_000_000
CRIES = {"raise-exit": SystemExit(0), "raise-interrupt": KeyboardInterrupt()}


class Unreadable(Exception):
    """An exception whose own text cannot be had."""

    def __str__(self) -> str:
        raise RuntimeError("No text.")


def misbehave(behaviour: Behaviour, *, exit_code: int, megabytes: int) -> Outcome | None:
    """Do it; returns what the run is to return, None for its ordinary outcome."""
    match behaviour:
        case "exit":
            os._exit(exit_code)
        case "print":
            _print(megabytes)
        case "print-one-line":
            os.write(1, b"x" * megabytes * 1_000_000)
        case "raise-exit" | "raise-interrupt":
            raise CRIES[behaviour]
    return ACTS[behaviour]() if behaviour in ACTS else None


def _fail() -> None:
    raise RuntimeError("The probe was told to fail.")


def _give_up() -> None:
    raise GiveUp("The probe was told to give up.", cause=Cause.LAYOUT_CHANGED)


def _retry_later() -> None:
    raise RetryLater("The probe was told to come again.", cause=Cause.SOURCE_UNAVAILABLE)


def _hang() -> None:
    time.sleep(FOR_EVER)


def _spin() -> None:
    while True:
        pass


def _segfault() -> None:
    ctypes.string_at(0)


def _regex() -> None:
    """Hold the interpreter's lock in C code: only a signal to the process helps."""
    re.match(r"(a+)+$", "a" * 40 + "!")


def _ignore_signals() -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    _hang()


def _eat_memory() -> None:
    eaten = []
    while True:
        eaten.append(bytearray(64 * 1024 * 1024))


def _recurse() -> None:
    _recurse()


def _print(megabytes: int) -> None:
    line = b"\xff\x00 not text \x1b[31m " + b"x" * 1000 + b"\n"
    for _ in range(megabytes * 1_000_000 // len(line)):
        os.write(1, line)


def _raise_huge() -> None:
    raise RuntimeError("x" * HUGE)


def _raise_unreadable() -> None:
    raise Unreadable


def _raise_many() -> None:
    raise ExceptionGroup("many", [ValueError(number) for number in range(10_000)])


def _return_text() -> Any:
    return "done"


def _return_nan() -> Outcome:
    return Outcome(found=math.nan)  # type: ignore[arg-type]


def _return_huge() -> Outcome:
    return Outcome(summary="x" * HUGE)


def _return_loop() -> Outcome:
    loop: list[Any] = []
    loop.append(loop)
    return Outcome(found=loop)  # type: ignore[arg-type]


def _leave_thread() -> None:
    threading.Thread(target=time.sleep, args=(FOR_EVER,), daemon=False).start()


def _leave_grandchild() -> None:
    """A process that outlives its parent and holds the pipe to the log open."""
    if os.fork() == 0:
        if os.fork() == 0:
            time.sleep(FOR_EVER)
        os._exit(0)


def _leave_daemon() -> None:
    """The same, in a session of its own: signals to the run's group do not reach it."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(FOR_EVER)
        os._exit(0)


def _leave_open() -> None:
    """A transaction, a lock, threads, descriptors, a file: none given back."""
    connection.set_autocommit(False)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE left_behind (id integer)")
    for _ in range(4):  # the memory limit counts the address space of each
        threading.Thread(target=time.sleep, args=(FOR_EVER,), daemon=True).start()
    for _ in range(100):
        os.open(os.devnull, os.O_RDONLY)


def _meddle() -> None:
    """Change what every later run in this process would see."""
    os.chdir(tempfile.gettempdir())
    os.umask(0o777)
    os.environ.update(TZ="Asia/Tokyo", MEDDLED="1")
    time.tzset()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    socket.setdefaulttimeout(0.001)
    logging.disable(logging.CRITICAL)
    sys.path.insert(0, "/meddled")
    sys.setrecursionlimit(100)
    for descriptor in (0, 1, 2):
        os.close(descriptor)


def _inspect() -> None:
    """Fail if another run's `meddle` can be seen from here."""
    umask = os.umask(0o022)
    os.umask(umask)
    seen = {
        "folder": os.getcwd() == tempfile.gettempdir(),  # noqa: PTH109 - as meddle set it
        "umask": umask == 0o777,
        "environment": "MEDDLED" in os.environ,
        "zone": time.tzname == ("JST", "JST"),
        "signals": signal.getsignal(signal.SIGTERM) is signal.SIG_IGN,
        "sockets": socket.getdefaulttimeout() is not None,
        "logging": logging.root.manager.disable >= logging.CRITICAL,
        "path": "/meddled" in sys.path,
        "recursion": sys.getrecursionlimit() == 100,
    }
    found = [name for name, is_meddled in seen.items() if is_meddled]
    if found:
        raise RuntimeError(f"Another run left its marks: {', '.join(found)}.")


ACTS: dict[Behaviour, Callable[[], Outcome | None]] = {
    "fail": _fail,
    "give-up": _give_up,
    "retry-later": _retry_later,
    "segfault": _segfault,
    "abort": os.abort,
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "hang": _hang,
    "spin": _spin,
    "regex": _regex,
    "ignore-signals": _ignore_signals,
    "eat-memory": _eat_memory,
    "recurse": _recurse,
    "raise-huge": _raise_huge,
    "raise-unreadable": _raise_unreadable,
    "raise-many": _raise_many,
    "return-text": _return_text,
    "return-nan": _return_nan,
    "return-huge": _return_huge,
    "return-loop": _return_loop,
    "leave-thread": _leave_thread,
    "leave-grandchild": _leave_grandchild,
    "leave-daemon": _leave_daemon,
    "leave-open": _leave_open,
    "meddle": _meddle,
    "inspect": _inspect,
}
