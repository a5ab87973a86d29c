"""Imported once by the fork server, so that every child starts with Django and the kinds loaded.

Opens no connection: a child must never share a parent's socket to the database.
"""

import os
import signal

import django

# A signal to the whole process group is for the engine to act on: without this server its children
# would lose their parent, and die, before they could be stopped in order.
signal.signal(signal.SIGTERM, signal.SIG_IGN)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from scheduling.registry import all_kinds  # noqa: E402 - models need django.setup()

all_kinds()
