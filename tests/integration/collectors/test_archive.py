"""The archive under kills and under several writers."""

import hashlib
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collectors.archive import FileArchive, NotArchived

ROOT = Path(__file__).parents[3]
BODY = b"a filing " * 50_000
DIGEST = hashlib.sha256(BODY).hexdigest()
KILLED = """
import os, sys
from pathlib import Path
from collectors import archive

def die(*args):
    os.kill(os.getpid(), 9)

if sys.argv[2] == "before the rename":
    os.fsync = die
else:
    archive._sync_folder = die
archive.FileArchive(Path(sys.argv[1])).put(b"a filing " * 50_000)
"""
WRITER = """
import sys
from pathlib import Path
from collectors.archive import FileArchive

archive = FileArchive(Path(sys.argv[1]))
for number in range(40):
    body = b"filing %d" % number
    assert archive.get(archive.put(body)) == body
"""


def start(code: str, *args: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, args)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def kept(root: Path) -> int:
    return sum(path.is_file() for path in root.rglob("*"))


def test_a_kill_before_the_rename_keeps_nothing_but_an_orphan(tmp_path):
    assert start(KILLED, tmp_path, "before the rename").wait(60) == -9
    archive = FileArchive(tmp_path)
    with pytest.raises(NotArchived):
        archive.get(DIGEST)
    assert archive.put(BODY) == DIGEST
    assert archive.get(DIGEST) == BODY
    assert archive.sweep(before=datetime(9000, 1, 1, tzinfo=UTC)) == 1
    assert kept(tmp_path) == 1


def test_a_kill_after_the_rename_keeps_the_whole_body(tmp_path):
    assert start(KILLED, tmp_path, "after the rename").wait(60) == -9
    assert FileArchive(tmp_path).get(DIGEST) == BODY
    assert kept(tmp_path) == 1


def test_writers_of_the_same_bodies_do_not_disturb_each_other(tmp_path):
    writers = [start(WRITER, tmp_path) for _ in range(3)]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    assert kept(tmp_path) == 40
