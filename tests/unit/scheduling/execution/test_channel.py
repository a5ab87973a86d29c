from __future__ import annotations

import json
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from multiprocessing.connection import wait
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.execution.channel import BrokenMessage, Channel, open_pair

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


Ends = tuple[Channel, socket.socket]


@pytest.fixture
def ends() -> Iterator[Ends]:
    """The supervisor's end, and the bare socket of the other."""
    ours, theirs = open_pair()
    yield ours, theirs
    ours.close()
    theirs.close()


@given(fields=st.dictionaries(st.text(), json_values, max_size=4))
def test_what_is_sent_is_received(fields):
    ours, theirs = open_pair()
    child = Channel(theirs)
    message = {**fields, "type": "log"}
    child.send(message)
    assert ours.poll() == message
    ours.send(message)
    assert child.receive() == message
    ours.close()
    child.close()


def test_messages_keep_their_order_and_their_borders(ends):
    ours, theirs = ends
    child = Channel(theirs)
    for number in range(50):
        child.send({"type": "progress", "text": "one\ntwo", "done": number})
    assert [ours.poll()["done"] for _ in range(50)] == list(range(50))
    assert ours.poll() is None


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_number_that_json_does_not_know_is_refused_where_it_is_sent(ends, number):
    with pytest.raises(ValueError, match="JSON"):
        ends[0].send({"type": "progress", "done": number})


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"\x80\x04\x95 a pickle", "not JSON"),
        (b"", "not JSON"),
        (b'{"type": "log"', "not JSON"),
        (b"[1, 2]", "without a type"),
        (b"7", "without a type"),
        (b'{"kind": "log"}', "without a type"),
    ],
)
def test_what_is_no_message_of_ours_is_refused_and_the_next_one_read(ends, body, text):
    ours, theirs = ends
    theirs.sendall(body + b"\n")
    Channel(theirs).send({"type": "stop"})
    with pytest.raises(BrokenMessage, match=text):
        ours.poll()
    assert ours.poll() == {"type": "stop"}


def test_half_a_message_keeps_nobody_waiting(ends):
    ours, theirs = ends
    theirs.sendall(b'{"type": ')
    assert ours.poll() is None
    theirs.sendall(b'"stop"}\n')
    assert ours.poll() == {"type": "stop"}


def test_the_end_of_the_other_side_is_told_after_its_last_message(ends):
    ours, theirs = ends
    Channel(theirs).send({"type": "result"})
    theirs.close()
    assert ours.poll() == {"type": "result"}
    with pytest.raises(EOFError):
        ours.poll()


def test_what_was_not_read_when_the_other_side_went_is_an_end_too(ends):
    ours, theirs = ends
    ours.send({"type": "stop"})
    theirs.close()
    with pytest.raises(EOFError):
        ours.poll()


def test_a_message_beyond_all_measure_is_neither_sent_nor_read(ends, monkeypatch):
    monkeypatch.setattr("scheduling.execution.channel.LONGEST_MESSAGE", 1000)
    ours, theirs = ends
    message = {"type": "log", "text": "x" * 2000}
    with pytest.raises(BrokenMessage, match="more than a message may have"):
        Channel(theirs).send(message)
    theirs.sendall(json.dumps(message).encode()[:1500])
    with pytest.raises(BrokenMessage, match="beyond all measure"):
        ours.poll()


def test_threads_that_send_at_once_do_not_mix_their_messages(ends):
    ours, theirs = ends
    child = Channel(theirs)
    text = "x" * 5_000

    def send_many(number: int) -> None:
        for _ in range(20):
            child.send({"type": number, "text": text})

    threads = [threading.Thread(target=send_many, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    received = [_next(ours) for _ in range(80)]
    for thread in threads:
        thread.join(timeout=10)
    assert Counter(message["type"] for message in received) == {0: 20, 1: 20, 2: 20, 3: 20}
    assert {message["text"] for message in received} == {text}


def _next(channel: Channel) -> dict[str, Any]:
    while (message := channel.poll()) is None:
        assert wait([channel.fileno()], timeout=10)
    return message
