"""Raw bytes kept by content hash: any document can be parsed again without fetching it.

A file lies at `ab/cd/<sha256>` under the root, as it came: PDFs and ZIPs do not compress further.
In a folder it appears complete or not at all (written beside, synced, renamed), so a kill at any
moment leaves at most an orphan in `incoming`, which the next opening sweeps. S3 promises the same
of each object.
"""

from __future__ import annotations

import hashlib
import os
import re
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages

if TYPE_CHECKING:
    from datetime import datetime

    from django.core.files.storage import Storage

    from scheduling.kinds import Archive, RunContext

ORPHAN_AGE = timedelta(days=1)
DIGEST = re.compile(r"[0-9a-f]{64}")


class DigestMalformed(ValueError):
    """What is asked for is not a SHA-256 in lower-case hex."""


class NotArchived(KeyError):
    """No bytes are kept under the digest."""

    def __str__(self) -> str:
        return str(self.args[0])  # KeyError would show the sentence in quotes


class ArchiveDamaged(Exception):
    """A kept file's bytes no longer have the hash that it is named after."""


class FileArchive:
    """The `Archive` of `scheduling.kinds` in a folder; safe for many processes at once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._incoming = root / "incoming"
        self._incoming.mkdir(parents=True, exist_ok=True)

    def put(self, body: bytes) -> str:
        """Keep `body` durably and return its SHA-256 in hex. Keeping it twice changes nothing.

        A damaged copy is replaced.
        """
        digest = hashlib.sha256(body).hexdigest()
        path = self._path(digest)
        if not _holds(path, body):
            self._write(path, body)
        return digest

    def get(self, digest: str) -> bytes:
        """Return the bytes kept as `digest`.

        Raises DigestMalformed, NotArchived (a KeyError), and ArchiveDamaged.
        """
        path = self._path(digest)
        try:
            body = path.read_bytes()
        except FileNotFoundError:
            raise _not_archived(digest) from None
        return _intact(body, digest, place=path)

    def sweep(self, *, before: datetime) -> int:
        """Delete what killed writers left behind before that instant; returns how many files."""
        swept = 0
        for orphan in self._incoming.iterdir():
            with suppress(FileNotFoundError):  # another process may sweep or rename it
                if orphan.stat().st_mtime < before.timestamp():
                    orphan.unlink()
                    swept += 1
        return swept

    def _path(self, digest: str) -> Path:
        return self._root / _name(digest)

    def _write(self, path: Path, body: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=self._incoming, delete=False) as file:
            try:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
                Path(file.name).replace(path)
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise
        for folder in (path.parent, path.parent.parent, self._root):
            _sync_folder(folder)


class StorageArchive:
    """The `Archive` of `scheduling.kinds` in a Django storage that overwrites, such as S3."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def put(self, body: bytes) -> str:
        """Keep `body` and return its SHA-256 in hex, as `FileArchive` does.

        It is sent even if it is there already: to compare would mean to fetch it.
        """
        digest = hashlib.sha256(body).hexdigest()
        self._storage.save(_name(digest), ContentFile(body))
        return digest

    def get(self, digest: str) -> bytes:
        """Return the bytes kept as `digest`. Raises what `FileArchive.get` raises."""
        name = _name(digest)
        try:
            with self._storage.open(name) as file:
                body: bytes = file.read()
        except FileNotFoundError:
            raise _not_archived(digest) from None
        return _intact(body, digest, place=name)


def _name(digest: str) -> str:
    if not DIGEST.fullmatch(digest):
        raise DigestMalformed(f"{digest[:80]!r} is not a SHA-256 in lower-case hex.")
    return f"{digest[:2]}/{digest[2:4]}/{digest}"


def _not_archived(digest: str) -> NotArchived:
    return NotArchived(f"The archive keeps nothing as {digest}: fetch it again.")


def _intact(body: bytes, digest: str, *, place: object) -> bytes:
    if hashlib.sha256(body).hexdigest() != digest:
        raise ArchiveDamaged(
            f"The archive's copy of {digest} is damaged: restore {place} from a backup, or "
            "delete it and fetch the document again."
        )
    return body


def _holds(path: Path, body: bytes) -> bool:
    with suppress(FileNotFoundError):
        return path.stat().st_size == len(body) and path.read_bytes() == body
    return False


def _sync_folder(folder: Path) -> None:
    """Make a rename in `folder` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def open_archive(ctx: RunContext) -> Archive:
    """The archive at STORAGE_URL, else under DATA_DIR. The runner finds it through RUN_ARCHIVE."""
    if settings.STORAGE_URL:
        return StorageArchive(storages["archive"])
    archive = FileArchive(settings.DATA_DIR / "archive")
    archive.sweep(before=ctx.now() - ORPHAN_AGE)
    return archive
