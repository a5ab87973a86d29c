from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from scheduling.management.stop_signals import StopSignals

PIPE_SIZE = 65_536  # bytes (pipe(7))
WAITS = """
import sys
from scheduling.management.stop_signals import StopSignals
signals = StopSignals()
signals.install()
print("ready", flush=True)
assert signals.wait(600)
sys.stdin.read()
print(signals.count, flush=True)
"""
ANOTHER_THREAD = """
import signal, threading
from scheduling.management.stop_signals import StopSignals
signals = StopSignals()
signals.install()

def take_two():
    for _ in range(2):
        signal.pthread_kill(threading.get_ident(), signal.SIGTERM)
    while signals.count < 2:
        threading.Event().wait(0.01)

thread = threading.Thread(target=take_two)
thread.start()
thread.join()
print(signals.count)
"""


def test_waiting_ends_without_a_signal_when_the_time_is_up():
    signals = StopSignals()
    assert not signals.wait(0.01)
    assert signals.count == 0


@pytest.fixture
def signals() -> Iterator[StopSignals]:
    """Installed in this process; the handlers are given back."""
    before = {each: signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)}
    signals = StopSignals()
    signals.install()
    yield signals
    signal.set_wakeup_fd(-1)
    for each, handler in before.items():
        signal.signal(each, handler)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_is_counted_and_from_then_on_waiting_is_over_at_once(signals, number):
    os.kill(os.getpid(), number)
    assert signals.wait(60)
    assert signals.wait(60)
    os.kill(os.getpid(), number)
    assert signals.count == 2


def test_more_signals_than_the_pipe_holds_do_no_harm(signals):
    for _ in range(PIPE_SIZE + 1):
        os.kill(os.getpid(), signal.SIGTERM)
    assert signals.wait(60)
    assert signals.count == PIPE_SIZE + 1


def test_signals_that_come_together_hang_nothing():
    """Ctrl-C under `make`, or `timeout`, brings several at once, at any line of the main thread."""
    for _ in range(3):
        with subprocess.Popen(
            [sys.executable, "-c", WAITS], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as waiting:
            assert waiting.stdout is not None
            assert waiting.stdout.readline() == b"ready\n"
            for number in [signal.SIGTERM, signal.SIGINT] * 20_000:
                os.kill(waiting.pid, number)
            try:
                out, _ = waiting.communicate(timeout=30)
            finally:
                waiting.kill()
            assert int(out) >= 2
            assert waiting.returncode == 0


def test_a_signal_counts_that_another_thread_was_given_while_the_main_one_waits_for_it():
    """As two that come quickly: the kernel gives the second to a thread that is free."""
    done = subprocess.run(
        [sys.executable, "-c", ANOTHER_THREAD], capture_output=True, text=True, timeout=30
    )
    assert done.stdout == "2\n"
