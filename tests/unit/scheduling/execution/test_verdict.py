from __future__ import annotations

import signal
from datetime import timedelta
from typing import Any

import pytest

from scheduling.execution.verdict import Ending, StopCause, judge
from scheduling.states import FINAL, Reason, RunState

RESULT = {"type": "result", "summary": "3 filings", "outcome": {"found": 3}}


def failure(**fields: Any) -> dict[str, Any]:
    message = {
        "type": "failure",
        "reason": "BUG",
        "may_retry": False,
        "after_seconds": None,
        "text": "KeyError: 'x'",
        "traceback": "Traceback ...",
    }
    return {**message, **fields}


def end(
    message: dict[str, Any] | None = None, exit_code: int = 0, stop: StopCause | None = None
) -> Ending:
    return Ending(message=message, exit_code=exit_code, stop_cause=stop)


STOPS = [
    (StopCause.USER, RunState.CANCELLED, Reason.CANCELLED_BY_USER),
    (StopCause.REPLACED, RunState.CANCELLED, Reason.REPLACED),
    (StopCause.TIME_LIMIT, RunState.FAILED, Reason.TIMED_OUT),
    (StopCause.SHUTDOWN, RunState.CANCELLED, Reason.INTERRUPTED),
    (StopCause.FENCED, RunState.FAILED, Reason.WORKER_LOST),
]


def test_a_result_is_a_success_with_its_outcome():
    verdict = judge(end(RESULT))
    assert (verdict.state, verdict.reason) == (RunState.SUCCEEDED, None)
    assert (verdict.summary, verdict.outcome) == ("3 filings", {"found": 3})
    assert verdict.error == ""


@pytest.mark.parametrize("exit_code", [0, 1, -signal.SIGKILL])
@pytest.mark.parametrize("stop", [None, *StopCause])
def test_a_result_that_arrived_complete_counts_whatever_came_after(exit_code, stop):
    assert judge(end(RESULT, exit_code, stop)).state is RunState.SUCCEEDED


@pytest.mark.parametrize(("stop", "state", "reason"), STOPS)
@pytest.mark.parametrize("message", [None, failure()])
def test_a_run_that_was_stopped_ends_for_the_cause_of_the_stop(stop, state, reason, message):
    verdict = judge(end(message, -signal.SIGTERM, stop))
    assert (verdict.state, verdict.reason) == (state, reason)
    assert verdict.error.endswith(".")
    assert not verdict.may_retry


def test_what_a_stopped_kind_was_doing_is_kept():
    verdict = judge(end(failure(traceback="in fetch"), 0, StopCause.TIME_LIMIT))
    assert verdict.traceback == "in fetch"


def test_every_cause_of_a_stop_has_its_ending():
    assert {stop for stop, _, _ in STOPS} == set(StopCause)


def test_a_failure_is_told_in_the_words_of_the_kind():
    verdict = judge(end(failure(reason="LAYOUT_CHANGED", text="No rows.", traceback="")))
    assert (verdict.state, verdict.reason) == (RunState.FAILED, Reason.LAYOUT_CHANGED)
    assert (verdict.error, verdict.traceback) == ("No rows.", "")
    assert (verdict.may_retry, verdict.after) == (False, None)


@pytest.mark.parametrize(
    ("seconds", "after"), [(None, None), (0, timedelta(0)), (90.5, timedelta(seconds=90.5))]
)
def test_a_failure_may_be_tried_again_after_the_delay_it_names(seconds, after):
    verdict = judge(end(failure(may_retry=True, after_seconds=seconds)))
    assert (verdict.may_retry, verdict.after) == (True, after)


@pytest.mark.parametrize(
    ("exit_code", "text"),
    [
        (0, "exit code 0"),
        (1, "exit code 1"),
        (255, "exit code 255"),
        (-signal.SIGSEGV, "SIGSEGV"),
        (-signal.SIGKILL, "SIGKILL"),
        (-99, "signal 99"),
    ],
)
def test_an_end_without_a_last_word_is_a_crash_that_names_the_end(exit_code, text):
    verdict = judge(end(None, exit_code))
    assert (verdict.state, verdict.reason) == (RunState.FAILED, Reason.CRASHED)
    assert text in verdict.error
    assert not verdict.may_retry


@pytest.mark.parametrize("message", [None, {}, {"type": "log"}, RESULT, failure()])
@pytest.mark.parametrize("stop", [None, *StopCause])
def test_every_end_is_a_final_state(message, stop):
    assert judge(end(message, 0, stop)).state in FINAL
