"""The admin: every table to search, nothing of the ledger to edit, controls by the actions."""

from django.contrib import admin
from django_apscheduler.models import DjangoJob, DjangoJobExecution

from scheduling.admin import backfills, calendars, jobs, notices, pools, runs, sources, workers

# Its pages can run jobs inside the web process and delete rows of the due index.
admin.site.unregister([DjangoJob, DjangoJobExecution])
admin.site.site_header = "Rollcall"
admin.site.site_title = "Rollcall"
admin.site.index_title = "Administration"
admin.site.site_url = "/jobs/"

__all__ = ["backfills", "calendars", "jobs", "notices", "pools", "runs", "sources", "workers"]
