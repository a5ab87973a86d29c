from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from scheduling.clock import utc_now
from scheduling.execution import process
from tests.waiting import wait_for

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


def test_a_group_was_there_from_its_beginning_on(start):
    child = start(SLEEPER)
    first_line(child)
    assert process.was_there(child.pid, utc_now())
    assert not process.was_there(child.pid, utc_now() - timedelta(seconds=3))


def test_a_group_that_outlives_its_leader_was_there_since_the_machine_was_booted(start):
    parent = start(PARENT)
    first_line(parent)
    parent.kill()
    parent.wait()
    assert process.was_there(parent.pid, utc_now() - timedelta(seconds=3))
    assert not process.was_there(parent.pid, utc_now() - timedelta(days=36_500))


def test_a_number_beyond_all_bounds_is_nobodys():
    assert not process.is_group_alive(2**63 - 1)


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


def test_a_group_whose_last_process_waits_to_be_collected_is_gone(start):
    child = start(SLEEPER)
    first_line(child)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert not process.is_group_alive(child.pid)


FAMILY = """
import os, time
from scheduling.execution import process
process.adopt_orphans()
assert not process.has_children()
def fork(then):
    pid = os.fork()
    if pid == 0:
        then()
        time.sleep(600)
    return pid
known = fork(lambda: None)
fork(lambda: fork(lambda: (os.setsid(), fork(lambda: None))))
fork(lambda: os._exit(0))
assert process.has_children()
assert process.end_children({known})
print(process.started_at(known) != "", process.has_children(), flush=True)
assert process.end_children()
print(process.has_children(), flush=True)
"""


def test_children_and_those_whom_they_leave_end_but_not_the_known(start):
    parent = start(FAMILY)
    assert first_line(parent) == "True True"
    assert first_line(parent) == "False"


def test_a_child_that_may_not_be_killed_is_left_and_told(monkeypatch):
    known = process._children()
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    with monkeypatch.context() as refused:
        refused.setattr(os, "kill", _refuse)
        assert not process.end_children(known)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    monkeypatch.setattr(os, "kill", _refuse)
    assert process.end_children(known)
    child.communicate()


def test_a_group_that_may_not_be_signalled_is_left(monkeypatch):
    monkeypatch.setattr(os, "killpg", _refuse)
    assert not process.kill_group(os.getpgrp(), signal.SIGKILL)


def _refuse(_pid: int, _number: int) -> None:
    raise PermissionError


def test_children_are_found_without_the_kernels_list_too(monkeypatch):
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    listed = process._children()
    monkeypatch.setattr(Path, "read_text", _not_found_in_task(Path.read_text))
    assert child.pid in process._children() == listed
    child.communicate(timeout=10)


def _not_found_in_task(read_text: Callable[..., str]) -> Callable[..., str]:
    def read(path: Path, *arguments: str, **options: str) -> str:
        if "task" in path.parts:
            raise FileNotFoundError
        return read_text(path, *arguments, **options)

    return read


def test_what_c_code_printed_is_written_out(start):
    code = """
import ctypes, os
from scheduling.execution.process import flush_c_streams
ctypes.CDLL(None).printf(b"held back ")
flush_c_streams()
os.write(1, b"until now\\n")
"""
    assert first_line(start(code)) == "held back until now"


def test_the_kernel_is_told_whom_to_take_and_to_leave_no_core(start):
    code = """
import resource
from scheduling.execution import process
process.be_easy_prey()
process.forbid_core_dumps()
print(open("/proc/self/oom_score_adj").read().strip(), resource.getrlimit(resource.RLIMIT_CORE))
"""
    assert first_line(start(code)) == "500 (0, 0)"


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


@pytest.mark.parametrize("group", [0, 1])
def test_numbers_that_stand_for_many_processes_are_no_group(group):
    assert not process.kill_group(group, signal.SIGCONT)
