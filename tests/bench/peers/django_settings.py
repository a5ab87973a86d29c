"""Django for the peers that need it: their own app, one database, nothing else."""

import os
from urllib.parse import parse_qs, urlparse

_url = urlparse(os.environ["RACE_DATABASE_URL"])
SECRET_KEY = "race"
USE_TZ = True
INSTALLED_APPS = ["django.contrib.contenttypes", *os.environ.get("RACE_APPS", "").split()]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _url.path[1:],
        "USER": _url.username,
        "HOST": _url.hostname or parse_qs(_url.query)["host"][0],
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
Q_CLUSTER = {
    "workers": 2,
    "save_limit": 0,
    "timeout": 60,
    "retry": 3600,
    "poll": 0.2,
    "queue_limit": 50,
    **(
        {"redis": os.environ["RACE_REDIS_URL"]}
        if os.environ.get("RACE_BROKER") == "redis"
        else {"orm": "default"}
    ),
}
CELERY_BROKER_URL = os.environ["RACE_REDIS_URL"]
CELERY_RESULT_BACKEND = "django-db"
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
