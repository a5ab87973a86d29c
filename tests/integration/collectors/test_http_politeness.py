"""Two processes, one host: never two requests at once, never two starts too close together."""

import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

from tests.integration.collectors.http_world import HOST, ScriptedServer, answer

ROOT = Path(__file__).parents[3]
TURNS = """
import os, sys
from pathlib import Path
from collectors.http.patience import Patience
from collectors.http.file_turns import FileTurns

turns = FileTurns(Path(sys.argv[1]), {"files.example": 0.05}, Patience(lambda: False))
for _ in range(8):
    with turns.take("files.example") as turn:
        print(os.pread(turn.descriptor, 64, 0).split()[-1].decode(), flush=True)
"""
CLIENT = """
import sys
from pathlib import Path
from collectors.http import ClientSettings, build_client
from tests.integration.collectors.http_world import World

folder = Path(sys.argv[1])
settings = ClientSettings(
    contact="", state_folder=folder, replay_url=sys.argv[2], replay_interval_seconds=0.001
)
with build_client(World(folder), settings) as client:
    for number in range(6):
        client.get(f"https://files.example/{number}.pdf")
"""
KILLED = """
import os, sys
from pathlib import Path
from collectors.http.patience import Patience
from collectors.http.file_turns import FileTurns

turns = FileTurns(Path(sys.argv[1]), {"files.example": 0.05}, Patience(lambda: False))
with turns.take("files.example"):
    os.kill(os.getpid(), 9)
"""


def start(code: str, *args: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, args)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )


def outputs(*processes: subprocess.Popen[str]) -> list[str]:
    results = [process.communicate(timeout=60)[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * len(processes)
    return results


def test_starts_of_two_processes_keep_the_interval(tmp_path):
    results = outputs(start(TURNS, tmp_path), start(TURNS, tmp_path))
    ends_of_rest = sorted(float(line) for result in results for line in result.split())
    gaps = [later - earlier for earlier, later in pairwise(ends_of_rest)]
    assert len(gaps) == 15
    assert min(gaps) >= 0.05 - 1e-5  # records are rounded to a microsecond


def test_two_processes_never_ask_at_once(tmp_path):
    at_once: list[int] = []
    highest: list[int] = []

    def slow(connection) -> None:
        at_once.append(1)
        highest.append(len(at_once))
        server.closing.wait(0.02)
        at_once.pop()
        connection.sendall(answer())

    with ScriptedServer(slow) as server:
        outputs(start(CLIENT, tmp_path, server.url), start(CLIENT, tmp_path, server.url))
    assert len(server.requests) == 12
    assert max(highest) == 1
    assert all(path.startswith(f"/{HOST}/") for path in server.paths())


def test_a_process_killed_in_its_turn_blocks_nobody(tmp_path):
    killed = start(KILLED, tmp_path)
    killed.communicate(timeout=60)
    assert killed.returncode == -9
    (result,) = outputs(start(TURNS, tmp_path))
    assert len(result.split()) == 8
