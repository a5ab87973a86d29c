"""The HTTP side: `/<live host>/<path>` is answered by that host's site, over a real socket."""

from __future__ import annotations

from dataclasses import replace
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Self

from collectors.replay.conversation import Listener
from collectors.replay.documents import Edition
from collectors.replay.faults import Fault, FaultKind, Weather
from collectors.replay.sites import open_sites

if TYPE_CHECKING:
    from datetime import date
    from types import TracebackType

    from collectors.replay.conversation import Request

HOST = "127.0.0.1"


class ReplayServer:
    """Serves all sites on 127.0.0.1 as of `today`. A context manager; port 0 picks a free one."""

    def __init__(self, today: date, port: int = 0) -> None:
        self.edition = Edition(today)
        self.sites = open_sites()
        self.weather = Weather()
        self.stopping = Event()
        self._lock = Lock()
        self._requests: list[Request] = []
        self._http = Listener((HOST, port), self)
        self._thread = Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self._http.server_port}"

    @property
    def requests(self) -> tuple[Request, ...]:
        """Every request for a site so far, in the order of arrival."""
        with self._lock:
            return tuple(self._requests)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stopping.set()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def serve_forever(self) -> None:
        """Serve in this thread until it is interrupted."""
        try:
            self._http.serve_forever()
        finally:
            self.stopping.set()
            self._http.server_close()

    def record(self, request: Request) -> None:
        with self._lock:
            self._requests.append(request)

    def forget_requests(self) -> None:
        with self._lock:
            self._requests.clear()

    def advance(self, today: date) -> None:
        """Let the sites publish what they publish by `today`."""
        self.edition = replace(self.edition, today=today)

    def withdraw(self, doc_id: str) -> None:
        """Take a document out of the indexes; its own address still answers."""
        self.edition = replace(self.edition, withdrawn=self.edition.withdrawn | {doc_id})

    def fail(
        self,
        path: str = "*",
        *,
        status: int = 503,
        retry_after: str | None = None,
        times: int | None = None,
    ) -> None:
        """Answer `status` with an error page."""
        self.weather.add(
            Fault(
                kind=FaultKind.FAIL, path=path, status=status, retry_after=retry_after, times=times
            )
        )

    def slow(self, path: str = "*", *, seconds: float, times: int | None = None) -> None:
        """Wait before the answer."""
        self.weather.add(Fault(kind=FaultKind.SLOW, path=path, seconds=seconds, times=times))

    def truncate(self, path: str = "*", *, times: int | None = None) -> None:
        """Promise the whole length, send half, hang up."""
        self.weather.add(Fault(kind=FaultKind.TRUNCATE, path=path, times=times))

    def html_for_pdf(self, path: str = "*", *, times: int | None = None) -> None:
        """Answer 200 with a web page whatever was asked for."""
        self.weather.add(Fault(kind=FaultKind.HTML, path=path, times=times))

    def reset(self, path: str = "*", *, times: int | None = None) -> None:
        """Break the connection without an answer."""
        self.weather.add(Fault(kind=FaultKind.RESET, path=path, times=times))

    def heal(self) -> None:
        """End every fault."""
        self.weather.clear()
