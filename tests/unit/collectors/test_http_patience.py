from collections.abc import Callable

import pytest

from collectors.http.patience import (
    STOP_CHECK_SECONDS,
    Deadline,
    Patience,
    TimeIsUp,
    machine_seconds,
)
from scheduling.kinds import RunStopped


class FakeClock:
    """Moves only when slept on; `stops_at` is when the run is asked to end."""

    def __init__(self, stops_at: float = float("inf")) -> None:
        self.at = 1000.0
        self.stops_at = stops_at

    def patience(self) -> Patience:
        return Patience(lambda: self.at >= self.stops_at, lambda: self.at, self.sleep)

    def sleep(self, seconds: float) -> None:
        self.at += seconds


def test_waiting_takes_as_long_as_asked():
    clock = FakeClock()
    clock.patience().wait(12.5)
    assert clock.at == pytest.approx(1012.5)


@pytest.mark.parametrize("seconds", [0, -3])
def test_no_wait_is_no_sleep(seconds):
    clock = FakeClock()
    clock.patience().wait(seconds)
    assert clock.at == 1000


def test_a_stop_ends_a_wait_at_once():
    clock = FakeClock(stops_at=1003)
    with pytest.raises(RunStopped):
        clock.patience().wait(600)
    assert clock.at <= 1003 + STOP_CHECK_SECONDS


def test_a_stopped_run_does_not_begin_to_wait():
    clock = FakeClock(stops_at=0)
    with pytest.raises(RunStopped):
        clock.patience().wait(0)


def test_a_deadline_cuts_every_step():
    clock = FakeClock()
    deadline = Deadline(clock.patience(), 10)
    deadline.restart()
    assert deadline.cut(4) == 4
    clock.sleep(7)
    assert deadline.cut(4) == 3
    assert deadline.cut(None) == 3
    clock.sleep(3)
    with pytest.raises(TimeIsUp, match="10 seconds"):
        deadline.cut(4)


def test_a_restarted_deadline_gives_the_whole_time_again():
    clock = FakeClock()
    deadline = Deadline(clock.patience(), 10)
    deadline.restart()
    clock.sleep(11)
    deadline.restart()
    assert deadline.cut(None) == 10


def drain(deadline: Deadline, timeout: float | None, sleep: Callable[[float], None]) -> None:
    for pulse in deadline.pulses(timeout):
        sleep(pulse)


def test_pulses_fill_the_timeout():
    clock = FakeClock()
    deadline = Deadline(clock.patience(), 100)
    deadline.restart()
    drain(deadline, 2.3, clock.sleep)
    assert clock.at == pytest.approx(1002.3)


def test_pulses_end_at_the_deadline_and_at_a_stop():
    clock = FakeClock(stops_at=1005)
    deadline = Deadline(clock.patience(), 3)
    deadline.restart()
    with pytest.raises(TimeIsUp):
        drain(deadline, None, clock.sleep)
    deadline.restart()
    with pytest.raises(RunStopped):
        drain(deadline, None, clock.sleep)
    assert clock.at <= 1005 + STOP_CHECK_SECONDS


def test_the_machines_clock_does_not_go_back():
    first = machine_seconds()
    assert first <= machine_seconds()
