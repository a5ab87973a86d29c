"""What a child says of its end, whatever its kind did."""

from __future__ import annotations

from datetime import timedelta

import pytest

from scheduling.execution.runner import AllSourcesOff, _failure, _result
from scheduling.kinds import BadParameters, Cause, GiveUp, Outcome, RetryLater, RunStopped
from scheduling.registry import UnknownKind


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise ValueError("no words")


@pytest.mark.parametrize(
    ("error", "reason", "may_retry", "text"),
    [
        (RetryLater("Busy.", cause=Cause.SOURCE_UNAVAILABLE), "SOURCE_UNAVAILABLE", True, "Busy."),
        (GiveUp("Blocked.", cause=Cause.SOURCE_BLOCKED), "SOURCE_BLOCKED", False, "Blocked."),
        (BadParameters({"a": "is odd"}), "BAD_PARAMETERS", False, "a: is odd"),
        (UnknownKind("No such kind."), "UNKNOWN_KIND", False, "No such kind."),
        (AllSourcesOff("Switched off."), "SOURCE_UNAVAILABLE", False, "Switched off."),
        (RunStopped("Asked to."), "INTERRUPTED", False, "RunStopped: Asked to."),
        (MemoryError(), "OUT_OF_MEMORY", False, "MemoryError: "),
        (KeyError("x"), "BUG", False, "KeyError: 'x'"),
        (SystemExit(3), "BUG", False, "SystemExit: 3"),
        (KeyboardInterrupt(), "BUG", False, "KeyboardInterrupt: "),
        (Unspeakable(), "BUG", False, "Unspeakable: (its text could not be read)"),
    ],
)
def test_every_exception_has_its_reason_and_its_words(error, reason, may_retry, text):
    message = _failure(error)
    assert (message["type"], message["reason"]) == ("failure", reason)
    assert (message["may_retry"], message["text"]) == (may_retry, text)


@pytest.mark.parametrize(
    ("after", "seconds"), [(None, None), (timedelta(0), 0.0), (timedelta(minutes=2), 120.0)]
)
def test_the_delay_that_a_source_named_is_passed_on(after, seconds):
    error = RetryLater("Busy.", cause=Cause.SOURCE_UNAVAILABLE, after=after)
    assert _failure(error)["after_seconds"] == seconds


def test_the_source_at_fault_is_passed_on():
    error = GiveUp("Blocked.", cause=Cause.SOURCE_BLOCKED, source="house")
    assert _failure(error)["source"] == "house"
    assert _failure(KeyError("x"))["source"] == ""


def test_a_bug_comes_with_its_traceback_and_a_word_of_the_kind_without():
    with pytest.raises(ZeroDivisionError) as caught:
        print(1 / 0)
    assert "print(1 / 0)" in _failure(caught.value)["traceback"]
    assert _failure(GiveUp("No.", cause=Cause.SOURCE_BLOCKED))["traceback"] == ""


def test_a_text_without_end_is_cut():
    assert len(_failure(RuntimeError("x" * 10**6))["text"]) == 20_000


def test_a_result_carries_counts_and_summary():
    assert _result(Outcome(found=3, new=1, summary="s" * 600)) == {
        "type": "result",
        "summary": "s" * 500,
        "outcome": {"found": 3, "new": 1, "changed": 0, "unchanged": 0, "failed": 0},
    }


@pytest.mark.parametrize("answer", [None, {"found": 3}, 7])
def test_what_is_no_outcome_is_refused(answer):
    with pytest.raises(TypeError, match="it must return an Outcome"):
        _result(answer)
