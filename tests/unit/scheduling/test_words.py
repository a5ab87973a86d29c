from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from scheduling.states import Reason, RunState
from scheduling.views import words

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-1, "due now"),
        (0, "due now"),
        (1, "in less than a minute"),
        (59, "in less than a minute"),
        (60, "in 1 minute"),
        (12 * 60, "in 12 minutes"),
        (3599, "in 59 minutes"),
        (3600, "in 1 hour"),
        (3 * 3600 + 1799, "in 3 hours"),
        (86_399, "in 23 hours"),
        (86_400, "in 1 day"),
        (2 * 86_400, "in 2 days"),
        (400 * 86_400, "in 400 days"),
    ],
)
def test_the_next_run_is_told_in_the_largest_unit(seconds: int, text: str) -> None:
    assert words.next_run_text(NOW + timedelta(seconds=seconds), NOW) == text


def test_a_rule_that_is_over_has_no_more_dates() -> None:
    assert words.next_run_text(None, NOW) == "no more dates"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "just now"), (-59, "just now"), (-60, "1 minute ago"), (-7200, "2 hours ago")],
)
def test_what_has_passed_is_told_as_ago(seconds: int, text: str) -> None:
    assert words.when(NOW + timedelta(seconds=seconds), NOW) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "0 s"),
        (0, "0 s"),
        (0.44, "0.4 s"),
        (9, "9 s"),
        (12.9, "12 s"),
        (60, "1 min"),
        (184, "3 min 4 s"),
        (3600, "1 h"),
        (7500, "2 h 5 min"),
        (3 * 86_400 + 4 * 3600, "3 d 4 h"),
    ],
)
def test_a_length_is_told_in_two_units(seconds: float, text: str) -> None:
    assert words.length_text(timedelta(seconds=seconds)) == text


def test_no_length_is_no_text() -> None:
    assert words.length_text(None) == ""


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_a_sentence(reason: Reason) -> None:
    assert words.reason_sentence(reason.value).endswith(".")


def test_no_reason_is_no_sentence() -> None:
    assert words.reason_sentence("") == ""


@pytest.mark.parametrize("state", RunState)
def test_every_state_has_a_look(state: RunState) -> None:
    assert words.run_look(state.value).word


def test_states_are_told_apart_without_colour() -> None:
    looks = [words.run_look(state) for state in RunState]
    assert len({look.icon for look in looks}) == len({look.word for look in looks}) == len(looks)


def test_a_run_that_waits_for_an_answer_is_told_from_one_that_waits_for_its_turn() -> None:
    assert words.run_look("PENDING", needs_answer=True) is words.ASKED
    assert words.run_look("MISSED", needs_answer=True) is words.RUN_LOOKS[RunState.MISSED]


def test_a_run_between_attempts_waits_to_retry() -> None:
    assert words.run_look("PENDING", attempts=1) is words.RETRYING
    assert words.run_look("PENDING") is words.WAITING


def test_a_running_run_that_was_asked_to_stop_is_stopping() -> None:
    assert words.run_look("RUNNING", is_stopping=True) is words.STOPPING
    assert words.run_look("CANCELLED", is_stopping=True) is words.RUN_LOOKS[RunState.CANCELLED]


@pytest.mark.parametrize(
    ("removed", "repair", "paused", "running", "said"),
    [
        (False, False, False, False, ["Active"]),
        (False, False, False, True, ["Running"]),
        (False, False, True, False, ["Paused"]),
        (False, False, True, True, ["Paused", "Running"]),
        (False, True, True, False, ["Needs repair"]),
        (True, True, True, False, ["Removed"]),
    ],
)
def test_a_job_says_what_holds_it_first(
    removed: bool, repair: bool, paused: bool, running: bool, said: list[str]
) -> None:
    looks = words.job_looks(
        is_removed=removed, needs_repair=repair, is_paused=paused, is_running=running
    )
    assert [look.word for look in looks] == said


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", ""),
        ("\n  \n second \nthird", "second"),
        ("x" * 160, "x" * 160),
        ("x" * 161, "x" * 159 + "…"),
    ],
)
def test_the_first_line_is_cut(text: str, line: str) -> None:
    assert words.first_line(text) == line


@pytest.mark.parametrize(
    ("size", "text"),
    [(1, "1 byte"), (999, "999 bytes"), (4200, "4.2 kB"), (3_000_000, "3.0 MB"), (2e9, "2.0 GB")],
)
def test_a_size_is_told_in_the_largest_unit(size: int, text: str) -> None:
    assert words.size_text(size) == text
