from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.execution import logbook
from scheduling.execution.logbook import Line, LineCutter, Logbook

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HEAD, TAIL, LONGEST = 44, 33, 10


@pytest.fixture(autouse=True, scope="module")
def _small_caps():
    """Caps that a table can reach."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(logbook, "HEAD_BYTES", HEAD)
        patch.setattr(logbook, "TAIL_BYTES", TAIL)
        patch.setattr(logbook, "LINE_BYTES", LONGEST)
        yield


def line(text: str, level: str = "INFO") -> Line:
    return Line(NOON, level, text)


def texts(lines: list[Line]) -> list[str]:
    return [each.text for each in lines if each.level != "NOTICE"]


def row_size(text: str) -> int:
    return len(text) + 1


def test_lines_go_out_as_they_come():
    book = Logbook()
    book.add(line("one"))
    book.add(line("two"))
    assert texts(book.take()) == ["one", "two"]
    assert book.take() == []
    book.add(line("three"))
    assert texts(book.take()) == ["three"]


def test_what_could_not_be_written_comes_again_before_what_is_new():
    book = Logbook()
    book.add(line("one"))
    lines = book.take()
    book.add(line("two"))
    book.give_back(lines)
    assert texts(book.take()) == ["one", "two"]


def test_the_middle_of_a_log_that_is_too_long_is_left_out_and_told():
    book = Logbook()
    for number in range(20):
        book.add(line(f"{number:010}"))
    assert texts(book.take()) == [f"{number:010}" for number in range(4)]
    rest = book.close()
    assert (rest[0].level, rest[0].text) == ("NOTICE", "… 13 lines left out …")
    assert texts(rest) == [f"{number:010}" for number in (17, 18, 19)]


def test_a_log_that_just_fits_leaves_nothing_out():
    book = Logbook()
    for number in range(7):
        book.add(line(f"{number:010}"))
    rest = book.close()
    assert texts(rest) == [f"{number:010}" for number in range(7)]
    assert all(each.level == "INFO" for each in rest)


def test_empty_lines_are_rows_too():
    book = Logbook()
    for _ in range(1000):
        book.add(line(""))
    assert len(book.close()) == HEAD + TAIL + 1


def test_a_line_longer_than_the_whole_tail_is_kept_rather_than_nothing():
    book = Logbook()
    for text in ("short", "x" * (HEAD + TAIL), "y" * (HEAD + TAIL)):
        book.add(line(text))
    rest = book.close()
    assert [each.text for each in rest] == ["short", "… 1 lines left out …", "y" * (HEAD + TAIL)]


def test_a_closed_book_is_empty():
    book = Logbook()
    for number in range(20):
        book.add(line(f"{number:010}"))
    book.close()
    assert book.close() == []


@given(st.lists(st.text(max_size=LONGEST)), st.integers(1, 5))
def test_head_and_tail_are_kept_in_order_and_the_notice_counts_the_rest(lines, rhythm):
    book = Logbook()
    out: list[Line] = []
    for number, text in enumerate(lines):
        book.add(line(text))
        if number % rhythm == 0:
            out += book.take()
    out += book.close()
    notices = [each for each in out if each.level == "NOTICE"]
    kept = texts(out)
    left_out = len(lines) - len(kept)
    assert [each.text for each in notices] == (
        [f"… {left_out} lines left out …"] if left_out else []
    )
    head = kept if not notices else kept[: out.index(notices[0])]
    tail = kept[len(head) :]
    assert head == lines[: len(head)]
    assert tail == lines[len(lines) - len(tail) :]
    assert sum(map(row_size, kept)) <= HEAD + TAIL
    if left_out:
        assert sum(map(row_size, tail)) >= TAIL - LONGEST


@pytest.mark.parametrize(
    ("chunks", "lines"),
    [
        ([b"one\ntwo\n"], ["one", "two"]),
        ([b"on", b"e\nt", b"wo"], ["one", "two"]),
        ([b"a\r\nb\r\n"], ["a", "b"]),
        ([b"\n\n"], ["", ""]),
        ([b"a\x00b\n"], ["ab"]),
        ([b"\xff\n"], ["\ufffd"]),
        ([b"\xc3", b"\xa9\n"], ["é"]),
        ([b"0123456789abc\n"], ["0123456789", "abc"]),
        ([b"0123456789" * 3], ["0123456789"] * 3),
        ([], []),
    ],
)
def test_bytes_are_cut_into_lines(chunks, lines):
    cutter = LineCutter()
    found = [text for chunk in chunks for text in cutter.feed(chunk)]
    assert found + cutter.close() == lines
    assert cutter.close() == []


@given(st.lists(st.binary()))
def test_whatever_is_printed_becomes_lines_of_bounded_text(chunks):
    cutter = LineCutter()
    found = [text for chunk in chunks for text in cutter.feed(chunk)] + cutter.close()
    assert all(len(text) <= LONGEST for text in found)
    assert not any("\n" in text or "\x00" in text for text in found)


@given(st.lists(st.text(st.characters(codec="ascii", exclude_characters="\n\r\x00"), max_size=9)))
def test_no_line_is_lost_however_the_stream_is_cut(lines):
    stream = "".join(f"{text}\n" for text in lines).encode()
    cutter = LineCutter()
    found = [text for byte in stream for text in cutter.feed(bytes([byte]))]
    assert found + cutter.close() == lines
