from django.conf import settings

# These turns are kept in PostgreSQL; on SQLite they are kept in files.
if not settings.IS_POSTGRES:
    collect_ignore_glob = ["test_*.py"]
