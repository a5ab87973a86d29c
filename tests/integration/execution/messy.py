"""A kind that leaves its process as no kind should, and the settings that a zygote finds it by."""

from __future__ import annotations

import decimal
import faulthandler
import locale
import logging
import os
import random
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.utils import timezone, translation

from config.settings import *  # noqa: F403
from scheduling.kinds import Cause, GiveUp, JobKind, Outcome, Params, RetryLater, RunContext

KIND_REGISTRIES = ["tests.integration.execution.messy.KINDS"]
KINDS = {"messy": "tests.integration.execution.messy.Messy"}
HELD: list[Any] = []
NOW = "2026-03-02T12:00:00+00:00"
FORGERIES: list[dict[str, Any]] = [
    {"type": "order"},
    {"type": ["log"]},
    {"type": "log", "at": NOW, "level": "INFO"},
    {"type": "log", "at": NOW, "level": "INFO", "text": ["a"]},
    {"type": "log", "at": NOW, "level": 3, "text": "a"},
    {"type": "log", "at": "noon", "level": "INFO", "text": "a"},
    {"type": "log", "at": "0001-01-01T00:00+14:00", "level": "INFO", "text": "a"},
    {"type": "progress", "done": "one", "total": None, "phase": ""},
    {"type": "progress", "done": 1, "total": None, "phase": None},
    {"type": "artifact", "name": None, "media_type": "text/csv", "size": 1, "sha256": "0"},
    {"type": "artifact", "name": "a", "media_type": [], "size": 1, "sha256": "0"},
    {"type": "result"},
    {"type": "result", "summary": ["a"], "outcome": {}},
    {"type": "failure", "text": "It has no reason."},
]


class MessyParams(Params):
    act: str


class Messy(JobKind[MessyParams]):
    slug = "messy"
    title = "Messy"
    description = "Leaves traces."
    params = MessyParams

    def run(self, ctx: RunContext, params: MessyParams) -> Outcome:
        result = ACTS[params.act](ctx)
        return result if isinstance(result, Outcome) else Outcome()


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise ValueError("no words")


def change_the_zone(_ctx: RunContext) -> None:
    before = os.environ.get("TZ")
    os.environ["TZ"] = "Asia/Kathmandu"
    time.tzset()
    os.environ.pop("TZ") if before is None else os.environ.update(TZ=before)


def leave_a_daemon_that_prints(_ctx: RunContext) -> None:
    threading.Thread(target=_print_on, daemon=True).start()


def _print_on() -> None:
    while True:
        os.write(1, b"late line\n")
        time.sleep(0.001)


def put_a_file_on_stdout(_ctx: RunContext) -> None:
    with Path(os.devnull).open("w") as nothing:
        os.dup2(nothing.fileno(), 1)


def close_the_standard_streams(_ctx: RunContext) -> None:
    for number in range(3):
        os.close(number)


def leave_a_grandchild(ctx: RunContext) -> None:
    """Forks twice, into a session of its own; it holds standard output."""
    reader, writer = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.write(writer, str(os.getpid()).encode())
            time.sleep(600)
        os._exit(0)
    os.wait()
    ctx.log(os.read(reader, 20).decode())
    os.close(reader)
    os.close(writer)


def leave_a_grandchild_and_crash(ctx: RunContext) -> None:
    leave_a_grandchild(ctx)
    os._exit(3)


def leave_a_grandchild_and_wait(ctx: RunContext) -> None:
    leave_a_grandchild(ctx)
    wait_for_the_stop(ctx)


def wait_for_the_stop(ctx: RunContext) -> None:
    ctx.progress(1)
    while not ctx.should_stop():
        time.sleep(0.01)


def run_a_program(ctx: RunContext) -> None:
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as program:
        wait_for_the_stop(ctx)
    if program.returncode:
        raise RuntimeError(f"It ended with {program.returncode}.")


def wait_beside_busy_threads(ctx: RunContext) -> None:
    def keep_busy() -> None:
        while not ctx.should_stop():
            event = threading.Event()
            event.set()
            event.wait(0)

    threads = [threading.Thread(target=keep_busy) for _ in range(3)]
    for thread in threads:
        thread.start()
    wait_for_the_stop(ctx)
    for thread in threads:
        thread.join()


def wait_for_ever(ctx: RunContext) -> None:
    ctx.progress(1)
    time.sleep(600)


def fork_and_return_twice(ctx: RunContext) -> None:
    if os.fork() == 0:
        raise RuntimeError("The fork fails, and nobody's run with it.")
    os.wait()


def tell_what_is_open(ctx: RunContext) -> None:
    for each in sorted(Path("/proc/self/fd").iterdir()):
        try:
            ctx.log(str(each.readlink()).partition(":")[0])
        except FileNotFoundError:
            continue


def leave_a_transaction(_ctx: RunContext) -> None:
    atomic = transaction.atomic()
    atomic.__enter__()
    HELD.append(atomic)
    connection.cursor().execute("SELECT 1")


def ask_the_database(ctx: RunContext) -> None:
    ctx.log(f"in a transaction: {connection.in_atomic_block}")
    connection.cursor().execute("SELECT 1")


def set_the_context(_ctx: RunContext) -> None:
    decimal.getcontext().prec = 3
    translation.activate("de")
    timezone.activate("Asia/Kathmandu")
    random.seed(1)


def tell_the_context(ctx: RunContext) -> None:
    precision = decimal.getcontext().prec
    zone = timezone.get_current_timezone_name()
    ctx.log(f"{precision} {translation.get_language()} {zone}")
    ctx.log(str(random.random()))


def recurse(ctx: RunContext) -> None:
    recurse(ctx)


def itself() -> Any:
    endless: list[Any] = []
    endless.append(endless)
    return endless


def forge(ctx: RunContext) -> None:
    for message in FORGERIES:
        ctx.channel.send(message)  # type: ignore[attr-defined]


def throw(error: BaseException) -> None:
    raise error


def many_errors(_ctx: RunContext) -> None:
    raise BaseExceptionGroup("many", [RuntimeError(str(number)) for number in range(10_000)])


ACTS: dict[str, Callable[[RunContext], object]] = {
    "nothing": lambda _: None,
    "log": lambda ctx: ctx.log("a line of its own"),
    # traces
    "directory": lambda _: os.chdir("/"),
    "umask": lambda _: os.umask(0o777),
    "environment": lambda _: os.environ.update(STRANGE="1"),
    "zone": change_the_zone,
    "locale": lambda _: locale.setlocale(locale.LC_ALL, "C.UTF-8"),
    "handler": lambda _: signal.signal(signal.SIGTERM, lambda *_: None),
    "ignored signal": lambda _: signal.signal(signal.SIGHUP, signal.SIG_IGN),
    "own signal": lambda _: signal.signal(signal.SIGUSR1, lambda *_: None),
    "no stack": lambda _: faulthandler.unregister(signal.SIGUSR1),
    "mask": lambda _: signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM]),
    "alarm": lambda _: signal.alarm(3600),
    "thread": lambda _: threading.Thread(target=time.sleep, args=(600,)).start(),
    "daemon that prints": leave_a_daemon_that_prints,
    "open file": lambda _: HELD.append(Path(os.devnull).open()),  # noqa: SIM115
    "stdout": put_a_file_on_stdout,
    "no streams": close_the_standard_streams,
    "print": lambda _: setattr(sys, "stdout", Path(os.devnull).open("w")),  # noqa: SIM115
    "time-out": lambda _: socket.setdefaulttimeout(3),
    "path": lambda _: sys.path.append("/nowhere"),
    "no logging": lambda _: logging.disable(logging.CRITICAL),
    "log handler": lambda _: logging.getLogger().addHandler(logging.NullHandler()),
    "warnings": lambda _: warnings.simplefilter("ignore", RuntimeWarning),
    "recursion": lambda _: sys.setrecursionlimit(5000),
    "limit": lambda _: resource.setrlimit(resource.RLIMIT_NOFILE, (200, 200)),
    "nice": lambda _: os.nice(3),
    "memory": lambda _: HELD.append(b"x" * (100 << 20)),
    "subprocess": lambda _: subprocess.Popen([sys.executable, "-c", "input()"]),
    "grandchild": leave_a_grandchild,
    # ends
    "grandchild, crash": leave_a_grandchild_and_crash,
    "grandchild, wait": leave_a_grandchild_and_wait,
    "fork": fork_and_return_twice,
    "stop": wait_for_the_stop,
    "wait": wait_for_ever,
    "busy threads": wait_beside_busy_threads,
    "program": run_a_program,
    "open": tell_what_is_open,
    "transaction": leave_a_transaction,
    "query": ask_the_database,
    "set context": set_the_context,
    "tell context": tell_the_context,
    "retry later": lambda _: throw(RetryLater("Busy.", cause=Cause.SOURCE_UNAVAILABLE)),
    "give up": lambda _: throw(GiveUp("Blocked.", cause=Cause.SOURCE_BLOCKED)),
    # what cannot be told as it is
    "broken words": lambda _: throw(Unspeakable()),
    "5 MB of words": lambda _: throw(RuntimeError("x" * 5_000_000)),
    "exit": lambda _: sys.exit(3),
    "interrupt": lambda _: throw(KeyboardInterrupt()),
    "generator exit": lambda _: throw(GeneratorExit()),
    "no depth": recurse,
    "many errors": many_errors,
    "no outcome": lambda _: Outcome(found="many"),  # type: ignore[arg-type]
    "no number": lambda _: Outcome(found=float("nan")),  # type: ignore[arg-type]
    "less than nothing": lambda _: Outcome(found=-1),
    "endless": lambda _: Outcome(found=itself()),
    "100 MB": lambda _: Outcome(found="x" * (100 << 20)),  # type: ignore[arg-type]
    "bytes": lambda _: Outcome(summary=b"x"),  # type: ignore[arg-type]
    "odd log": lambda ctx: ctx.log(b"bytes"),  # type: ignore[arg-type]
    "odd progress": lambda ctx: ctx.progress(float("nan")),  # type: ignore[arg-type]
    "odd phase": lambda ctx: ctx.progress(1, phase=["a"]),  # type: ignore[arg-type]
    "odd name": lambda ctx: ctx.artifact(None, b"a", media_type=""),  # type: ignore[arg-type]
    "forgeries": forge,
    # much
    "10 MB line": lambda ctx: ctx.log("x" * (10 << 20)),
    "30 MB line": lambda ctx: ctx.log("\N{SNOWMAN}" * (30 << 20)),
    "print 10 MB line": lambda _: print("x" * (10 << 20)),
    "print odd": lambda _: print("\udcff\x00\x1b[31m"),
}
