"""Runs that a broker handed to this process, on their way from its threads to the supervisor."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class _Offer:
    claim_epoch: int
    is_settled: threading.Event = field(default_factory=threading.Event)
    is_taken: bool = False


class Offers:
    """What may be claimed: each run under the claim epoch that its message names.

    A thread of the broker offers a run and waits; the supervisor takes it, and settles it once it
    was refused, or its attempt is recorded.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._offers: dict[int, _Offer] = {}
        self._is_closed = False
        self._on_put: Callable[[], None] = lambda: None

    def listen(self, on_put: Callable[[], None]) -> None:
        """Call `on_put` with each new offer, in the thread that makes it."""
        self._on_put = on_put

    def put(self, run_id: int, claim_epoch: int) -> threading.Event:
        """Offer a run; the event is set when this process is done with it.

        A run that is offered already is refused at once, and all are after `close`.
        """
        offer = _Offer(claim_epoch)
        with self._lock:
            if self._is_closed or run_id in self._offers:
                offer.is_settled.set()
                return offer.is_settled
            self._offers[run_id] = offer
        self._on_put()
        return offer.is_settled

    def take(self, limit: int) -> dict[int, int]:
        """Up to `limit` runs that nobody took yet, the first offered first, with their epochs."""
        with self._lock:
            waiting = [run for run, offer in self._offers.items() if not offer.is_taken][:limit]
            for run in waiting:
                self._offers[run].is_taken = True
            return {run: self._offers[run].claim_epoch for run in waiting}

    def settle(self, run_id: int) -> None:
        """This process is done with the run."""
        with self._lock:
            offer = self._offers.pop(run_id, None)
        if offer is not None:
            offer.is_settled.set()

    def close(self) -> dict[int, int]:
        """Accept no more offers; take all that nobody took yet."""
        with self._lock:
            self._is_closed = True
        return self.take(len(self._offers))
