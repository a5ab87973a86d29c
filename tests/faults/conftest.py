from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from django.db import connection

from tests.faults.trials import Trial


@pytest.fixture
def trial() -> Iterator[Trial]:
    """Written down whether or not the test comes to its end."""
    trial = Trial(connection.vendor)
    began_at = time.monotonic()
    yield trial
    trial.seconds = round(time.monotonic() - began_at, 1)
    trial.write_down()
