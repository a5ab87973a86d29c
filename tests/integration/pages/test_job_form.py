from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from scheduling.actions.calendars import remove_calendar
from scheduling.actions.pools import add_pool
from scheduling.actions.sources import sync_sources
from scheduling.clock import utc_now
from scheduling.models import Calendar, Job, Misfire, Overlap
from scheduling.states import RunState
from tests.factories.calendars import a_calendar, a_day_off
from tests.factories.jobs import a_job, a_schedule, a_user
from tests.integration.pages.conftest import a_run


def typed(*schedules: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """What a browser sends for the form, filled in by hand."""
    form: dict[str, Any] = {
        "act": "save",
        "name": "New probe",
        "kind": "probe",
        "form_kind": "probe",
        "time_limit_0": "",
        "time_limit_1": "60",
        "max_attempts": "",
        "overlap": "skip",
        "misfire": "run_latest",
        "catchup_window_0": "",
        "catchup_window_1": "60",
        "max_catchup": "25",
        "max_queued": "10",
        "max_parallel": "4",
        "weight": "1",
        "priority": "0",
        "params-behaviour": "succeed",
        "params-seconds": "0",
        "params-steps": "1",
        "params-exit_code": "0",
        "params-megabytes": "1",
        "schedules-TOTAL_FORMS": str(len(schedules)),
        "schedules-INITIAL_FORMS": "0",
    }
    for number, schedule in enumerate(schedules):
        filled = {
            "shape": "daily_at_2",
            "zone": "Europe/Stockholm",
            "gap_policy": "shift",
            "repeat_policy": "first",
            **schedule,
        }
        form |= {f"schedules-{number}-{name}": value for name, value in filled.items()}
    return form | fields


def test_a_job_is_added_with_its_schedules(client: Client) -> None:
    answer = client.post(
        "/jobs/add/",
        typed(
            {},
            {"shape": "weekly", "weekdays": ["mon", "sun"], "times": "03:00"},
            {"shape": "cron", "expression": "30 7 * * 1-5"},
            overlap="queue_one",
            time_limit_0="90",
        ),
    )
    job = Job.objects.get()
    assert answer["Location"] == f"/jobs/{job.pk}/"
    assert (job.name, job.owner.username, job.overlap) == ("New probe", "alice", Overlap.QUEUE_ONE)
    assert job.time_limit.total_seconds() == 5400
    assert [schedule.rule for schedule in job.schedules.all()] == [
        {"type": "daily", "times": ["02:00"]},
        {"type": "weekly", "weekdays": ["mon", "sun"], "times": ["03:00"]},
        {"type": "cron", "expression": "30 7 * * 1-5"},
    ]


def test_a_job_needs_no_schedule(client: Client) -> None:
    client.post("/jobs/add/", typed())
    assert not Job.objects.get().schedules.exists()


@pytest.mark.parametrize(
    ("fields", "part", "field"),
    [
        ({"name": ""}, "form", "name"),
        ({"name": "x" * 121}, "form", "name"),
        ({"max_parallel": "0"}, "form", "max_parallel"),
        ({"weight": "0"}, "form", "weight"),
        ({"priority": "11"}, "form", "priority"),
        ({"time_limit_0": "0"}, "form", "time_limit"),
        ({"params-seconds": "-1"}, "params", "seconds"),
        ({"params-behaviour": "dance"}, "params", "behaviour"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(
    client: Client, fields: dict[str, str], part: str, field: str
) -> None:
    sent = typed({"shape": "cron", "expression": "5 4 * * *"}, **fields)
    answer = client.post("/jobs/add/", sent)
    assert answer.status_code == 422
    assert list(getattr(answer.context["editor"], part).errors) == [field]
    page = answer.content.decode()
    assert 'value="5 4 * * *"' in page
    assert all(
        f'value="{value}"' in page for value in fields.values() if value and value != "dance"
    )
    assert not Job.objects.exists()


def test_a_schedule_that_is_refused_stands_with_its_reason(client: Client) -> None:
    answer = client.post("/jobs/add/", typed({}, {"shape": "cron", "expression": "0 0 30 2 *"}))
    good, bad = answer.context["editor"].schedules.forms
    assert not good.errors
    assert list(bad.errors) == ["expression"]
    assert 'value="0 0 30 2 *"' in answer.content.decode()


def test_a_name_that_is_taken_is_refused_by_the_action(client: Client, job: Job) -> None:
    answer = client.post("/jobs/add/", typed(name="MORNING probe"))
    assert answer.context["editor"].form.errors == {
        "name": ["You already have a job of this name."]
    }


def test_next_dates_are_shown_without_saving(client: Client) -> None:
    answer = client.post("/jobs/add/", typed({}, act="show", name="Not yet"))
    assert answer.status_code == 200
    ((_, dates, _),) = answer.context["parts"]
    assert (dates.sentence, len(dates.dates)) == ("every day at 02:00", 5)
    assert 'value="Not yet"' in answer.content.decode()
    assert not Job.objects.exists()


def test_a_new_form_shows_the_dates_of_its_first_schedule(client: Client) -> None:
    ((_, dates, _),) = client.get("/jobs/add/").context["parts"]
    assert len(dates.dates) == 5


def test_another_schedule_is_added_without_script(client: Client) -> None:
    answer = client.post("/jobs/add/", typed({"shape": "hourly"}, act="another"))
    assert [dates.sentence for _, dates, _ in answer.context["parts"]] == [
        "every hour, on the hour",
        "every day at 02:00",
    ]


def test_a_schedule_is_left_out_when_saving(client: Client) -> None:
    client.post("/jobs/add/", typed({"DELETE": "on", "zone": "nowhere"}, {"shape": "hourly"}))
    assert Job.objects.get().schedules.get().rule == {"type": "preset", "name": "hourly"}


def test_dates_are_shown_while_typing(client: Client) -> None:
    sent = {
        "prefix": "schedules-1",
        "schedules-1-shape": "cron",
        "schedules-1-expression": "30 2 * * *",
        "schedules-1-zone": "Europe/Stockholm",
        "schedules-1-gap_policy": "shift",
        "schedules-1-repeat_policy": "first",
    }
    page = client.get("/jobs/dates/", sent, headers={"HX-Request": "true"}).content.decode()
    assert "At 02:30" in page
    assert page.count("<time ") == 5
    assert "<html" not in page
    broken = client.get("/jobs/dates/", {**sent, "schedules-1-expression": "99 * * * *"})
    assert "minute" in broken.content.decode()


def test_the_form_of_a_kind_shows_its_own_parameters_and_sources(client: Client) -> None:
    page = client.get("/jobs/add/?kind=house-disclosures").content.decode()
    assert "params-years_back" in page
    assert 'value="us-house"' in page
    assert "params-behaviour" not in page


def test_changing_the_kind_keeps_what_is_typed_and_takes_no_parameter_along(
    client: Client,
) -> None:
    sync_sources()
    for act in ("kind", "save"):
        answer = client.post("/jobs/add/", typed({}, kind="house-disclosures", act=act))
        page = answer.content.decode()
        assert 'value="New probe"' in page
        assert "params-years_back" in page
    assert not Job.objects.exists()


def test_sources_are_chosen_and_stay_chosen(client: Client) -> None:
    sync_sources()
    sent = typed(kind="house-disclosures", form_kind="house-disclosures", sources=["us-house"])
    sent |= {"params-years_back": "1"}
    client.post("/jobs/add/", sent)
    job = Job.objects.get()
    assert [source.slug for source in job.sources.all()] == ["us-house"]
    initial = client.get(f"/jobs/{job.pk}/edit/").context["editor"].form["sources"].value()
    assert initial == ["us-house"]
    answer = client.post(f"/jobs/{job.pk}/edit/", {**sent, "sources": [], "revision": "1"})
    assert answer.context["editor"].form.errors == {"sources": ["Choose at least one source."]}


def test_a_job_chooses_among_the_pools_that_there_are(client: Client) -> None:
    for name in ("default", "slow"):
        add_pool(name=name, slots=2, note="", by="alice")
    choices = client.get("/jobs/add/").context["editor"].form.fields["pool"].choices
    assert choices == [("", "default"), ("slow", "slow")]
    client.post("/jobs/add/", typed(pool="slow", weight="2", priority="-1"))
    job = Job.objects.get()
    assert (job.pool_name, job.weight, job.priority) == ("slow", 2, -1)
    answer = client.post("/jobs/add/", typed(name="Other", pool="gone"))
    assert list(answer.context["editor"].form.errors) == ["pool"]


def sent_back(page: Any) -> dict[str, Any]:
    """What a browser would send if nobody touched the form."""
    editor = page.context["editor"]
    parts = [editor.form, editor.params, editor.schedules.management_form, *editor.schedules.forms]
    sent = {"act": "save", "form_kind": editor.kind.slug, "revision": page.context["revision"]}
    for part in parts:
        for field in part:
            value = field.value()
            if hasattr(field.field.widget, "decompress"):
                first, second = field.field.widget.decompress(value)
                sent |= {f"{field.html_name}_0": first or "", f"{field.html_name}_1": second}
            elif value is not None and value is not False:
                sent[field.html_name] = value
    return sent


def test_an_edit_that_changes_nothing_keeps_everything(client: Client, alice: Any) -> None:
    add_pool(name="slow", slots=2, note="", by="alice")
    job = a_job(
        "Full probe",
        a_schedule(type="interval", every_seconds=5400, anchor="2026-03-29T02:30:10Z"),
        a_schedule(type="monthly", days=[1, "last"], times=["02:00"]),
        a_schedule(type="once", at="2030-03-29T02:30:00Z"),
        owner=alice,
        policies={
            "overlap": "queue_all",
            "max_queued": 3,
            "misfire": "run_all",
            "pool": "slow",
            "weight": 2,
            "priority": -3,
        },
        steps=7,
        seconds=1.5,
    )
    before = [schedule.definition() for schedule in job.schedules.all()]
    answer = client.post(f"/jobs/{job.pk}/edit/", sent_back(client.get(f"/jobs/{job.pk}/edit/")))
    assert answer.status_code == 302, answer.context["editor"].form.errors
    definition = job.definition()
    job.refresh_from_db()
    assert job.definition() == {**definition, "revision": 2}
    assert [schedule.definition() for schedule in job.schedules.live()] == before


def test_an_edit_of_an_older_revision_is_refused(client: Client, job: Job) -> None:
    sent = sent_back(client.get(f"/jobs/{job.pk}/edit/"))
    client.post(f"/jobs/{job.pk}/edit/", {**sent, "name": "First"})
    answer = client.post(f"/jobs/{job.pk}/edit/", {**sent, "name": "Second"})
    assert answer.status_code == 422
    assert "Revision 2 is in force" in answer.context["editor"].form.non_field_errors()[0]
    job.refresh_from_db()
    assert job.name == "First"


def test_a_schedule_of_another_job_cannot_be_taken_over(client: Client, job: Job) -> None:
    other = a_job("Other", a_schedule(), now=utc_now())
    stolen = other.schedules.get().pk
    sent = sent_back(client.get(f"/jobs/{job.pk}/edit/"))
    answer = client.post(f"/jobs/{job.pk}/edit/", {**sent, "schedules-0-schedule_id": str(stolen)})
    assert answer.status_code == 422
    assert other.schedules.live().count() == 1


@pytest.mark.parametrize("total", ["x", "21", "9" * 30])
def test_a_form_with_a_broken_count_is_refused(client: Client, total: str) -> None:
    for act in ("save", "another", "show"):
        sent = {**typed({}), "schedules-TOTAL_FORMS": total, "act": act}
        assert client.post("/jobs/add/", sent).status_code in (200, 422)
    assert not Job.objects.exists()


def test_a_broken_schedule_can_be_repaired_in_the_form(client: Client, job: Job) -> None:
    job.schedules.update(rule={"type": "cron", "expression": "99 * * * *"}, zone="Nowhere/Land")
    assert client.get(f"/jobs/{job.pk}/").status_code == 200
    page = client.get(f"/jobs/{job.pk}/edit/")
    assert 'value="99 * * * *"' in page.content.decode()
    sent = sent_back(page)
    assert client.post(f"/jobs/{job.pk}/edit/", sent).status_code == 422
    sent |= {"schedules-0-expression": "9 * * * *", "schedules-0-zone": "UTC"}
    assert client.post(f"/jobs/{job.pk}/edit/", sent).status_code == 302
    assert job.schedules.live().get().rule == {"type": "cron", "expression": "9 * * * *"}


def part_shown(client: Client, **schedule: Any) -> tuple[Any, Any]:
    """Dates and review of a schedule that is being typed."""
    answer = client.post("/jobs/add/", typed(schedule, act="show"))
    ((_, dates, review),) = answer.context["parts"]
    return dates, review


def test_a_schedule_keeps_to_a_market_and_leaves_calendars_out(client: Client) -> None:
    calendar = a_calendar()
    sent = typed({"shape": "hourly", "market": "XNYS", "calendars": [calendar.pk]}, misfire="ask")
    client.post("/jobs/add/", sent)
    job = Job.objects.get()
    schedule = job.schedules.get()
    assert (job.misfire, schedule.market) == (Misfire.ASK, "XNYS")
    assert schedule.blackouts == [calendar.definition()]
    before = schedule.definition()
    client.post(f"/jobs/{job.pk}/edit/", sent_back(client.get(f"/jobs/{job.pk}/edit/")))
    after = job.schedules.live().get()
    assert (after.definition(), list(after.calendars.all())) == (before, [calendar])


@pytest.mark.parametrize(
    ("label", "why"), [("Midsummer", "Midsummer"), ("", "a calendar leaves it out")]
)
def test_dates_that_a_calendar_leaves_out_stand_among_the_next_ones(
    client: Client, label: str, why: str
) -> None:
    tomorrow = (utc_now() + timedelta(days=1)).date()
    calendar = a_calendar("Days off", **a_day_off(tomorrow, label))
    dates, _ = part_shown(client, shape="daily", zone="UTC", calendars=[calendar.pk])
    assert [date.left_out for date in dates.dates] == [why, "", "", "", "", ""]
    assert dates.limits == "not on Days off"


def test_a_calendar_of_which_nothing_is_left_is_refused_at_its_field(client: Client) -> None:
    answer = client.post("/jobs/add/", typed({"shape": "daily", "market": "XNYS"}))
    (form,) = answer.context["editor"].schedules.forms
    assert list(form.errors) == ["market"]


def test_a_calendar_that_is_gone_cannot_be_chosen(client: Client) -> None:
    calendar = a_calendar()
    remove_calendar(calendar=calendar, by="alice", now=utc_now())
    answer = client.post("/jobs/add/", typed({"calendars": [calendar.pk]}))
    (form,) = answer.context["editor"].schedules.forms
    assert list(form.errors) == ["calendars"]


def test_clock_changes_are_shown_with_what_each_policy_would_do(client: Client) -> None:
    _, review = part_shown(client, shape="daily_at_2", gap_policy="skip", repeat_policy="both")
    chosen = [choice for change in review.changes for choice in change.choices if choice.is_chosen]
    assert sorted(choice.result for choice in chosen) == [
        "at 02:00 CEST and 02:00 CET",
        "not at all",
    ]
    _, review = part_shown(client, shape="hourly")
    assert {change.sentence.split(". ")[-1] for change in review.changes} == {
        "Nothing runs then.",
        "It runs both times.",
    }
    _, review = part_shown(client, shape="daily", zone="UTC")
    assert review.changes == ()


def test_a_calendar_that_cannot_be_read_is_told_at_its_field(client: Client) -> None:
    calendar = a_calendar()
    Calendar.objects.update(rule={"type": "holidays", "country": "XX"})
    answer = client.post("/jobs/add/", typed({"calendars": [calendar.pk]}))
    (form,) = answer.context["editor"].schedules.forms
    assert "Holidays cannot be read" in form.errors["calendars"][0]


def test_hints_know_how_long_runs_of_the_job_last(client: Client) -> None:
    job = a_job("Slow probe", a_schedule(type="interval", every_seconds=5))
    for _ in range(3):
        a_run(job, RunState.SUCCEEDED)  # of ten seconds
    ((_, _, review),) = client.get(f"/jobs/{job.pk}/edit/").context["parts"]
    assert [hint.code for hint in review.hints] == ["FASTER_THAN_ITS_RUNS", "VERY_OFTEN"]
    schedule = job.schedules.get()
    every_5_seconds = {"shape": "interval", "every_0": "5", "every_1": "1"}
    clock = {"zone": "UTC", "gap_policy": "shift", "repeat_policy": "first"}
    fields = {**every_5_seconds, **clock, "schedule_id": schedule.pk}
    sent: dict[str, Any] = {"prefix": "s", **{f"s-{name}": value for name, value in fields.items()}}
    assert "they will meet" in client.get("/jobs/dates/", sent).content.decode()
    client.force_login(a_user("bob"))
    assert "they will meet" not in client.get("/jobs/dates/", sent).content.decode()


def test_what_is_saved_says_its_revision(client: Client, job: Job) -> None:
    sent = sent_back(client.get(f"/jobs/{job.pk}/edit/"))
    page = client.post(f"/jobs/{job.pk}/edit/", sent, follow=True).content.decode()
    assert "Morning probe is saved as revision 2." in page


def test_an_edit_is_compared_with_the_job_as_it_is_before_it_is_saved(
    client: Client, job: Job
) -> None:
    sent = {**sent_back(client.get(f"/jobs/{job.pk}/edit/")), "act": "show"}
    page = client.post(f"/jobs/{job.pk}/edit/", {**sent, "schedules-0-times": "13:00"})
    assert page.context["comparison"].dates.lost_count > 0
    assert "What this edit changes" in page.content.decode()
    same = client.post(f"/jobs/{job.pk}/edit/", sent)
    assert same.context["comparison"].dates.is_same
    for quiet in ({**sent, "name": ""}, {**sent, "schedules-0-times": "25:00"}):
        assert client.post(f"/jobs/{job.pk}/edit/", quiet).context["comparison"] is None
    assert client.get(f"/jobs/{job.pk}/edit/").context["comparison"] is None


def kinds_offered(client: Client) -> list[str]:
    form = client.get("/jobs/add/").context["editor"].form
    return [slug for slug, _title in form.fields["kind"].choices]


def test_kinds_for_staff_are_offered_to_staff_alone_and_never_first(client, staff):
    assert "maintenance-purge" not in kinds_offered(client)
    assert kinds_offered(staff)[-1] == "maintenance-purge"
