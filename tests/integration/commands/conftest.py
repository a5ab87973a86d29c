from __future__ import annotations

import json
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

Call = Callable[..., str]


@pytest.fixture
def call() -> Call:
    """Calls a command in this process and returns what it wrote to standard output."""

    def run(name: str, *arguments: str, **options: Any) -> str:
        out = StringIO()
        call_command(name, *arguments, stdout=out, **options)
        return out.getvalue()

    return run


def lines_of(text: str) -> list[Any]:
    """JSON lines as objects."""
    return [json.loads(line) for line in text.splitlines()]
