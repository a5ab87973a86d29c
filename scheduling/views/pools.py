"""Pools: how many slots each has, what takes them up, and what waits. For staff."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.db.models import Count
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from scheduling.actions.pools import (
    MOST_SLOTS,
    PoolInUse,
    PoolRefused,
    add_pool,
    edit_pool,
    jobs_in,
    jobs_limited_by,
    remove_pool,
)
from scheduling.clock import utc_now
from scheduling.execution.limits import uses_of_pools
from scheduling.models import DEFAULT_POOL, Job, Pool, Run
from scheduling.views.finding import refuse_unless_staff
from scheduling.views.forms.refusable import RefusableForm

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse


@dataclass(frozen=True, kw_only=True)
class PoolRow:
    """A pool in the list. `pool` is None where no row sets a limit: the default, or one removed."""

    name: str
    pool: Pool | None
    jobs: int
    used: int
    waiting: int

    @property
    def is_default(self) -> bool:
        return self.name == DEFAULT_POOL


class PoolForm(RefusableForm):
    """A pool. Its name is given once: runs that wait know the pool by it."""

    name = forms.SlugField(
        max_length=50,
        help_text="Letters, digits, hyphens and underscores. It cannot be changed later. A pool "
        f"named {DEFAULT_POOL} limits the jobs that name no other.",
    )
    slots = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=MOST_SLOTS,
        help_text="Runs take as many as their job weighs. Empty: as many as the workers have.",
    )
    note = forms.CharField(required=False, max_length=500, help_text="What the pool is for.")


@require_safe
def pool_list(request: HttpRequest) -> HttpResponse:
    """All pools with what they hold now, those too that only runs still name."""
    refuse_unless_staff(request)
    return render(request, "pools/list.html", {"now": utc_now(), "rows": _rows()})


def _rows() -> list[PoolRow]:
    pools = Pool.objects.in_bulk()
    jobs = _by_pool(Job.objects.live())
    jobs[DEFAULT_POOL] += jobs.pop(None, 0)
    used = uses_of_pools()
    waiting = _by_pool(Run.objects.waiting())
    names = {DEFAULT_POOL, *pools, *used, *waiting}
    return [
        PoolRow(
            name=name,
            pool=pools.get(name),
            jobs=jobs[name],
            used=used[name],
            waiting=waiting[name],
        )
        for name in sorted(names, key=lambda name: (name != DEFAULT_POOL, name))
    ]


def _by_pool(rows: QuerySet[Any]) -> Counter[str | None]:
    """Pool, or None where a job names none -> how many of the rows."""
    return Counter(dict(rows.order_by().values_list("pool").annotate(Count("pk"))))


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """The empty form; what is sent becomes a pool."""
    refuse_unless_staff(request)
    initial = {"name": request.GET.get("name", "")}
    return _form_page(request, PoolForm(request.POST or None, initial=initial), pool=None)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, name: str) -> HttpResponse:
    """The form as the pool is; what is sent holds for the next run that starts."""
    pool = _find(request, name)
    form = PoolForm(request.POST or None, initial={"slots": pool.slots, "note": pool.note})
    del form.fields["name"]
    return _form_page(request, form, pool=pool)


@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest, name: str) -> HttpResponse:
    """Ask once more; a pool with jobs in it stays, and the page names them."""
    pool = _find(request, name)
    if request.method == "POST":
        try:
            remove_pool(pool=pool, by=request.user.get_username())
        except PoolInUse as error:
            messages.error(request, f"{pool} was not removed. {error}")
        else:
            messages.success(request, f"{pool} was removed.")
            return redirect("pools")
    waiting = Run.objects.waiting().filter(pool=pool.name).count()
    context = {
        "pool": pool,
        "is_default": pool.name == DEFAULT_POOL,
        "jobs": jobs_in(pool),
        "waiting": waiting,
    }
    return render(request, "pools/remove.html", context)


def _find(request: HttpRequest, name: str) -> Pool:
    refuse_unless_staff(request)
    return get_object_or_404(Pool, name=name)


def _form_page(request: HttpRequest, form: PoolForm, *, pool: Pool | None) -> HttpResponse:
    is_refused = request.method == "POST"
    if is_refused and _save(request, form, pool=pool):
        return redirect("pools")
    heavy = (
        jobs_limited_by(pool).filter(weight__gt=pool.slots)
        if pool and pool.slots
        else Job.objects.none()
    )
    context = {
        "heading": f"Edit {pool.name}" if pool else "Add a pool",
        "form": form,
        "pool": pool,
        "is_refused": is_refused,
        "heavy": heavy,
    }
    return render(request, "pools/form.html", context, status=422 if is_refused else 200)


def _save(request: HttpRequest, form: PoolForm, *, pool: Pool | None) -> bool:
    """Save what was typed; False when it is refused, which the form then shows."""
    if not form.is_valid():
        return False
    by = request.user.get_username()
    try:
        if pool is None:
            saved = add_pool(**form.cleaned_data, by=by)
        else:
            saved = edit_pool(pool=pool, **form.cleaned_data, by=by)
    except PoolRefused as error:
        form.refuse(error.errors)
        return False
    messages.success(request, f"{saved} is saved.")
    return True
