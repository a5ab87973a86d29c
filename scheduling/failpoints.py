"""Places where a test may break the process.

For example `FAILPOINTS=engine.before_commit:kill@3,execution.claim:raise`. Each entry is
`name:action`, and `@n` means the n-th passage only, counted per process. Actions: `kill` (SIGKILL
to this process), `raise` (OperationalError, as a lost database would), `exit` (exit code 70).
Without the variable `reach` is a function that does nothing.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

NAMES = frozenset(
    {
        "engine.select_due",
        "engine.compute",
        "engine.insert",
        "engine.before_commit",
        "engine.after_commit",
        "engine.dispatch",
        "execution.dispatch",
        "execution.claim",
        "execution.receive",
        "execution.body",
        "execution.heartbeat",
        "execution.result",
        "execution.before_finish",
        "execution.after_finish",
        "maintenance.purge",
    }
)


class UnknownFailpoint(ValueError):
    """FAILPOINTS names a point or an action that does not exist."""


def parse(setting: str) -> dict[str, tuple[str, int]]:
    """Read the setting: point -> (action, passage), passage 0 meaning every one."""
    plan: dict[str, tuple[str, int]] = {}
    for entry in filter(None, (part.strip() for part in setting.split(","))):
        name, _, rest = entry.partition(":")
        action, _, passage = rest.partition("@")
        if name not in NAMES or action not in _ACTIONS or not (passage or "0").isdecimal():
            raise UnknownFailpoint(
                f"FAILPOINTS has {entry!r}; write POINT:ACTION or POINT:ACTION@N with a point of "
                f"{', '.join(sorted(NAMES))} and an action of {', '.join(_ACTIONS)}."
            )
        plan[name] = (action, int(passage or 0))
    return plan


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _raise() -> None:
    from django.db import OperationalError

    raise OperationalError("failpoint")


def _exit() -> None:
    os._exit(70)


_ACTIONS: dict[str, Callable[[], None]] = {"kill": _kill, "raise": _raise, "exit": _exit}


def _armed(plan: dict[str, tuple[str, int]]) -> Callable[[str], None]:
    passages: Counter[str] = Counter()

    def reach(name: str) -> None:
        passages[name] += 1
        action, passage = plan.get(name, ("", 0))
        if action and passage in (0, passages[name]):
            _ACTIONS[action]()

    return reach


def _unarmed(_name: str) -> None:
    """No failpoints are set."""


_plan = parse(os.environ.get("FAILPOINTS", ""))
reach = _armed(_plan) if _plan else _unarmed
