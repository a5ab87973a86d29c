"""Every fault that is tried here: by `make faults` in rounds, by the suite once and shortly."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from scheduling.failpoints import NAMES
from tests.faults import clocks, databases, deploys, engines, poison, processes
from tests.faults.stage import Stage

BOTH = ("sqlite", "postgresql")
SQLITE, POSTGRES = BOTH[:1], BOTH[1:]
# The failpoints on either side of what is committed: the suite has time for these, in a row.
TELLING = (
    "engine.before_commit",
    "engine.after_commit",
    "execution.claim",
    "execution.before_finish",
    "execution.after_finish",
)


class Case(NamedTuple):
    """A fault of the catalogue by its id, and the procedure that brings it about.

    `on`: the databases that it is about. `suite`: those on which the suite tries it too.
    """

    id: str
    name: str
    procedure: Callable[[Stage], None]
    suite: tuple[str, ...] = ()
    on: tuple[str, ...] = BOTH

    def __str__(self) -> str:
        return f"{self.id} {self.name}"


CASES = (
    *(
        Case("F01", f"kill at {point}", processes.kill_at(point))
        for point in sorted(NAMES - processes.ELSEWHERE)
    ),
    Case("F01", "kill at one point after the other", processes.kill_at(*TELLING), suite=SQLITE),
    Case("F01", "kill at maintenance.purge", processes.kill_the_purge, suite=SQLITE),
    Case("F01", "kill engines", processes.kill_engines, suite=SQLITE),
    Case("F04", "end engines", processes.end_engines),
    Case("F06", "kill children", processes.kill_children, suite=SQLITE),
    Case("F08", "no engine", processes.look_without_an_engine, suite=SQLITE),
    Case("F10", "kill any of two engines", partial(engines.kill_any_of, 2)),
    Case("F10", "kill any of three engines", partial(engines.kill_any_of, 3)),
    Case("F11", "stop the leader", engines.stop_the_leader),
    Case("F12", "cut off the leader", databases.cut_off_the_leader, suite=POSTGRES, on=POSTGRES),
    Case("F16", "stalling engines", engines.pause_any_of_two),
    *(
        Case("F23", f"lost answer to {name}", databases.cut_at(name), suite=POSTGRES, on=POSTGRES)
        for name in databases.CUTS
    ),
    Case("F24", "stalled connections", databases.stall, suite=POSTGRES, on=POSTGRES),
    Case("F25", "slow connections", databases.slow_down, on=POSTGRES),
    Case("F30", "locked file", databases.lock_sqlite, suite=SQLITE, on=SQLITE),
    Case("F30", "full disk", databases.fill_sqlite_disk, suite=SQLITE, on=SQLITE),
    Case("F50", "clock set ahead", clocks.step_ahead),
    Case("F51", "clock set back", clocks.step_back),
    Case("F52", "swinging clock", clocks.swing),
    Case("F53", "suspended machine", clocks.sleep_for_hours),
    Case("F60", "dying kinds", poison.swallow(poison.DEAD)),
    Case("F61", "greedy kinds", poison.swallow(poison.GREEDY)),
    Case("F62", "stuck kinds", poison.swallow(poison.STUCK)),
    Case("F63", "kinds that leave processes", poison.swallow(poison.FAMILY), suite=SQLITE),
    Case("F64", "loud kinds", poison.swallow(poison.LOUD)),
    Case("F64", "1 GB of log", poison.swallow(poison.VERY_LOUD)),
    Case("F65", "raising kinds", poison.swallow(poison.RAISING)),
    Case("F66", "kinds that return nonsense", poison.swallow(poison.RETURNING)),
    Case("F67", "kinds that leave a mess", poison.swallow(poison.DIRTY)),
    Case("F71", "migration under the engine", deploys.migrate_under_the_engine),
)
