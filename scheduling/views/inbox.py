"""What waits for a person: questions about missed runs, a storm, a restored copy, notices."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.contrib import messages
from django.db.models import Value
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from scheduling.actions.installation import NotHeld, accept
from scheduling.actions.notices import close_notice
from scheduling.actions.questions import Answer, NothingToAnswer, answer
from scheduling.actions.storms import Storm, drop_storm, release_storm, storm_at
from scheduling.clock import utc_now
from scheduling.models import Installation, Notice, NoticeCode, Run, Schedule
from scheduling.views.dates import sentence_of
from scheduling.views.finding import find_schedule, refuse_unless_staff

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
    from django.http import HttpRequest, HttpResponse

QUESTIONS_SHOWN = 50
DATES_SHOWN = 5


class Question(NamedTuple):
    """A schedule whose missed runs wait for a word, the newest first."""

    schedule: Schedule
    sentence: str
    runs: list[Run]

    @property
    def newest(self) -> list[Run]:
        return self.runs[:DATES_SHOWN]

    @property
    def older(self) -> int:
        return len(self.runs) - len(self.newest)


@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """All that is open for this user; nothing here changes by itself."""
    now = utc_now()
    is_staff = request.user.is_staff
    storm = storm_at(now) if is_staff else Storm()
    notices = Notice.objects.open().visible_to(request.user).select_related("job")
    if storm.number:
        notices = notices.exclude(code=NoticeCode.STORM)
    context = {
        "now": now,
        "questions": _questions(request.user),
        "questions_shown": QUESTIONS_SHOWN,
        "storm": storm,
        "held": Installation.objects.held().first() if is_staff else None,
        "notices": notices,
    }
    return render(request, "inbox/page.html", context)


def open_count(user: AbstractBaseUser | AnonymousUser) -> int:
    """How many things wait in the user's inbox, in one query: every page shows it."""
    questions = Run.objects.visible_to(user).unanswered().annotate(what=Value("question"))
    notices = Notice.objects.open().visible_to(user).annotate(what=Value("notice"))
    found = (
        questions.order_by()
        .values_list("what", "schedule")
        .union(notices.order_by().values_list("what", "pk"))
    )
    if getattr(user, "is_staff", False):
        held = Installation.objects.held().annotate(what=Value("copy"), number=Value(0))
        found = found.union(held.values_list("what", "number"))
    return found.count()


def _questions(user: AbstractBaseUser | AnonymousUser) -> list[Question]:
    asking = Run.objects.visible_to(user).unanswered().order_by().values("schedule")
    schedules = Schedule.objects.filter(pk__in=asking).select_related("job")
    shown = list(schedules.order_by("job__name", "pk")[:QUESTIONS_SHOWN])
    runs: dict[int | None, list[Run]] = {}
    asked = Run.objects.unanswered().filter(schedule__in=shown).defer("snapshot")
    for run in asked.order_by("-planned_at"):
        runs.setdefault(run.schedule_id, []).append(run)
    return [
        Question(each, sentence_of(each.rule), runs[each.pk]) for each in shown if each.pk in runs
    ]


@require_POST
def answer_question(request: HttpRequest, pk: int) -> HttpResponse:
    schedule = find_schedule(request, pk)
    word = request.POST.get("answer", "")
    if word not in set(Answer):
        raise Http404("This is no answer.")
    try:
        number = answer(
            schedule=schedule, answer=Answer(word), by=request.user.get_username(), now=utc_now()
        )
    except NothingToAnswer as error:
        messages.info(request, str(error))
    else:
        messages.success(request, f"{schedule.job.name}: {_will_run(number)}.")
    return redirect("inbox")


def _will_run(number: int) -> str:
    if number == 0:
        return "what was missed is dropped"
    return "the missed run starts in its turn" if number == 1 else f"{number} runs start in turn"


@require_POST
def settle_storm(request: HttpRequest) -> HttpResponse:
    """Let all go that is held back, or drop it (`drop`)."""
    refuse_unless_staff(request)
    by, now = request.user.get_username(), utc_now()
    if "drop" in request.POST:
        messages.success(request, f"{drop_storm(by=by, now=now)} late runs are dropped.")
    else:
        messages.success(request, f"{release_storm(by=by, now=now)} late runs start now.")
    return redirect("inbox")


@require_POST
def accept_copy(request: HttpRequest) -> HttpResponse:
    """Lift the hold of a restored copy; with `catch_up` policies decide about the time between."""
    refuse_unless_staff(request)
    try:
        accept(by=request.user.get_username(), now=utc_now(), catch_up="catch_up" in request.POST)
    except NotHeld as error:
        messages.info(request, str(error))
    else:
        messages.success(request, "Accepted: the schedules are in force here.")
    return redirect("inbox")


@require_POST
def see_notice(request: HttpRequest, pk: int) -> HttpResponse:
    notice = get_object_or_404(Notice.objects.visible_to(request.user), pk=pk)
    close_notice(notice=notice, by=request.user.get_username(), now=utc_now())
    return redirect("inbox")
