from __future__ import annotations

import pytest

from scheduling.models import Job, Worker
from tests.factories.jobs import NOON, a_job
from tests.factories.runs import a_worker


@pytest.fixture
def job(db: None) -> Job:
    return a_job("morning", now=NOON)


@pytest.fixture
def worker(db: None) -> Worker:
    return a_worker()
