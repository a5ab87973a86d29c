"""The life of a child process: it runs one attempt after the other until one leaves traces."""

from __future__ import annotations

import contextvars
import faulthandler
import gc
import os
import random
import signal
import sys
import threading
from contextlib import suppress
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from django.db import connections

from scheduling.clock import utc_now
from scheduling.execution import process, warmth
from scheduling.execution.channel import Channel
from scheduling.execution.runner import Order, last_word
from scheduling.failpoints import reach

if TYPE_CHECKING:
    import socket
    from typing import NoReturn, TextIO

    from scheduling.execution.warmth import Traces


def live(channel_end: socket.socket, output: int, cradle: Channel) -> NoReturn:
    """Take orders over the channel and never return. What is printed goes to `output`."""
    _settle(output)
    channel = Channel(channel_end)
    orders: SimpleQueue[dict[str, Any]] = SimpleQueue()
    stop = threading.Event()
    threading.Thread(target=_listen, args=(channel, orders, stop), daemon=True).start()
    cradle.send({"type": "born", "pid": os.getpid()})
    cradle.close()
    before = None
    while True:
        order = Order.read(orders.get())
        process.limit_memory(order.memory_limit_mb)
        before = before or warmth.read()
        _serve(order, channel, stop, before)


def _settle(output: int) -> None:
    """A session and process group of its own, standard streams into the log, default signals."""
    os.setsid()
    process.die_with_parent()
    process.adopt_orphans()
    process.forbid_core_dumps()
    process.be_easy_prey()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123 - a bare descriptor for dup2
        os.dup2(nothing.fileno(), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    sys.stdout, sys.stderr = _lines_to(1), _lines_to(2)
    # The main thread's stack alone: to read another's while that runs may end the process.
    faulthandler.register(signal.SIGUSR1, all_threads=False)
    gc.enable()


def _lines_to(descriptor: int) -> TextIO:
    """A stream that hands on each line at once, and refuses no text."""
    return open(
        descriptor, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False
    )


def _listen(channel: Channel, orders: SimpleQueue[dict[str, Any]], stop: threading.Event) -> None:
    """Wait for messages. Without its supervisor nobody records the end: die, group and all."""
    with suppress(EOFError, OSError):
        while True:
            message = channel.receive()
            if message["type"] == "stop":
                stop.set()
            else:
                orders.put(message)
    os.killpg(0, signal.SIGKILL)


def _serve(order: Order, channel: Channel, stop: threading.Event, before: Traces) -> None:
    """Run one attempt; return if the process may serve another, else exit."""
    me = os.getpid()
    reach("execution.receive")
    message = contextvars.Context().run(last_word, order, channel, stop)
    if os.getpid() != me:
        os._exit(0)  # a fork of the kind's came back here: the attempt is its parent's
    reach("execution.result")
    channel.send(message)
    traces = _clean_up(before)
    if message.get("traceback"):
        os._exit(0)  # who knows where the exception left it
    if traces:
        text = f"This process serves no other run. It is left with other: {', '.join(traces)}."
        at = (utc_now() + order.clock_offset).isoformat()
        channel.send({"type": "log", "at": at, "level": "DEBUG", "text": text})
        os._exit(0)
    channel.send({"type": "idle"})


def _clean_up(before: Traces) -> list[str]:
    """Put back what every attempt may use, and name what else it left behind."""
    for connection in connections.all(initialized_only=True):
        connection.close()
        del connections[connection.alias]
    random.seed()
    gc.collect()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    process.flush_c_streams()
    left = _end_processes()
    return left + warmth.left_behind(before, warmth.read())


def _end_processes() -> list[str]:
    if not process.has_children():
        return []
    process.end_children()
    return ["processes"]
