from __future__ import annotations

import os
import shutil
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from scheduling.execution import process
from scheduling.management import terminal
from scheduling.management.terminal import Service, free_port
from tests.waiting import wait_for

pytestmark = pytest.mark.one_database

ROOT = Path(__file__).parents[3]


def test_a_port_that_somebody_listens_on_is_passed_over():
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        found = free_port(port)
    assert port < found < port + 100


def test_the_first_start_writes_a_key_of_its_own_that_only_the_user_can_read(tmp_path):
    """In a copy of the code: the file lies beside manage.py."""
    for name in ("config", "scheduling", "collectors", "templates"):
        shutil.copytree(ROOT / name, tmp_path / name)
    code = (
        "import django; django.setup()\n"
        "from django.conf import settings\n"
        "from scheduling.management.terminal import ensure_env_file\n"
        "ensure_env_file()\n"
        "print(settings.SECRET_KEY)\n"
    )
    (tmp_path / "start.py").write_text(code)
    env = {key: value for key, value in os.environ.items() if key != "ENV_FILE"}
    env.update(DATABASE_URL=f"sqlite:///{tmp_path}/x.sqlite3", LOG_DIR=str(tmp_path / "logs"))
    env.update(DJANGO_SETTINGS_MODULE="config.settings")
    keys = set()
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "start.py"],
            cwd=tmp_path,
            env=env,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        keys.add(done.stdout.strip())
    (key,) = keys
    assert len(key) >= 50
    file = tmp_path / ".env"
    assert f"SECRET_KEY={key}" in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("left_behind", "patience"), [("sleep 0.5", 60.0), ("trap '' TERM; sleep 600", 0.1)]
)
def test_a_service_has_stopped_when_nothing_it_started_is_left(
    left_behind, patience, monkeypatch, tmp_path
):
    monkeypatch.setattr(terminal, "LINGER_SECONDS", patience)
    service = Service("x", ["sh", "-c", f"({left_behind}) & touch {tmp_path}/up; wait"], {})
    service.start()
    assert service.process is not None
    group = service.process.pid
    wait_for((tmp_path / "up").exists)
    service.stop()
    assert service.is_down()
    assert not process.is_group_alive(group)
