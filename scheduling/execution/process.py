"""Processes of this machine, named beyond doubt by pid and start time: pids come again."""

import ctypes
import os
import resource
import signal
import time
from collections.abc import Collection
from contextlib import suppress
from datetime import datetime
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
EASY_PREY = "500"
END_SECONDS = 2.0
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_libc = ctypes.CDLL(None, use_errno=True)


def started_at(pid: int) -> str:
    """The kernel's start time of `pid` in clock ticks since boot; "" when there is no such process.

    Field 22 of /proc/PID/stat (proc(5)), counted after the command name, which may hold anything.
    """
    fields = _stat(pid)
    return "" if not fields or _is_gone(fields) else fields[19]


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the third on; [] when there is no such process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return stat.rpartition(")")[2].split()


def _is_gone(fields: list[str]) -> bool:
    return fields[0] in "ZX"


def is_alive(pid: int, start: str) -> bool:
    """True if the process that had `pid` and `start` still lives."""
    return bool(start) and started_at(pid) == start


def was_there(group: int, at: datetime) -> bool:
    """False if the group's number came again after `at`: it names others now.

    So it does if the machine was booted later, or if the group's leader, where it lives, began
    later; a second is nothing.
    """
    began = _booted_at() + int(started_at(group) or 0) / TICKS_PER_SECOND
    return began <= at.timestamp() + 1


def _booted_at() -> int:
    """When the machine was booted, in seconds since 1970 by its own clock (proc(5))."""
    lines = Path("/proc/stat").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("btime "))


def kill_group(group: int, number: signal.Signals) -> bool:
    """Signal a process group; False when nobody is left in it that may be signalled."""
    if group <= 1:
        return False  # killpg(2) takes 0 for our own group and 1 for everybody
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def is_group_alive(group: int) -> bool:
    """True while a process of the group runs; one that waits to be collected is gone."""
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return any(
        fields and not _is_gone(fields) and int(fields[2]) == group
        for fields in map(_stat, _all_pids())
    )


def end_group(group: int) -> None:
    """Kill a process group and wait, for END_SECONDS at most, until nobody of it runs."""
    deadline = time.monotonic() + END_SECONDS
    kill_group(group, signal.SIGKILL)
    while is_group_alive(group) and time.monotonic() < deadline:
        time.sleep(0.005)


def _all_pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdecimal()]  # noqa: PTH208 - fast


def has_children() -> bool:
    """True if this process has a child, be it one that waits to be collected."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def end_children(known: Collection[int] = ()) -> bool:
    """Kill and collect the children of this process but those `known`, and whom they leave to it.

    Returns False if some still live after END_SECONDS, or may not be killed: another user's.
    """
    deadline = time.monotonic() + END_SECONDS
    beyond_reach: set[int] = set()
    while strangers := _children() - set(known) - beyond_reach:
        if time.monotonic() > deadline:
            return False
        beyond_reach |= {pid for pid in strangers if not _end_child(pid)}
    return not beyond_reach


def _end_child(pid: int) -> bool:
    """Kill it, and collect it if it is dead; False if it lives and may not be killed."""
    with suppress(ProcessLookupError, ChildProcessError):
        try:
            os.kill(pid, signal.SIGKILL)
        except PermissionError:
            return os.waitpid(pid, os.WNOHANG)[0] == pid
        os.waitpid(pid, os.WNOHANG)
    return True


def _children() -> set[int]:
    """Those of the main thread, where orphans and the children of ended threads go."""
    me = os.getpid()
    try:
        return set(map(int, Path(f"/proc/{me}/task/{me}/children").read_text("ascii").split()))
    except FileNotFoundError:  # a kernel without CONFIG_PROC_CHILDREN
        return {pid for pid in _all_pids() if _stat(pid)[1:2] == [str(me)]}


def die_with_parent() -> None:
    """Ask the kernel to kill this process when the thread that forked it ends (prctl(2))."""
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def adopt_orphans() -> None:
    """Have descendants that lose their parent become children of this process (prctl(2))."""
    _prctl(PR_SET_CHILD_SUBREAPER, 1)


def _prctl(option: int, value: int) -> None:
    if _libc.prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl({option}) failed")


def flush_c_streams() -> None:
    """Write out what C code printed and its library still holds."""
    _libc.fflush(None)


def limit_memory(megabytes: int) -> None:
    """Cap the address space: an allocation beyond it raises MemoryError."""
    size = megabytes * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (size, size))


def forbid_core_dumps() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def be_easy_prey() -> None:
    """When memory runs out, the kernel is to take this process rather than the engine."""
    Path("/proc/self/oom_score_adj").write_text(EASY_PREY, encoding="ascii")
