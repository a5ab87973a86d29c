"""procrastinate's application."""

from __future__ import annotations

import procrastinate

from tests.bench.peers.course import DATABASE_URL

app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=DATABASE_URL))


@app.task(name="noop")  # type: ignore[untyped-decorator]
async def noop() -> None:
    """Do nothing."""
