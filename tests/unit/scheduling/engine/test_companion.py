from __future__ import annotations

import threading

import pytest

from scheduling.clock import utc_now
from scheduling.engine.companion import Companion


class Brief(Companion):
    """Ends when it is told to."""

    def run(self) -> None:
        self._woken.wait()


class Stubborn(Companion):
    """In the middle of something until the test lets it go."""

    longest_goodbye_seconds = 0.01

    def __init__(self, let_go: threading.Event) -> None:
        super().__init__(clock=utc_now, leads=lambda: True)
        self._let_go = let_go

    def run(self) -> None:
        self._let_go.wait()


def test_it_bears_its_own_name_and_keeps_no_process_alive():
    thread = Brief(clock=utc_now, leads=lambda: True)
    assert (thread.name, thread.daemon) == ("brief", True)


@pytest.mark.parametrize("method", ["wake", "stop"])
def test_a_call_and_the_end_both_wake_it(method):
    thread = Brief(clock=utc_now, leads=lambda: True)
    thread.start()
    getattr(thread, method)()
    thread.join(10)
    assert not thread.is_alive()


def test_what_takes_longer_than_the_goodbye_is_left_behind():
    let_go = threading.Event()
    thread = Stubborn(let_go)
    thread.start()
    thread.stop()
    assert thread.is_alive()
    let_go.set()
    thread.join()
