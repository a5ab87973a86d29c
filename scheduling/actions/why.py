"""Why a job ran at a time, or did not, or will: the chain of causes, each a sentence of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduling.actions.sentences import Sentence
from scheduling.actions.why_job import JobHistory
from scheduling.actions.why_schedule import Answer, Case, answer
from scheduling.models import Job, Origin, Run
from scheduling.planning.history import Tenure
from scheduling.planning.moments import Moment, clock_text, moments_of
from scheduling.planning.plan import plan_from_json
from scheduling.planning.refusals import BadRule

NEAR = timedelta(minutes=5)
MOST_BY_HAND = 5


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """`verdict` answers in one sentence; `links` are the causes, each with what it points to."""

    verdict: str
    links: tuple[Sentence, ...]


def explain(*, job: Job, at: datetime, now: datetime) -> Explanation:
    """Why the job ran `at` that time, or did not, or whether it will.

    A naive `at` is a reading of each schedule's own clock. A full minute means the whole of it.
    """
    history = JobHistory(job)
    answers = [
        each for tenure in history.tenures for each in _answers(history, tenure, at, now=now)
    ]
    best = max(answers, key=lambda each: each.rank, default=None)
    about = best.moment if best else moments_of(at, history.zone)[0]
    links = [
        *(link for each in answers for link in each.links),
        *history.said_of_revision(about.start, about.zone),
        *_asked_by_hand(job, about),
    ]
    verdict = best.verdict if best else f"Nothing to run: {history.absence(about.start)}"
    # Two moments of one schedule share causes: each is told once.
    return Explanation(verdict=verdict, links=tuple(dict.fromkeys(links)))


def _answers(
    history: JobHistory, tenure: Tenure, at: datetime, *, now: datetime
) -> Iterator[Answer]:
    """What the schedule says, for each instant that is meant and that its definition covers."""
    try:
        plan = plan_from_json(tenure.definition)
    except BadRule as error:
        yield from _unreadable(tenure, at, error)
        return
    for moment in moments_of(at, plan.zone):
        if _covers(tenure, moment):
            yield answer(Case(history, tenure, plan, moment, now))


def _unreadable(tenure: Tenure, at: datetime, error: BadRule) -> Iterator[Answer]:
    moment = moments_of(at, "UTC")[0]
    if _covers(tenure, moment):
        text = f"Schedule {tenure.schedule_id} cannot be read: {error}"
        verdict = "What was planned then is not known: the schedule cannot be read."
        yield Answer(1, verdict, moment, [Sentence(text)])


def _covers(tenure: Tenure, moment: Moment) -> bool:
    is_over = tenure.until is not None and tenure.until < moment.start
    return tenure.since < moment.end and not is_over


def _asked_by_hand(job: Job, moment: Moment) -> Iterator[Sentence]:
    near = moment.start - NEAR, moment.end + NEAR
    runs = Run.objects.filter(job=job, created_at__range=near).exclude(origin=Origin.SCHEDULE)
    for run in runs.order_by("created_at")[:MOST_BY_HAND]:
        at = clock_text(run.created_at, moment.zone)
        by = f" by {run.requested_by}" if run.requested_by else ""
        text = f"Run {run.pk} was asked for ({run.get_origin_display()}){by} at {at}."
        yield Sentence(text, run_id=run.pk)
