"""Whatever happens, in whatever order, the ledger is complete and names nothing twice (I1 to I8).

Hypothesis draws histories: ticks, outages, clock jumps, pauses, edits, skipped dates, runs by hand,
slow runs, kills in the middle of a tick and of a run, questions and answers. After each step the
ledger is held against a second book, which this module keeps by itself, and against the product's
own audit. The suite draws the same histories each time, `make histories` new ones.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from scheduling.actions import ledger
from scheduling.actions.calendars import CalendarDraft, add_calendar
from scheduling.actions.drafts import JobRefused, ScheduleDraft
from scheduling.actions.jobs import edit_job, end_pauses, pause_job, remove_job, resume_job
from scheduling.actions.ledger import due_accounts, still_current, write_accounts
from scheduling.actions.occurrence_audit import audit_occurrences
from scheduling.actions.questions import Answer, NothingToAnswer, answer
from scheduling.actions.runs import JobCannotRun, RunInTheWay, request_run
from scheduling.actions.skips import SkipRefused, skip_next
from scheduling.execution.loss import recover
from scheduling.models import DueEntry, Job, Misfire, Origin, Overlap, Run, Schedule, Worker
from scheduling.planning.audit import Fault
from scheduling.planning.decide import decide
from scheduling.planning.left_out import named
from scheduling.planning.plan import Plan, plan_from_json
from scheduling.states import FINAL, RunState
from tests.factories.claims import candidates, claim
from tests.factories.jobs import a_job, a_user
from tests.factories.runs import a_worker
from tests.integration.actions.conftest import draft_of

HISTORIES = int(os.environ.get("HISTORIES", "0"))  # that many random ones: `make histories`
MOST_NAMED = 100_000
STARTS = [
    datetime(2026, 10, 24, 21, tzinfo=UTC),  # Stockholm shows an hour twice four hours later
    datetime(2026, 3, 28, 21, tzinfo=UTC),  # and skips one
    datetime(2026, 11, 25, 12, tzinfo=UTC),  # New York: Thanksgiving, then an early close
]
LEFT_OUT = {"BLACKOUT", "CANCELLED_BY_USER", "DST_GAP"}
RULES: list[dict[str, Any]] = [
    {"rule": {"type": "interval", "every_seconds": 1500}, "zone": "UTC"},
    {"rule": {"type": "cron", "expression": "*/20 * * * *"}, "zone": "Europe/Stockholm"},
    {"rule": {"type": "cron", "expression": "0 */2 * * *"}, "zone": "America/New_York"},
    {"rule": {"type": "daily", "times": ["01:30", "02:30", "03:15"]}, "zone": "Europe/Stockholm"},
    {
        "rule": {"type": "daily", "times": ["02:10", "02:40"]},
        "zone": "Europe/Stockholm",
        "gap_policy": "skip",
        "repeat_policy": "both",
    },
    {
        "rule": {"type": "interval", "every_seconds": 1200},
        "zone": "UTC",
        "jitter_seconds": 400,
    },
    {
        "rule": {"type": "cron", "expression": "*/30 * * * *"},
        "zone": "America/New_York",
        "market": "XNYS",
    },
    {"rule": {"type": "interval", "every_seconds": 2700}, "zone": "UTC", "calendars": True},
]
chosen_rules = st.lists(st.sampled_from(range(len(RULES))), min_size=1, max_size=2)
which = st.integers(0, 1)


class Died(Exception):
    """The process was killed here."""


@dataclass
class Stretch:
    """From when until when a definition was in force; `until` None: it still is."""

    definition: dict[str, Any]
    since: datetime
    until: datetime | None = None


class AnyHistory(RuleBasedStateMachine):
    @initialize(
        start=st.sampled_from(STARTS),
        misfires=st.tuples(st.sampled_from(Misfire), st.sampled_from(Misfire)),
        overlaps=st.tuples(st.sampled_from(Overlap), st.sampled_from(Overlap)),
        rules=st.tuples(chosen_rules, chosen_rules),
    )
    def begin(self, start, misfires, overlaps, rules):
        self.savepoint = transaction.savepoint()
        self.start = self.now = start
        self.book: dict[int, list[Stretch]] = {}
        self.ended: dict[int, tuple[str, str]] = {}
        self.worker: Worker = a_worker(now=start)
        draft = CalendarDraft(name="ranges", zone="UTC", rule=ranges(start))
        self.calendar = add_calendar(draft=draft, owner=a_user(), by="alice", now=start)
        for number in (0, 1):
            policies = {"misfire": misfires[number], "overlap": overlaps[number], "max_catchup": 5}
            drafts = [self.draft(index) for index in rules[number]]
            a_job(f"job {number}", *drafts, now=start, policies=policies)
        self.write_book()

    def teardown(self):
        if hasattr(self, "savepoint"):
            transaction.set_rollback(False)
            transaction.savepoint_rollback(self.savepoint)

    def draft(self, index: int) -> ScheduleDraft:
        fields = dict(RULES[index])
        if fields.pop("calendars", False):
            fields["calendars"] = (self.calendar.pk,)
        return ScheduleDraft(**fields)

    def job(self, number: int) -> Job:
        return Job.objects.get(name=f"job {number}")

    def write_book(self) -> None:
        """Note which definitions are in force from here on."""
        for schedule in Schedule.objects.select_related("job"):
            stretches = self.book.setdefault(schedule.pk, [])
            is_gone = schedule.deleted_at is not None or schedule.job.deleted_at is not None
            definition = None if is_gone else schedule.definition()
            last = stretches[-1] if stretches else None
            if last is not None and last.until is None and last.definition != definition:
                last.until = schedule.accounted_until
            if definition is not None and (last is None or last.until is not None):
                stretches.append(Stretch(definition, schedule.accounted_until))

    # What happens with an engine

    @rule(length=st.timedeltas(timedelta(minutes=1), timedelta(hours=3)))
    def an_engine_is_up(self, length):
        until = self.now + length
        for _ in range(1000):
            due = DueEntry.objects.earliest_due()
            if due is None or due > until:
                break
            self.now = max(self.now, due)
            tick(self.now)
        else:
            pytest.fail("The engine does not come to rest.")
        self.now = until
        self.nothing_is_owed()

    @rule(length=st.timedeltas(timedelta(minutes=1), timedelta(hours=30)))
    def no_engine_is_up(self, length):
        self.now += length

    @rule(length=st.timedeltas(timedelta(hours=-3), timedelta(hours=3)))
    def the_clock_jumps(self, length):
        self.now += length
        tick(self.now)

    @rule(length=st.timedeltas(timedelta(0), timedelta(hours=2)), before_insert=st.booleans())
    def the_engine_is_killed_while_it_ticks(self, length, before_insert):
        self.now += length
        end_pauses(now=self.now)
        before = list(Run.objects.order_by("pk").values_list("pk", "state"))
        with suppress(Died):
            tick(self.now, dies_before_insert=before_insert, dies_before_commit=True)
        assert list(Run.objects.order_by("pk").values_list("pk", "state")) == before

    # What people do

    @rule(number=which, until=st.none() | st.timedeltas(timedelta(minutes=5), timedelta(hours=9)))
    def somebody_pauses(self, number, until):
        end = None if until is None else self.now + until
        with suppress(JobRefused):  # the end lies before what is in the ledger already
            pause_job(job=self.job(number), reason="holiday", until=end, by="alice", now=self.now)
        self.write_book()

    @rule(number=which)
    def somebody_resumes(self, number):
        resume_job(job=self.job(number), by="alice", now=self.now)
        self.write_book()

    @rule(number=which, rules=chosen_rules, keeps=st.booleans())
    def somebody_edits(self, number, rules, keeps):
        job = self.job(number)
        if job.deleted_at is not None:
            return
        drafts = [self.draft(index) for index in rules]
        first = job.schedules.live().first()
        if keeps and first is not None:
            drafts[0] = replace(drafts[0], schedule_id=first.pk)
        draft = draft_of(
            job, *drafts, misfire=job.misfire, overlap=job.overlap, max_catchup=job.max_catchup
        )
        edit_job(job=job, draft=draft, revision=job.revision, by="alice", now=self.now)
        self.write_book()

    @rule(number=which, count=st.integers(1, 4))
    def somebody_skips_dates(self, number, count):
        job = self.job(number)
        schedule = job.schedules.first()
        assert schedule is not None
        with suppress(SkipRefused):
            skip_next(job=job, schedule=schedule, count=count, by="alice", now=self.now)
        self.write_book()

    @rule(number=which)
    def somebody_asks_for_a_run(self, number):
        with suppress(RunInTheWay, JobCannotRun):
            request_run(job=self.job(number), by="alice", now=self.now, origin=Origin.HAND)

    @rule(number=which, word=st.sampled_from(Answer))
    def somebody_answers(self, number, word):
        for schedule in self.job(number).schedules.all():
            with suppress(NothingToAnswer):
                answer(schedule=schedule, answer=word, by="alice", now=self.now)

    @rule(number=which, is_meant=st.integers(0, 5))
    def somebody_removes_a_job(self, number, is_meant):
        if is_meant == 0:
            remove_job(job=self.job(number), by="alice", now=self.now)
            self.write_book()

    # What becomes of runs

    @rule(most=st.integers(1, 4))
    def runs_are_claimed(self, most):
        for run in candidates(self.now, limit=most):
            claim(run, self.worker, now=self.now)

    @rule(state=st.sampled_from([RunState.SUCCEEDED, RunState.FAILED]))
    def the_oldest_run_ends(self, state):
        run = Run.objects.filter(state=RunState.RUNNING).order_by("pk").first()
        if run is not None:
            assert run.finish(state, who="alice", now=self.now)

    @rule()
    def the_worker_is_killed(self):
        for run in Run.objects.held_by(self.worker):
            recover([run], who="recovery", now=self.now)

    # What holds after each step

    @invariant()
    def every_occurrence_stands_in_the_ledger_once(self):
        marks = dict(Schedule.objects.values_list("pk", "accounted_until"))
        rows = defaultdict(list)
        for run in Run.objects.exclude(schedule=None):
            rows[run.schedule_id].append(run)
        for key, stretches in getattr(self, "book", {}).items():
            expected: Counter[tuple[datetime, bool]] = Counter()
            for stretch in stretches:
                expected.update(named_in(stretch, marks[key]))
            assert Counter(written(rows[key], expected)) == expected, f"schedule {key}"
            assert set(expected.values()) <= {1}

    @invariant()
    def the_audit_finds_nothing_but_what_no_engine_has_seen_yet(self):
        if hasattr(self, "start"):
            report = audit_occurrences(since=self.start, until=self.now, now=self.now)
            assert [
                str(each) for each in report.differences if each.difference.fault != Fault.NOT_YET
            ] == []

    @invariant()
    def what_has_ended_stays_as_it_is(self):
        now = {run.pk: (run.state, run.reason) for run in Run.objects.filter(state__in=FINAL)}
        for key, lot in getattr(self, "ended", {}).items():
            assert now[key] == lot
        self.ended = now

    @invariant()
    def no_job_runs_more_often_than_it_may(self):
        for job in Job.objects.all():
            running = Run.objects.filter(job=job, state=RunState.RUNNING)
            limit = max([job.parallel_limit, *running.values_list("parallel_limit", flat=True)])
            assert running.count() <= limit

    def nothing_is_owed(self) -> None:
        """After a tick every live schedule is accounted for, but for those that are held."""
        for schedule in Schedule.objects.live().select_related("job"):
            if not (schedule.job.is_paused or schedule.job.is_quarantined):
                owed = decide(
                    schedule.plan(),
                    schedule.job.policy(),
                    accounted_until=schedule.accounted_until,
                    now=self.now,
                )
                assert owed.rows == ()


def ranges(start: datetime) -> dict[str, Any]:
    """A calendar of one range, from two to six hours after the start."""
    first, last = start + timedelta(hours=2), start + timedelta(hours=6)
    span = {"from": f"{first:%Y-%m-%dT%H:%M}", "until": f"{last:%Y-%m-%dT%H:%M}", "label": "off"}
    return {"type": "ranges", "ranges": [span]}


def tick(
    now: datetime, *, dies_before_insert: bool = False, dies_before_commit: bool = False
) -> None:
    """What a leading engine does, with one transaction for all that it writes."""
    end_pauses(now=now)
    accounts = due_accounts(now=now)
    for account in accounts:
        account.settle(now=now)
    with transaction.atomic(), dying_at_insert(dies_before_insert):
        write_accounts(still_current(accounts), now=now)
        if dies_before_commit:
            raise Died


@contextmanager
def dying_at_insert(wanted: bool) -> Iterator[None]:
    """Die after the runs were inserted, before the marks move: the failpoint `engine.insert`."""

    def die(_name: str) -> None:
        raise Died

    with pytest.MonkeyPatch.context() as patch:
        if wanted:
            patch.setattr(ledger, "reach", die)
        yield


def named_in(stretch: Stretch, accounted_until: datetime) -> Iterator[tuple[datetime, bool]]:
    """What a definition named while it was in force: the instant, and whether it was left out."""
    plan: Plan = plan_from_json(stretch.definition)
    until = accounted_until if stretch.until is None else stretch.until
    for occurrence, ground, _label in named(plan, stretch.since, until, limit=MOST_NAMED):
        yield occurrence.planned_at, ground is not None


def written(
    runs: list[Run], expected: Counter[tuple[datetime, bool]]
) -> Iterator[tuple[datetime, bool]]:
    """What the ledger says: the instants of its rows, range rows spelt out."""
    for run in runs:
        assert run.planned_at is not None
        is_left_out = run.reason in LEFT_OUT and run.state == RunState.SKIPPED
        if run.covers_until is None:
            yield run.planned_at, is_left_out
            continue
        inside = [
            pair
            for pair in expected
            if run.planned_at <= pair[0] <= run.covers_until and pair[1] == is_left_out
        ]
        assert len(inside) == run.covers_count, f"{run} counts {run.covers_count}"
        yield from inside


@pytest.mark.django_db
@pytest.mark.timeout(120 + 5 * HISTORIES)
def test_no_history_loses_or_doubles_an_occurrence():
    run_state_machine_as_test(
        AnyHistory,
        settings=settings(
            max_examples=HISTORIES or 30,
            derandomize=not HISTORIES,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
