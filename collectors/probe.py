"""A kind that sleeps, reports, fails, crashes or hangs as told, and leaves evidence of what really
ran.

Evidence is one JSON line per start and end in the file that PROBE_EVIDENCE names, each written with
a single O_APPEND write, so that the ledger can be held against what happened whatever was killed.
"""

from __future__ import annotations

import json
import os
import secrets
import time
from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from pydantic import Field

from collectors.misbehaviour import Behaviour, misbehave
from scheduling.kinds import JobKind, Outcome, Params, RunContext, RunStopped


class ProbeParams(Params):
    behaviour: Behaviour = Field("succeed", description="What the run does.")
    seconds: float = Field(0.0, ge=0, le=86_400, description="How long it works before that.")
    steps: int = Field(1, ge=1, le=100_000, description="Progress reports on the way.")
    exit_code: int = Field(0, ge=0, le=255, description="For the behaviour `exit`.")
    megabytes: int = Field(1, ge=1, le=10_000, description="For those that print.")


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
        outcome = misbehave(
            params.behaviour, exit_code=params.exit_code, megabytes=params.megabytes
        )
        _leave_evidence(ctx, token, "end")
        if outcome is not None:
            return outcome
        return Outcome(found=params.steps, new=params.steps, summary=f"{params.steps} steps")


class NoOp(JobKind[Params]):
    slug = "noop"
    title = "Probe that does nothing"
    description = "Does nothing, for benchmarks: what a run costs beside its work."
    params = Params

    def run(self, ctx: RunContext, params: Params) -> Outcome:
        return Outcome()


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
        "monotonic": time.monotonic(),
    }
    settings.PROBE_EVIDENCE.parent.mkdir(parents=True, exist_ok=True)
    flags = os.O_APPEND | os.O_CREAT | os.O_WRONLY
    descriptor = os.open(settings.PROBE_EVIDENCE, flags, 0o644)
    try:
        os.write(descriptor, json.dumps(line).encode() + b"\n")
    finally:
        os.close(descriptor)
