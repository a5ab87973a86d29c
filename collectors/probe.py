"""A kind that sleeps, reports, fails, crashes or hangs as told, and leaves evidence of what really
ran.

Evidence is one JSON line per start and end in the file that PROBE_EVIDENCE names, each written with
a single O_APPEND write, so that the ledger can be held against what happened whatever was killed.
"""

from __future__ import annotations

import ctypes
import json
import os
import re
import secrets
import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, Literal

from django.conf import settings
from pydantic import Field

from scheduling.kinds import (
    Cause,
    GiveUp,
    JobKind,
    Outcome,
    Params,
    RetryLater,
    RunContext,
    RunStopped,
)

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
    "eat-memory",
    "print",
    "ignore-stop",
    "leave-thread",
]


class ProbeParams(Params):
    behaviour: Behaviour = Field("succeed", description="What the run does.")
    seconds: float = Field(0.0, ge=0, le=86_400, description="How long it works before that.")
    steps: int = Field(1, ge=1, le=100_000, description="Progress reports on the way.")
    exit_code: int = Field(0, ge=0, le=255, description="For the behaviour `exit`.")
    megabytes: int = Field(1, ge=1, le=10_000, description="For the behaviour `print`.")


class Probe(JobKind[ProbeParams]):
    slug = "probe"
    title = "Probe"
    description = (
        "Does what it is told, for tests: sleeps, reports progress, fails, crashes or hangs."
    )
    params = ProbeParams
    time_limit: ClassVar[timedelta] = timedelta(minutes=5)

    def run(self, ctx: RunContext, params: ProbeParams) -> Outcome:
        token = secrets.token_hex(8)
        _leave_evidence(ctx, token, "start")
        _work(ctx, params)
        BEHAVIOURS[params.behaviour](params)
        _leave_evidence(ctx, token, "end")
        return Outcome(found=params.steps, new=params.steps, summary=f"{params.steps} steps")


def _work(ctx: RunContext, params: ProbeParams) -> None:
    for step in range(params.steps):
        if ctx.should_stop() and params.behaviour != "ignore-stop":
            raise RunStopped("The probe was asked to stop.")
        ctx.progress(step, params.steps, "probing")
        time.sleep(params.seconds / params.steps)
    ctx.log(f"{params.steps} steps done")
    ctx.progress(params.steps, params.steps, "done")


def _leave_evidence(ctx: RunContext, token: str, event: str) -> None:
    line = {
        "job": ctx.job_name,
        "scheduled_for": ctx.planned_at.isoformat() if ctx.planned_at else None,
        "attempt": ctx.attempt,
        "token": token,
        "ev": event,
        "t": ctx.now().isoformat(),
    }
    settings.PROBE_EVIDENCE.parent.mkdir(parents=True, exist_ok=True)
    flags = os.O_APPEND | os.O_CREAT | os.O_WRONLY
    descriptor = os.open(settings.PROBE_EVIDENCE, flags, 0o644)
    try:
        os.write(descriptor, json.dumps(line).encode() + b"\n")
    finally:
        os.close(descriptor)


def _fail(_params: ProbeParams) -> None:
    raise RuntimeError("The probe was told to fail.")


def _give_up(_params: ProbeParams) -> None:
    raise GiveUp("The probe was told to give up.", cause=Cause.LAYOUT_CHANGED)


def _retry_later(_params: ProbeParams) -> None:
    raise RetryLater("The probe was told to come again.", cause=Cause.SOURCE_UNAVAILABLE)


def _exit(params: ProbeParams) -> None:
    os._exit(params.exit_code)


def _segfault(_params: ProbeParams) -> None:
    ctypes.string_at(0)


def _kill(_params: ProbeParams) -> None:
    os.kill(os.getpid(), 9)


def _hang(_params: ProbeParams) -> None:
    time.sleep(1e6)


def _spin(_params: ProbeParams) -> None:
    while True:
        pass


def _regex(_params: ProbeParams) -> None:
    """Hold the interpreter's lock in C code: only a signal to the process helps."""
    re.match(r"(a+)+$", "a" * 40 + "!")


def _eat_memory(_params: ProbeParams) -> None:
    eaten = []
    while True:
        eaten.append(bytearray(64 * 1024 * 1024))


def _print(params: ProbeParams) -> None:
    line = b"\xff\x00 not text \x1b[31m " + b"x" * 1000 + b"\n"
    for _ in range(params.megabytes * 1_000_000 // len(line)):
        os.write(1, line)


def _leave_thread(_params: ProbeParams) -> None:
    threading.Thread(target=time.sleep, args=(1e6,), daemon=False).start()


BEHAVIOURS: dict[str, Callable[[ProbeParams], object]] = {
    "succeed": lambda _params: None,
    "fail": _fail,
    "give-up": _give_up,
    "retry-later": _retry_later,
    "exit": _exit,
    "segfault": _segfault,
    "abort": lambda _params: os.abort(),
    "kill": _kill,
    "hang": _hang,
    "spin": _spin,
    "regex": _regex,
    "eat-memory": _eat_memory,
    "print": _print,
    "ignore-stop": lambda _params: None,
    "leave-thread": _leave_thread,
}
