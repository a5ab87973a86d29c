from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from scheduling.execution import process
from tests.integration.engine.processes import wait_for

SLEEPER = "import sys, time; print('up', flush=True); time.sleep(600)"
# A parent that leaves a grandchild in its group and tells both pids.
PARENT = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(child.pid, flush=True)
time.sleep(600)
"""
ORPHAN = """
import os, sys, time
from scheduling.execution.process import die_with_parent
reader, writer = os.pipe()
if os.fork() == 0:
    die_with_parent()
    os.write(writer, b"x")
    time.sleep(600)
os.read(reader, 1)
print("ready", flush=True)
time.sleep(600)
"""

Start = Callable[[str], subprocess.Popen[str]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts Python in a session of its own and waits for its first line."""
    started: list[subprocess.Popen[str]] = []

    def begin(code: str) -> subprocess.Popen[str]:
        child = subprocess.Popen(
            [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        started.append(child)
        return child

    yield begin
    for child in started:
        process.kill_group(child.pid, signal.SIGKILL)
        child.communicate(timeout=10)


def first_line(child: subprocess.Popen[str]) -> str:
    assert child.stdout is not None
    return child.stdout.readline().strip()


def test_this_process_is_alive():
    start = process.started_at(os.getpid())
    assert start.isdecimal()
    assert process.is_alive(os.getpid(), start)


def test_a_process_that_took_the_same_pid_is_another():
    assert not process.is_alive(os.getpid(), "1")


def test_a_start_time_that_is_not_known_proves_nothing():
    assert not process.is_alive(os.getpid(), "")


def test_the_start_time_is_found_behind_any_command_name(tmp_path):
    script = tmp_path / "a) S 1 (b"
    script.symlink_to(sys.executable)
    child = subprocess.Popen([script, "-c", SLEEPER], stdout=subprocess.PIPE, text=True)
    first_line(child)
    begun = process.started_at(child.pid)
    assert begun.isdecimal()
    assert int(begun) >= int(process.started_at(os.getpid()))
    child.kill()
    child.communicate(timeout=10)


def test_a_dead_process_is_not_alive_even_before_it_is_collected(start):
    child = start(SLEEPER)
    first_line(child)
    begun = process.started_at(child.pid)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert not process.is_alive(child.pid, begun)
    child.wait()
    assert process.started_at(child.pid) == ""
    assert not process.is_alive(child.pid, begun)


def test_a_whole_group_is_killed(start):
    parent = start(PARENT)
    grandchild = int(first_line(parent))
    begun = process.started_at(grandchild)
    assert process.is_group_alive(parent.pid)
    assert process.kill_group(parent.pid, signal.SIGKILL)
    parent.wait()
    wait_for(lambda: not process.is_alive(grandchild, begun))


def test_the_group_outlives_its_leader_until_the_last_one_is_gone(start):
    parent = start(PARENT)
    first_line(parent)
    parent.kill()
    parent.wait()
    assert process.is_group_alive(parent.pid)


def test_nobody_is_left_in_a_group_that_ended(start):
    child = start("print('gone')")
    child.wait()
    assert not process.is_group_alive(child.pid)
    assert not process.kill_group(child.pid, signal.SIGKILL)


def test_a_child_dies_with_its_parent(start):
    parent = start(ORPHAN)
    first_line(parent)
    parent.kill()
    parent.wait()
    assert parent.stdout is not None
    assert parent.stdout.read() == ""  # the pipe ends once the orphan is gone too


def test_memory_beyond_the_limit_is_an_error_and_no_crash(start):
    code = """
from scheduling.execution.process import limit_memory
limit_memory(300)
try:
    bytearray(400 * 1024 * 1024)
except MemoryError:
    print("refused")
"""
    assert first_line(start(code)) == "refused"
