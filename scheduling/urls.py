"""Addresses are nouns; what changes something is a POST to a verb below its noun."""

from django.urls import path
from django.views.generic import RedirectView

from scheduling.views import (
    artifacts,
    calendars,
    controls,
    editing,
    health,
    in_force,
    inbox,
    jobs,
    runs,
    simulator,
    why,
)

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
    path("jobs/<int:pk>/in-force/", in_force.in_force, name="job-in-force"),
    path("jobs/<int:pk>/why/", why.why, name="job-why"),
    path("calendars/", calendars.calendar_list, name="calendars"),
    path("calendars/add/", calendars.add, name="calendar-add"),
    path("calendars/spells/", calendars.spells, name="calendar-spells"),
    path("calendars/<int:pk>/edit/", calendars.edit, name="calendar-edit"),
    path("calendars/<int:pk>/remove/", calendars.remove, name="calendar-remove"),
    path("simulator/", simulator.simulator, name="simulator"),
    path("runs/", runs.run_list, name="runs"),
    path("runs/<int:pk>/", runs.run_page, name="run"),
    path("runs/<int:pk>/cancel/", runs.cancel, name="run-cancel"),
    path("runs/<int:pk>/log.txt", runs.log_download, name="run-log"),
    path("schedules/<int:pk>/skip/", controls.skip, name="schedule-skip"),
    path("schedules/<int:pk>/undo-skip/", controls.unskip, name="schedule-unskip"),
    path("schedules/<int:pk>/answer/", inbox.answer_question, name="schedule-answer"),
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/storm/", inbox.settle_storm, name="storm-settle"),
    path("inbox/accept/", inbox.accept_copy, name="copy-accept"),
    path("notices/<int:pk>/close/", inbox.see_notice, name="notice-close"),
    path("artifacts/<int:pk>/", artifacts.artifact, name="artifact"),
    path("healthz", health.health, name="health"),
]
