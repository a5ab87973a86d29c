"""`manage.py parse KIND FILE...`: documents to JSON lines, without a database or a network."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from scheduling.kinds import DocumentKind, ParsedDocument
from scheduling.registry import UnknownKind, get_kind


class Command(BaseCommand):
    help = (
        "Parses files: one JSON object per record, and after each file a line with its status. "
        "Exits 1 only if no file could be read."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("kind", help="for example house-disclosures")
        parser.add_argument("files", nargs="+", metavar="FILE", type=Path)

    def handle(self, *, kind: str, files: list[Path], **_options: Any) -> None:
        parser = document_kind(kind)
        readable = 0
        for path in files:
            document = _parse_one(parser, path)
            readable += document.is_readable
            self._write(path, document)
        if not readable:
            raise SystemExit(1)

    def _write(self, path: Path, document: ParsedDocument) -> None:
        for record in document.records:
            self.stdout.write(json.dumps(record, ensure_ascii=False))
        status: dict[str, Any] = {
            "file": str(path),
            "doc_id": document.doc_id,
            "status": document.status,
            "rows": len(document.records),
        }
        if document.reason:
            status["reason"] = document.reason
        self.stdout.write(json.dumps(status, ensure_ascii=False))


def document_kind(slug: str) -> DocumentKind[Any]:
    """The kind registered as `slug`, if it parses documents. Raises CommandError."""
    try:
        kind = get_kind(slug)
    except UnknownKind as error:
        raise CommandError(str(error)) from error
    if not isinstance(kind, DocumentKind):
        raise CommandError(f"{kind.title} has no documents to parse.")
    return kind


def _parse_one(kind: DocumentKind[Any], path: Path) -> ParsedDocument:
    try:
        body = path.read_bytes()
    except OSError as error:
        reason = f"The file cannot be read: {error.strerror}."
        return ParsedDocument(
            doc_id=path.stem, status="unreadable", is_readable=False, reason=reason
        )
    return kind.parse_document(path.name, body)
