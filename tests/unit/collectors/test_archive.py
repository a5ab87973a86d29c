import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.archive import ArchiveDamaged, DigestMalformed, FileArchive, NotArchived

BODY = b"%PDF-1.7 a filing"
DIGEST = hashlib.sha256(BODY).hexdigest()


@pytest.fixture
def archive(tmp_path):
    return FileArchive(tmp_path / "archive")


def files(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


@given(body=st.binary())
def test_what_is_put_is_got(tmp_path_factory, body):
    archive = FileArchive(tmp_path_factory.getbasetemp() / "laws")
    assert archive.get(archive.put(body)) == body


def test_a_body_lies_under_its_hash_and_nowhere_else(archive, tmp_path):
    assert archive.put(BODY) == DIGEST
    assert files(tmp_path / "archive") == [f"{DIGEST[:2]}/{DIGEST[2:4]}/{DIGEST}"]


def test_keeping_twice_changes_nothing(archive, tmp_path):
    archive.put(BODY)
    path = tmp_path / "archive" / DIGEST[:2] / DIGEST[2:4] / DIGEST
    before = path.stat()
    assert archive.put(BODY) == DIGEST
    after = path.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_what_was_never_kept_is_a_key_error_with_a_sentence(archive):
    with pytest.raises(KeyError) as caught:
        archive.get(DIGEST)
    assert type(caught.value) is NotArchived
    assert str(caught.value) == f"The archive keeps nothing as {DIGEST}: fetch it again."


@pytest.mark.parametrize("content", [b"", BODY[:-1], BODY + b"\n", b"x" * len(BODY)])
def test_a_damaged_copy_is_told_and_healed_by_keeping_again(archive, tmp_path, content):
    archive.put(BODY)
    (tmp_path / "archive" / DIGEST[:2] / DIGEST[2:4] / DIGEST).write_bytes(content)
    with pytest.raises(ArchiveDamaged, match=DIGEST):
        archive.get(DIGEST)
    archive.put(BODY)
    assert archive.get(DIGEST) == BODY


@pytest.mark.parametrize(
    "digest",
    [
        "",
        "../../../etc/passwd",
        "/etc/passwd",
        f"../{DIGEST}",
        DIGEST[:-1],
        DIGEST + "0",
        DIGEST + "\n",
        DIGEST.upper(),
        DIGEST[:-1] + "/",
        DIGEST[:-1] + "\x00",
        "\N{ARABIC-INDIC DIGIT ZERO}" * 64,
    ],
)
def test_only_a_hash_leads_to_a_file(archive, digest):
    with pytest.raises(DigestMalformed):
        archive.get(digest)


def test_a_failed_write_leaves_nothing(archive, tmp_path, monkeypatch):
    def no_space(descriptor):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", no_space)
        with pytest.raises(OSError, match="No space left"):
            archive.put(BODY)
    assert files(tmp_path / "archive") == []
    with pytest.raises(NotArchived):
        archive.get(DIGEST)


def test_only_old_orphans_are_swept(archive, tmp_path):
    incoming = tmp_path / "archive" / "incoming"
    for name, age in (("old", 10.0), ("young", 30.0)):
        (incoming / name).write_bytes(b"half")
        os.utime(incoming / name, (age, age))
    archive.put(BODY)
    assert archive.sweep(before=datetime.fromtimestamp(20, UTC)) == 1
    assert [path.name for path in incoming.iterdir()] == ["young"]
    assert archive.get(DIGEST) == BODY
