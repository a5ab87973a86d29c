from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class SchedulingConfig(AppConfig):
    name = "scheduling"
    verbose_name = "Scheduling"

    def ready(self) -> None:
        from scheduling import checks  # noqa: F401, PLC0415 - registers the checks

        post_migrate.connect(_sync_sources, sender=self)


def _sync_sources(**_signal: Any) -> None:
    """After a migration the sources that this version of the code knows are there."""
    from scheduling.actions.sources import sync_sources  # noqa: PLC0415 - models are ready only now

    sync_sources()
