"""The fields of a job that every kind has: name, kind, sources, limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from scheduling.actions.drafts import MOST_PRIORITY, MOST_WEIGHT
from scheduling.models import DEFAULT_POOL, Misfire, Overlap, Pool
from scheduling.views.forms.lengths import LengthField
from scheduling.views.forms.refusable import RefusableForm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scheduling.kinds import JobKind
    from scheduling.models import Job

MOST = 1_000
RARE = (
    "catchup_window",
    "max_catchup",
    "max_queued",
    "max_parallel",
    "pool",
    "weight",
    "priority",
)


class JobForm(RefusableForm):
    """Everything but the kind's parameters and the schedules."""

    name = forms.CharField(max_length=120)
    kind = forms.ChoiceField(label="What it does")
    sources = forms.MultipleChoiceField(
        label="Collects from", required=False, widget=forms.CheckboxSelectMultiple
    )
    time_limit = LengthField(label="Time limit", help_text="Empty: the kind's own.")
    max_attempts = forms.IntegerField(
        label="Attempts",
        required=False,
        min_value=1,
        max_value=MOST,
        help_text="How often a run is tried. Empty: the kind's own.",
    )
    overlap = forms.ChoiceField(
        label="When the last run is still active", choices=Overlap.choices, initial=Overlap.SKIP
    )
    misfire = forms.ChoiceField(
        label="After an outage", choices=Misfire.choices, initial=Misfire.RUN_LATEST
    )
    catchup_window = LengthField(
        label="Catch up at most",
        help_text="Older dates are recorded as missed. Empty: one period, 1 hour to 7 days.",
    )
    max_catchup = forms.IntegerField(
        label="Missed runs to catch up", min_value=1, max_value=MOST, initial=25
    )
    max_queued = forms.IntegerField(
        label="Runs that may wait", min_value=1, max_value=MOST, initial=10
    )
    max_parallel = forms.IntegerField(
        label="Runs side by side", min_value=1, max_value=MOST, initial=4
    )
    pool = forms.ChoiceField(
        required=False, help_text="Runs wait while those that run take up the pool's slots."
    )
    weight = forms.IntegerField(
        min_value=1,
        max_value=MOST_WEIGHT,
        initial=1,
        help_text="Slots that a run takes. Heavier than its pool, it runs alone in it.",
    )
    priority = forms.IntegerField(
        min_value=-MOST_PRIORITY,
        max_value=MOST_PRIORITY,
        initial=0,
        help_text="Each step counts like five minutes of waiting, so that no run waits for ever.",
    )

    def __init__(
        self,
        kind: JobKind[Any],
        data: Any,
        *,
        kinds: Sequence[JobKind[Any]],
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=initial)
        self._kind = kind
        self.fields["kind"] = forms.ChoiceField(
            label="What it does",
            choices=[(each.slug, each.title) for each in kinds],
            help_text=kind.description,
        )
        pool = self.fields["pool"]
        if isinstance(pool, forms.ChoiceField):
            pool.choices = _pool_choices()
        sources = self.fields["sources"]
        if isinstance(sources, forms.MultipleChoiceField):
            sources.choices = [(spec.slug, spec.title) for spec in kind.sources]
            sources.initial = [spec.slug for spec in kind.sources]
        if not kind.sources:
            del self.fields["sources"]

    @property
    def has_rare_errors(self) -> bool:
        """True if something is wrong in the part that is folded away."""
        return any(name in self.errors for name in RARE)

    def clean_sources(self) -> list[str]:
        chosen: list[str] = self.cleaned_data["sources"]
        if not chosen:
            raise forms.ValidationError("Choose at least one source.")
        return chosen


def _pool_choices() -> list[tuple[str, str]]:
    """The default pool first, whether or not a row sets a limit for it."""
    names = Pool.objects.exclude(name=DEFAULT_POOL).values_list("name", flat=True)
    return [("", DEFAULT_POOL), *((name, name) for name in names)]


def typed_for_job(job: Job) -> dict[str, Any]:
    """What would have to be typed for a stored job."""
    return {
        "name": job.name,
        "kind": job.kind,
        "sources": [source.slug for source in job.sources.all()],
        "time_limit": job.time_limit,
        "max_attempts": job.max_attempts,
        "overlap": job.overlap,
        "misfire": job.misfire,
        "catchup_window": job.catchup_window,
        "max_catchup": job.max_catchup,
        "max_queued": job.max_queued,
        "max_parallel": job.max_parallel,
        "pool": job.pool_id or "",
        "weight": job.weight,
        "priority": job.priority,
    }
