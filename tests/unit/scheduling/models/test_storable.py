from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.models.text import TEXT_LIMIT, storable


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("", ""),
        ("plain", "plain"),
        ("two\nlines\té", "two\nlines\té"),
        ("a\x00b", "ab"),
        ("\x00", ""),
        ("lone \ud800 half", "lone ? half"),
        ("\U0001f9fe", "\U0001f9fe"),
        ("x" * TEXT_LIMIT, "x" * TEXT_LIMIT),
    ],
)
def test_text_is_kept_as_both_databases_take_it(text, kept):
    assert storable(text) == kept


def test_of_a_text_that_is_too_long_head_and_tail_are_kept():
    text = "a" * TEXT_LIMIT + "b" * 500 + "c" * TEXT_LIMIT
    kept = storable(text)
    assert kept.startswith("a" * (TEXT_LIMIT // 2) + "\n")
    assert kept.endswith("\n" + "c" * (TEXT_LIMIT // 2))
    assert f"… {TEXT_LIMIT + 500} characters left out …" in kept


@given(st.text(st.characters()) | st.text(st.characters(categories=["Cs", "Cc"])))
def test_whatever_a_process_says_can_be_stored(text):
    kept = storable(text)
    assert "\x00" not in kept
    kept.encode()
    assert storable(kept) == kept
