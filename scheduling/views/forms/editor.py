"""The forms of a job's page as one: the job, its kind's parameters, its schedules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from scheduling.actions.drafts import JobDraft
from scheduling.actions.forecast import run_lengths_of
from scheduling.models import Job
from scheduling.views.dates import Dates, Review, dates_of_plan, review_of
from scheduling.views.forms.job import JobForm, typed_for_job
from scheduling.views.forms.params import ParamsForm
from scheduling.views.forms.schedule import ScheduleForm, blank_schedule, typed_for
from scheduling.views.numbers import number_in

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from django.http import QueryDict

    from scheduling.kinds import JobKind
    from scheduling.models import Calendar

PREFIX = "schedules"
MOST_SCHEDULES = 20

ScheduleForms = forms.formset_factory(
    ScheduleForm,
    extra=0,
    can_delete=True,
    max_num=MOST_SCHEDULES,
    validate_max=True,
    absolute_max=MOST_SCHEDULES + 1,  # what is sent may claim any number of forms
)


class JobEditor:
    """What is typed about one job. `job` is None while it is being added.

    `kinds` are those that it may be of, `calendars` those that its schedules may choose from.
    """

    def __init__(
        self,
        data: QueryDict | None,
        *,
        job: Job | None,
        kind_slug: str,
        kinds: Sequence[JobKind[Any]],
        calendars: Sequence[Calendar],
    ) -> None:
        self.job = job
        self.kind = next((kind for kind in kinds if kind.slug == kind_slug), kinds[0])
        self._has_new_kind = data is not None and data.get("form_kind", kind_slug) != kind_slug
        if data is not None and self._has_new_kind:
            data = data.copy()
            data.setlist("sources", [spec.slug for spec in self.kind.sources])
        self.form = JobForm(self.kind, data, kinds=kinds, initial=self._typed_job())
        self.params = ParamsForm(
            self.kind,
            None if self._has_new_kind else data,
            initial=job.params if job and job.kind == self.kind.slug else {},
        )
        self.schedules = ScheduleForms(
            data,
            prefix=PREFIX,
            initial=self._typed_schedules(),
            form_kwargs={"use_required_attribute": False, "calendars": calendars},
        )

    def _typed_job(self) -> dict[str, Any]:
        return typed_for_job(self.job) if self.job else {"kind": self.kind.slug}

    def _typed_schedules(self) -> list[dict[str, Any]]:
        if self.job is None:
            return [blank_schedule()]
        schedules = self.job.schedules.live().prefetch_related("calendars")
        return [typed_for(schedule) for schedule in schedules]

    def is_valid(self) -> bool:
        """True if all parts are. Parameters that were typed for another kind are never taken."""
        if self._has_new_kind:
            self.form.add_error("kind", "The kind has changed: check its parameters, then save.")
        parts = [self.form.is_valid(), self.params.is_valid(), self.schedules.is_valid()]
        return all(parts)

    @property
    def _kept(self) -> list[ScheduleForm]:
        dropped = self.schedules.deleted_forms
        return [form for form in self.schedules.forms if form not in dropped]

    def draft(self) -> JobDraft:
        """What was typed, for the job actions. Call it after `is_valid()`."""
        typed = self.form.cleaned_data
        return JobDraft(
            name=typed["name"],
            kind=self.kind.slug,
            params=self.params.raw(),
            sources=tuple(typed.get("sources", ())),
            schedules=tuple(form.draft() for form in self._kept),
            **{
                name: typed[name]
                for name in (
                    "time_limit",
                    "max_attempts",
                    "overlap",
                    "misfire",
                    "catchup_window",
                    "max_catchup",
                    "max_queued",
                    "max_parallel",
                    "pool",
                    "weight",
                    "priority",
                )
            },
        )

    def refuse(self, errors: dict[str, str]) -> None:
        """Put what an action refused at the fields where it was typed."""
        for name, text in errors.items():
            part, _, rest = name.partition(".")
            if part == "params":
                self.params.refuse({rest.partition(".")[0]: text})
            elif part == "schedules" and rest:
                number, _, field = rest.partition(".")
                self._kept[int(number)].refuse(field, text.removeprefix(f"{field}: "))
            else:
                self.form.refuse({name: text})

    def parts(self, now: datetime) -> list[tuple[ScheduleForm, Dates | None, Review | None]]:
        """Each schedule's form with its dates and its review, where what was typed can be read."""
        length = typical_length(self.job)
        return [(form, *dates_of_form(form, length, now)) for form in self.schedules.forms]


def typical_length(job: Job | None) -> timedelta | None:
    """The median of how long its last runs took; None for one that ran too seldom to say."""
    lengths = run_lengths_of(job) if job else None
    return None if lengths is None else lengths.median


def dates_of_form(
    form: ScheduleForm, typical_length: timedelta | None, now: datetime
) -> tuple[Dates | None, Review | None]:
    """Dates and review of what stands in the form, whether typed just now or stored before."""
    if not form.is_bound:
        form = ScheduleForm(_as_typed(form), prefix=form.prefix, calendars=form.choosable)
    plan = form.plan
    if plan is None:
        return None, None
    return dates_of_plan(plan, now), review_of(plan, typical_length, now)


def _as_typed(form: ScheduleForm) -> dict[str, Any]:
    """The values of a form that nobody has sent yet, as if it had been sent as it is."""
    typed: dict[str, Any] = {}
    for bound in form:
        value = bound.value()
        if isinstance(bound.field.widget, forms.MultiWidget):
            for number, part in enumerate(bound.field.widget.decompress(value) or ()):
                typed[f"{bound.html_name}_{number}"] = part
        else:
            typed[bound.html_name] = value
    return typed


def with_another_schedule(data: QueryDict) -> QueryDict:
    """The sent form with one more schedule, filled with what a new one starts from."""
    more = data.copy()
    number = min(number_in(data.get(f"{PREFIX}-TOTAL_FORMS", "")) or 0, MOST_SCHEDULES)
    more[f"{PREFIX}-TOTAL_FORMS"] = str(number + 1)
    blank = ScheduleForm(prefix=f"{PREFIX}-{number}", initial=blank_schedule())
    more.update({name: value for name, value in _as_typed(blank).items() if value is not None})
    return more
