"""Imported first by the zygote, so that every child starts with Django and the kinds loaded.

Opens no connection: a child must never share a parent's socket to the database.
"""

import gc
import os
import signal

import django

# The engine decides when children end. A signal to it and all of its processes must not take the
# zygote, and with it every child, before they are stopped in order.
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)

gc.disable()  # a collection would write to pages that children share; each switches it on again
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.conf import settings  # noqa: E402 - settings, models and kinds need django.setup()
from django.utils.module_loading import import_string  # noqa: E402

from scheduling.registry import all_kinds  # noqa: E402

all_kinds()
for path in (settings.RUN_HTTP, settings.RUN_ARCHIVE):
    import_string(path)
