from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from scheduling.management.stop_signals import StopSignals

WAITS = """
from scheduling.management.stop_signals import StopSignals
signals = StopSignals()
signals.install()
print("ready", flush=True)
while not signals.wait(1):
    pass
print(signals.count, flush=True)
"""


def test_waiting_ends_without_a_signal_when_the_time_is_up():
    signals = StopSignals()
    assert not signals.wait(0.01)
    assert signals.count == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_is_counted_and_from_then_on_waiting_is_over_at_once(number):
    before = {each: signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)}
    signals = StopSignals()
    try:
        signals.install()
        os.kill(os.getpid(), number)
        assert signals.wait(60)
        assert signals.wait(60)
        os.kill(os.getpid(), number)
        assert signals.count == 2
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def test_signals_that_come_together_hang_nothing():
    """Ctrl-C under `make`, or `timeout`, brings several at once, at any line of the main thread."""
    for _ in range(20):
        with subprocess.Popen([sys.executable, "-c", WAITS], stdout=subprocess.PIPE) as waiting:
            assert waiting.stdout is not None
            assert waiting.stdout.readline() == b"ready\n"
            for number in [signal.SIGTERM, signal.SIGINT] * 200:
                os.kill(waiting.pid, number)
            assert int(waiting.communicate(timeout=30)[0]) >= 1
            assert waiting.returncode in {0, -signal.SIGINT}
