from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from multiprocessing import Pipe
from multiprocessing.connection import Connection

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.execution.channel import BrokenMessage, receive, send

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@pytest.fixture
def ends() -> Iterator[tuple[Connection, Connection]]:
    one, other = Pipe()
    yield one, other
    one.close()
    other.close()


@given(fields=st.dictionaries(st.text(), json_values, max_size=4))
def test_what_is_sent_is_received(fields):
    one, other = Pipe()
    message = {**fields, "type": "log"}
    send(one, message)
    assert receive(other) == message
    one.close()
    other.close()


def test_messages_keep_their_order_and_their_borders(ends):
    one, other = ends
    for number in range(50):
        send(one, {"type": "progress", "done": number})
    assert [receive(other)["done"] for _ in range(50)] == list(range(50))


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_number_that_json_does_not_know_is_refused_where_it_is_sent(ends, number):
    with pytest.raises(ValueError, match="JSON"):
        send(ends[0], {"type": "progress", "done": number})


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
def test_what_is_no_message_of_ours_is_refused(ends, body, text):
    one, other = ends
    one.send_bytes(body)
    with pytest.raises(BrokenMessage, match=text):
        receive(other)


def test_the_next_message_is_read_after_a_broken_one(ends):
    one, other = ends
    one.send_bytes(b"?")
    send(one, {"type": "stop"})
    with pytest.raises(BrokenMessage):
        receive(other)
    assert receive(other) == {"type": "stop"}


def test_the_end_of_the_other_side_is_told(ends):
    one, other = ends
    one.close()
    with pytest.raises(EOFError):
        receive(other)


def test_a_message_beyond_all_measure_is_not_read(ends, monkeypatch):
    monkeypatch.setattr("scheduling.execution.channel.LONGEST_MESSAGE", 1000)
    one, other = ends
    one.send_bytes(json.dumps({"type": "log", "text": "x" * 2000}).encode())
    with pytest.raises(OSError, match="bad message length"):
        receive(other)


def test_threads_that_send_at_once_do_not_mix_their_messages(ends):
    one, other = ends
    text = "x" * 5_000

    def send_many(number: int) -> None:
        for _ in range(20):
            send(one, {"type": number, "text": text})

    threads = [threading.Thread(target=send_many, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    received = [receive(other) for _ in range(80)]
    for thread in threads:
        thread.join(timeout=10)
    assert Counter(message["type"] for message in received) == {0: 20, 1: 20, 2: 20, 3: 20}
    assert {message["text"] for message in received} == {text}
