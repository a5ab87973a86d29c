"""The course that every contestant runs: many schedules due at once, a job that does nothing.

Seconds count from the common due instant, with all processes up before. Runs in the peers' own
environment as well as in ours: the standard library is all it needs.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar

from scheduling.clock import utc_now

LOOK_SECONDS = 0.1
LONGEST_STANDSTILL = 30.0
LONGEST_RACE = 900.0
DATABASE_URL = os.environ.get("RACE_DATABASE_URL", "")
REDIS_URL = os.environ.get("RACE_REDIS_URL", "")


@dataclass
class Contestant(ABC):
    """One scheduler. `count` schedules are due at once, `lead_seconds` after their preparation."""

    lead_seconds: ClassVar[float] = 15.0
    seconds_per_schedule: ClassVar[float] = 0.001

    count: int
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @abstractmethod
    def prepare(self, due_at: datetime) -> None:
        """Store the schedules."""

    @abstractmethod
    def start(self) -> None:
        """Start whatever decides and runs."""

    @abstractmethod
    def handed_over(self) -> int:
        """How many due schedules are out of the scheduler's hands."""

    @abstractmethod
    def done(self) -> int:
        """How many have run, by the durable record if there is one."""

    def launch(self, *argv: str) -> None:
        """Start a process of the contestant; `stop` ends it."""
        self.processes.append(subprocess.Popen(argv, stdout=subprocess.DEVNULL))

    def stop(self) -> None:
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


@dataclass(frozen=True)
class Result:
    """Seconds from the due instant; None where the contestant came to a standstill before."""

    handed_over: float | None
    done: float | None
    done_count: int


def run_race(contestant: Contestant) -> Result:
    """Prepare, start, wait for the due instant, watch until all have run or nothing moves."""
    ready_at = utc_now() + timedelta(seconds=preparation_seconds(contestant))
    due_at = ready_at.replace(second=0, microsecond=0) + timedelta(minutes=1)
    contestant.prepare(due_at)
    if utc_now() > due_at - timedelta(seconds=contestant.lead_seconds / 3):
        raise SystemExit("The preparation took too long: give the contestant a longer lead.")
    contestant.start()
    try:
        return _watch(contestant, due_at)
    finally:
        contestant.stop()


def preparation_seconds(contestant: Contestant) -> float:
    """Enough for storing the schedules, and for the processes to come up."""
    return contestant.lead_seconds + contestant.count * contestant.seconds_per_schedule


def _watch(contestant: Contestant, due_at: datetime) -> Result:
    time.sleep(max((due_at - utc_now()).total_seconds(), 0.0))
    started = moved = time.monotonic()
    handed_over: float | None = None
    before = done = 0
    while time.monotonic() - moved < LONGEST_STANDSTILL:
        done = contestant.done()
        if handed_over is None and contestant.handed_over() >= contestant.count:
            handed_over = time.monotonic() - started
        if done >= contestant.count:
            seconds = time.monotonic() - started
            return Result(handed_over or seconds, seconds, done)
        if done > before:
            before, moved = done, time.monotonic()
        if time.monotonic() - started > LONGEST_RACE:
            break
        time.sleep(LOOK_SECONDS)
    return Result(handed_over, None, done)


class Counter:
    """Counts what happens in the contestant's own threads."""

    def __init__(self) -> None:
        self.value = 0
        self._lock = threading.Lock()

    def add(self, *_event: object) -> None:
        with self._lock:
            self.value += 1


def main(contestant: type[Contestant]) -> None:
    """Run one contestant with the count on the command line and print its result as JSON."""
    result = run_race(contestant(int(sys.argv[1])))
    print(json.dumps(vars(result)))
