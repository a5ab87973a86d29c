"""Celery's application, as its documentation has it for Django."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.bench.peers.django_settings")
app = Celery("race")
app.config_from_object("django.conf:settings", namespace="CELERY")


@app.task(name="noop")  # type: ignore[untyped-decorator]
def noop() -> None:
    """Do nothing."""
