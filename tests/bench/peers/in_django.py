"""What the Django peers share: an installed app, migrated."""

from __future__ import annotations

import os

SETTINGS = "tests.bench.peers.django_settings"


def install(*apps: str) -> None:
    """Set Django up with `apps` and make their tables; child processes inherit the choice."""
    os.environ.update(DJANGO_SETTINGS_MODULE=SETTINGS, RACE_APPS=" ".join(apps))
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
