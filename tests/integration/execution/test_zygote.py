"""Real children of a real zygote: used again while they are as good as new, and gone when not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

import pytest

from scheduling.clock import utc_now
from scheduling.execution import process
from scheduling.execution.child import Child
from scheduling.execution.runner import Order
from scheduling.execution.verdict import Ending, StopCause
from scheduling.execution.zygote import ChildNotStarted, Zygote
from scheduling.models import Attempt, Run
from tests.integration.execution.messy import FORGERIES
from tests.waiting import wait_for

pytestmark = pytest.mark.one_database
SETTINGS = "tests.integration.execution.messy"
LAST_LINE = "This process serves no other run."


@dataclass
class Done:
    child: Child
    ending: Ending
    lines: list[str]

    @property
    def message(self) -> dict[str, Any]:
        return self.ending.message or {}


Act = Callable[[str], Done]


@pytest.fixture(scope="module")
def shared_zygote() -> Iterator[Zygote]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_SETTINGS_MODULE", SETTINGS)
        zygote = Zygote()
        zygote.start()
    yield zygote
    zygote.close()


@pytest.fixture
def zygote(shared_zygote: Zygote, monkeypatch: pytest.MonkeyPatch) -> Zygote:
    """Any zygote that is started in its place finds the kind too."""
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", SETTINGS)
    return shared_zygote


def start(zygote: Zygote, act: str) -> Child:
    order = Order(
        run_id=1,
        attempt=1,
        clock_offset=timedelta(0),
        memory_limit_mb=2000,
        job={"name": "a job", "kind": "messy", "params": {"act": act}},
        planned_at=None,
        dry_run=False,
        sources={},
        left_out={},
    )
    return Child(Run(), Attempt(), order, utc_now, zygote)


def read_until(child: Child, condition: Callable[[], object]) -> None:
    while not condition():
        assert wait(child.waitables, timeout=30), "the child said nothing more"
        child.read()


def end(child: Child) -> Done:
    read_until(child, child.has_ended)
    ending = child.ending(is_shutdown=False)
    assert child.is_group_gone()
    child.close()
    return Done(child, ending, [line.text for line in child.logbook.close()])


@pytest.fixture
def act(zygote: Zygote) -> Act:
    return lambda name: end(start(zygote, name))


def is_alive(pid: int) -> bool:
    return bool(process.started_at(pid))


def test_a_process_that_an_attempt_left_as_it_was_serves_the_next(act):
    first, second = act("log"), act("log")
    assert first.child.pid == second.child.pid
    assert first.lines == second.lines == ["a line of its own"]
    assert (first.message["type"], first.ending.exit_code) == ("result", 0)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("directory", "working directory"),
        ("umask", "rights"),
        ("environment", "environment"),
        ("zone", "time zone"),
        ("locale", "locale"),
        ("handler", "signals"),
        ("ignored signal", "signals"),
        ("own signal", "signals"),
        ("no stack", "signals"),
        ("mask", "signals"),
        ("alarm", "signals"),
        ("thread", "threads"),
        ("daemon that prints", "threads"),
        ("open file", "open files"),
        ("stdout", "open files"),
        ("no streams", "open files"),
        ("print", "standard streams"),
        ("time-out", "network time-out"),
        ("path", "interpreter"),
        ("no logging", "logging"),
        ("log handler", "logging"),
        ("warnings", "interpreter"),
        ("recursion", "interpreter"),
        ("limit", "limits"),
        ("nice", "limits"),
        ("memory", "memory"),
        ("subprocess", "processes"),
        ("grandchild", "processes"),
    ],
)
def test_a_process_that_an_attempt_changed_serves_no_other(act, name, words):
    changed, next_one = act(name), act("nothing")
    assert changed.message["type"] == "result"
    assert any(line.startswith(LAST_LINE) and words in line for line in changed.lines)
    assert not is_alive(changed.child.pid)
    assert next_one.child.pid != changed.child.pid
    assert next_one.lines == []


@pytest.mark.parametrize("name", ["retry later", "give up"])
def test_a_kind_that_ends_in_its_own_words_leaves_a_good_process(act, name):
    assert act(name).child.pid == act("nothing").child.pid


def test_a_process_serves_no_more_attempts_than_it_may(act, settings):
    settings.CHILD_ATTEMPTS = 2
    act("exit")  # none is left from another test
    pids = [act("nothing").child.pid for _ in range(4)]
    assert pids[0] == pids[1] != pids[2] == pids[3]


def test_each_attempt_has_a_context_and_random_numbers_of_its_own(act):
    before = act("tell context")
    act("set context")
    after, again = act("tell context"), act("tell context")
    assert before.child.pid == after.child.pid == again.child.pid
    assert before.lines[0] == after.lines[0] == again.lines[0]
    assert len({before.lines[1], after.lines[1], again.lines[1]}) == 3


def test_a_child_has_its_streams_and_its_channel_and_nothing_else(act):
    opened = [name for name in act("open").lines if not name.startswith("/proc")]
    assert opened == ["/dev/null", "pipe", "pipe", "socket"]


def test_a_transaction_that_was_left_open_does_not_reach_the_next_attempt(act):
    left = act("transaction")
    asked = act("query")
    assert left.child.pid == asked.child.pid
    assert asked.lines == ["in a transaction: False"]


@pytest.mark.parametrize("name", ["grandchild", "grandchild, crash", "grandchild, wait"])
def test_no_grandchild_outlives_the_attempt_however_it_ends(zygote, name):
    child = start(zygote, name)
    if name.endswith("wait"):
        read_until(child, lambda: child.progress)
        child.kill()
    done = end(child)
    assert not is_alive(int(done.lines[0]))


def test_a_fork_that_returns_through_the_kind_does_not_speak_for_it(act):
    done = act("fork")
    assert (done.message["type"], done.ending.exit_code) == ("result", 0)


def test_a_child_that_was_asked_to_stop_serves_no_other_run(zygote, act):
    child = start(zygote, "stop")
    read_until(child, lambda: child.progress)
    child.ask_to_stop(StopCause.USER)
    done = end(child)
    assert done.ending.stop_cause is StopCause.USER
    assert act("nothing").child.pid != child.pid


def test_a_child_whose_stack_was_shown_serves_no_other_run(zygote, act):
    child = start(zygote, "stop")
    read_until(child, lambda: child.progress)
    child.show_stack()
    child.ask_to_stop(StopCause.USER)
    assert any("wait_for_the_stop" in line for line in end(child).lines)
    assert act("nothing").child.pid != child.pid


def test_a_stack_is_shown_without_ending_the_programs_that_a_kind_runs(zygote):
    child = start(zygote, "program")
    read_until(child, lambda: child.progress)
    child.show_stack()
    child.ask_to_stop(StopCause.USER)
    done = end(child)
    assert any("wait_for_the_stop" in line for line in done.lines)
    assert done.message["type"] == "result"


def test_a_stack_is_shown_beside_busy_threads_without_ending_the_child(zygote):
    """To read the frames of a thread that runs meanwhile ends the process now and then."""
    child = start(zygote, "busy threads")
    read_until(child, lambda: child.progress)
    for _ in range(20_000):
        child.show_stack()
        child.read()
    child.ask_to_stop(StopCause.USER)
    done = end(child)
    assert (done.message["type"], done.ending.exit_code) == ("result", 0)
    assert any("wait_for_the_stop" in line for line in done.lines)


def test_a_child_that_has_ended_is_neither_stopped_nor_signalled(zygote):
    child = start(zygote, "nothing")
    read_until(child, child.has_ended)
    child.ask_to_stop(StopCause.TIME_LIMIT)
    child.kill()
    child.show_stack()
    assert end(child).ending.stop_cause is None
    assert is_alive(child.pid)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("broken words", "Unspeakable: (its text could not be read)"),
        ("5 MB of words", "RuntimeError: xxx"),
        ("exit", "SystemExit: 3"),
        ("interrupt", "KeyboardInterrupt: "),
        ("generator exit", "GeneratorExit: "),
        ("no depth", "RecursionError: "),
        ("many errors", "ExceptionGroup: many (10000 sub-exceptions)"),
        ("no outcome", "TypeError: The outcome's found is 'many'"),
        ("no number", "TypeError: The outcome's found is nan"),
        ("less than nothing", "TypeError: The outcome's found is -1"),
        ("endless", "TypeError: The outcome's found is [["),
        ("100 MB", "TypeError: The outcome's found is 'xxx"),
        ("bytes", "TypeError: The outcome's summary is bytes"),
        ("odd log", "TypeError: The text of a message 'log' may not be b'bytes'."),
        ("odd progress", "ValueError: Progress of nan"),
        ("odd phase", "TypeError: The phase of a message 'progress' may not be ['a']."),
        ("odd name", "TypeError: The name of a message 'artifact' may not be None."),
    ],
)
def test_what_cannot_be_told_as_it_is_is_a_bug_in_few_words(act, name, text):
    done = act(name)
    assert (done.message["type"], done.message["reason"]) == ("failure", "BUG")
    assert done.message["text"].startswith(text)
    assert len(done.message["text"]) <= 20_000
    assert len(done.message["traceback"]) <= 100_000
    assert done.ending.exit_code == 0
    assert not is_alive(done.child.pid)


def test_what_a_child_may_not_say_is_noted_and_nothing_else_comes_of_it(act):
    done = act("forgeries")
    assert len(done.lines) == len(FORGERIES)
    assert all(line.startswith("The child sent what cannot be read: ") for line in done.lines)
    assert (done.child.progress, done.child.artifacts) == (None, [])
    assert done.message["type"] == "result"


@pytest.mark.parametrize("name", ["10 MB line", "30 MB line", "print 10 MB line", "print odd"])
def test_a_log_beyond_measure_is_cut_and_the_run_succeeds(act, name):
    done = act(name)
    assert done.message["type"] == "result"
    assert done.lines
    assert sum(map(len, done.lines)) < 5_100_000


def test_the_zygote_has_one_thread_and_no_connection(zygote):
    pid = zygote_pid(zygote)
    status = Path(f"/proc/{pid}/status").read_text()
    assert "Threads:\t1\n" in status
    opened = [str(each.readlink()).partition(":")[0] for each in Path(f"/proc/{pid}/fd").iterdir()]
    assert sum(name == "socket" for name in opened) <= 2  # its door, and the cradle of one child


def zygote_pid(zygote: Zygote) -> int:
    assert zygote._process is not None
    return zygote._process.pid


def test_a_signal_to_all_processes_leaves_the_zygote_to_the_engine(zygote, act):
    pid = zygote_pid(zygote)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        os.kill(pid, number)
    act("nothing")
    assert zygote_pid(zygote) == pid


def test_a_child_that_goes_with_its_zygote_is_lost_and_the_next_has_a_new_one(zygote, act):
    child = start(zygote, "wait")
    read_until(child, lambda: child.progress)
    os.kill(zygote_pid(zygote), signal.SIGKILL)
    done = end(child)
    assert done.ending.is_lost
    assert done.ending.message is None
    assert not is_alive(child.pid)
    after = act("nothing")
    assert (after.message["type"], after.ending.is_lost) == ("result", False)


def test_an_idle_child_that_died_is_replaced(act):
    pid = act("nothing").child.pid
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not Path(f"/proc/{pid}").exists())
    assert act("nothing").message["type"] == "result"


@pytest.mark.parametrize(
    ("name", "value"), [("DJANGO_SETTINGS_MODULE", "no.such.settings"), ("executable", "/none")]
)
def test_where_no_process_can_be_started_it_is_said(monkeypatch, capfd, name, value):
    if name == "executable":
        monkeypatch.setattr(sys, name, value)
    else:
        monkeypatch.setenv(name, value)
    zygote = Zygote()
    with pytest.raises(ChildNotStarted):
        start(zygote, "nothing")
    zygote.close()


ENGINE = """
import django, sys, time
django.setup()
from tests.integration.execution.test_zygote import read_until, start, zygote_pid
from scheduling.execution.zygote import Zygote
zygote = Zygote()
child = start(zygote, "grandchild, wait")
read_until(child, lambda: child.progress)
print(zygote_pid(zygote), child.pid, child.logbook.take()[0].text, flush=True)
time.sleep(600)
"""


def test_nobody_outlives_an_engine_that_is_killed():
    engine = subprocess.Popen(
        [sys.executable, "-c", ENGINE],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": SETTINGS},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert engine.stdout is not None
    pids = [int(pid) for pid in engine.stdout.readline().split()]
    assert len(pids) == 3
    engine.kill()
    engine.communicate(timeout=10)
    wait_for(lambda: not any(map(is_alive, pids)))
