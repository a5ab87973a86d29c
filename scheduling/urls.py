"""Addresses are nouns; what changes something is a POST to a verb below its noun."""

from django.urls import path
from django.views.generic import RedirectView

from scheduling.views import artifacts, controls, editing, health, jobs, runs

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="jobs"), name="home"),
    path("jobs/", jobs.job_list, name="jobs"),
    path("jobs/add/", editing.add, name="job-add"),
    path("jobs/dates/", editing.dates, name="schedule-dates"),
    path("jobs/<int:pk>/", jobs.job_page, name="job"),
    path("jobs/<int:pk>/edit/", editing.edit, name="job-edit"),
    path("jobs/<int:pk>/run/", controls.run_now, name="job-run"),
    path("jobs/<int:pk>/pause/", controls.pause, name="job-pause"),
    path("jobs/<int:pk>/resume/", controls.resume, name="job-resume"),
    path("jobs/<int:pk>/remove/", controls.remove, name="job-remove"),
    path("runs/", runs.run_list, name="runs"),
    path("runs/<int:pk>/", runs.run_page, name="run"),
    path("runs/<int:pk>/cancel/", runs.cancel, name="run-cancel"),
    path("runs/<int:pk>/log.txt", runs.log_download, name="run-log"),
    path("artifacts/<int:pk>/", artifacts.artifact, name="artifact"),
    path("healthz", health.health, name="health"),
]
