"""Processes of this machine, named beyond doubt by pid and start time: pids come again."""

import ctypes
import os
import resource
import signal
from pathlib import Path

PR_SET_PDEATHSIG = 1


def started_at(pid: int) -> str:
    """The kernel's start time of `pid` in clock ticks since boot; "" when there is no such process.

    Field 22 of /proc/PID/stat (proc(5)), counted after the command name, which may hold anything.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    fields = stat.rpartition(")")[2].split()
    is_gone = fields[0] in "ZX"
    return "" if is_gone else fields[19]


def is_alive(pid: int, start: str) -> bool:
    """True if the process that had `pid` and `start` still lives."""
    return bool(start) and started_at(pid) == start


def kill_group(group: int, number: signal.Signals) -> bool:
    """Signal a process group; False when nobody is left in it."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    return True


def is_group_alive(group: int) -> bool:
    """True while a process of the group runs; one that waits to be collected is gone."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and _group_of(entry) == group:
            return True
    return False


def _group_of(entry: Path) -> int:
    try:
        fields = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return -1
    return -1 if fields[0] in "ZX" else int(fields[2])


def die_with_parent() -> None:
    """Ask the kernel to kill this process when the thread that forked it ends (prctl(2))."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")


def limit_memory(megabytes: int) -> None:
    """Cap the address space: an allocation beyond it raises MemoryError."""
    size = megabytes * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
