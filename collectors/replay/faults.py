"""Slow and failing answers on request: the weather that a collector must live through."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from http import HTTPStatus
from threading import Lock
from typing import Any


class FaultKind(StrEnum):
    """FAIL answers `status`; SLOW waits; the rest spoil the answer or the connection."""

    FAIL = "FAIL"
    SLOW = "SLOW"
    TRUNCATE = "TRUNCATE"
    HTML = "HTML"
    RESET = "RESET"


class UnknownFault(ValueError):
    """A mode was asked for that does not exist or whose values make no sense."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What happens to requests whose path matches the shell pattern `path`.

    `times` requests are struck, all of them when it is None. `retry_after` is the text of the
    header: seconds or an HTTP date.
    """

    kind: FaultKind
    path: str = "*"
    times: int | None = None
    status: int = 503
    retry_after: str | None = None
    seconds: float = 0.0

    def __post_init__(self) -> None:
        HTTPStatus(self.status)
        if self.times is not None and self.times < 1:
            raise ValueError(f"a fault strikes at least once, not {self.times} times")

    @classmethod
    def from_json(cls, raw: dict[str, Any]) -> Fault:
        """Build a fault from the body of `POST /_mode`. Raises UnknownFault."""
        try:
            values = {**raw, "kind": FaultKind(str(raw["kind"]).upper())}
            return cls(**values)
        except (KeyError, TypeError, ValueError) as error:
            kinds = ", ".join(FaultKind)
            raise UnknownFault(
                f"A mode needs a kind (one of {kinds}) and may have path, times, status, "
                f"retry_after, seconds: {error}."
            ) from error


class Weather:
    """The faults in force. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._left: list[tuple[Fault, int | None]] = []

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._left.append((fault, fault.times))

    def clear(self) -> None:
        with self._lock:
            self._left.clear()

    def strike(self, path: str) -> list[Fault]:
        """Return what hits a request for `path`: the oldest wait and the oldest other fault.

        One time of each is used up, so that faults set one after another strike in that order.
        """
        with self._lock:
            hits = {
                fault.kind is FaultKind.SLOW: position
                for position, (fault, _) in reversed(list(enumerate(self._left)))
                if fnmatchcase(path, fault.path)
            }
            struck = [self._left[position][0] for position in hits.values()]
            for position in hits.values():
                fault, left = self._left[position]
                self._left[position] = (fault, None if left is None else left - 1)
            self._left = [(fault, left) for fault, left in self._left if left != 0]
        return struck
