import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_it_runs_as_a_process_until_it_is_terminated():
    command = [sys.executable, "-m", "collectors.replay", "--port", "0", "--today", "2026-11-21"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        url = re.fullmatch(
            r"Replay server at (http://127\.0\.0\.1:\d+), as of 2026-11-21\.\n", line
        )
        assert url is not None
        path = "/disclosures-clerk.house.gov/public_disc/financial-pdfs/2026FD.zip"
        with urllib.request.urlopen(url[1] + path, timeout=10) as answer:  # noqa: S310 - loopback
            assert answer.status == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0


def test_a_port_that_is_taken_is_named():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "collectors.replay", "--port", port]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert ended.returncode == 2
    assert f"Port {port} cannot be used" in ended.stderr


def test_it_knows_nothing_of_django():
    code = "import sys, collectors.replay.server; sys.exit('django' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
