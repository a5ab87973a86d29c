"""`python -m collectors.replay --port 8765 [--today YYYY-MM-DD]`: the replay server by itself."""

from __future__ import annotations

import argparse
import signal
import sys
from contextlib import suppress
from datetime import date

from collectors.replay.server import ReplayServer


def main() -> None:
    """Serve until interrupted or terminated."""
    parser = argparse.ArgumentParser(prog="python -m collectors.replay", description=__doc__)
    parser.add_argument("--port", type=int, default=8765, help="0 picks a free one")
    parser.add_argument(
        "--today", type=date.fromisoformat, help="the day it answers as of; default: today"
    )
    options = parser.parse_args()
    today = options.today or date.today()  # noqa: DTZ011, TID251 - the outermost interface
    try:
        server = ReplayServer(today, options.port)
    except OSError as error:
        parser.error(f"Port {options.port} cannot be used: {error.strerror}. Name another: --port.")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.stdout.write(f"Replay server at {server.url}, as of {today}.\n")
    sys.stdout.flush()
    with suppress(KeyboardInterrupt):
        server.serve_forever()


if __name__ == "__main__":
    main()
