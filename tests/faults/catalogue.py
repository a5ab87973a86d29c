"""The catalogue of faults: what is done, and which tests hold it beside the cases tried here."""

from __future__ import annotations

from typing import NamedTuple

ENGINE = "integration/engine/test_runscheduler.py"
ENGINES = "integration/engine/test_many_engines.py"
SUPERVISOR = "integration/execution/test_supervisor.py"
POSTGRES = "integration/engine/test_postgres_faults.py"
REDIS = "distributed/test_redis.py"
JUMPS = "integration/engine/test_clock_jumps.py"
STORE = "integration/engine/test_store.py"
LIMITS = "integration/collectors/test_http_limits.py"
BAD = "integration/actions/test_bad_schedules.py"


class Entry(NamedTuple):
    """One line of the report. `tests` of the suite hold it too, each `file` or `file::name` below
    tests/; `gap` says what of it is not tried, and why.
    """

    id: str
    fault: str
    tests: tuple[str, ...] = ()
    gap: str = ""


CATALOGUE = (
    Entry("F01", "kill -9 of the engine at each failpoint, and at drawn moments"),
    Entry("F02", "the n-th statement of a tick and of a run fails, n = 1 and on"),
    Entry(
        "F03",
        "SIGSTOP of a worker until its run is taken from it, then SIGCONT",
        (f"{SUPERVISOR}::test_a_run_that_was_taken_over_is_killed_and_writes_nothing_more",),
    ),
    Entry(
        "F04",
        "SIGTERM at drawn moments; twice; with a short and with a long run",
        (
            f"{ENGINE}::test_sigterm_lets_a_short_run_finish",
            f"{ENGINE}::test_sigterm_stops_a_long_run_after_the_grace_and_says_so",
            f"{ENGINE}::test_a_second_signal_ends_a_run_without_grace",
        ),
    ),
    Entry(
        "F05",
        "kill -9 of the process that runs the children",
        (
            f"{ENGINE}::test_the_children_of_a_killed_engine_die_and_their_run_is_called_lost",
            f"{REDIS}::test_the_run_of_a_killed_worker_goes_on_with_another",
        ),
    ),
    Entry("F06", "kill -9 of children while innocent runs go on beside them"),
    Entry("F07", "the engine is restarted at drawn moments, again and again: see F04"),
    Entry("F08", "web process and commands start no scheduler"),
    Entry(
        "F10",
        "two and three engines at once; one of them is killed, again and again",
        (
            f"{ENGINES}::test_of_three_engines_another_leads_within_seconds_of_a_kill",
            f"{ENGINES}::test_a_leader_that_was_frozen_wakes_up_without_its_lead",
        ),
    ),
    Entry("F11", "SIGSTOP of the leader for longer than its lease, then SIGCONT"),
    Entry("F12", "only the leader's connections stall"),
    Entry(
        "F13",
        "the leader reaches the database and not the broker",
        (f"{REDIS}::test_a_broker_that_is_away_when_runs_are_sent_costs_time_and_no_run",),
    ),
    Entry(
        "F14",
        "sessions of the leader are ended",
        (f"{POSTGRES}::test_sessions_that_are_cut_again_and_again_are_replaced",),
    ),
    Entry(
        "F15",
        "the leader's clock differs from the database's",
        gap="Not tried with several hosts; a lease reads only the database's clock.",
    ),
    Entry("F16", "two engines that stall for up to two leases, again and again"),
    Entry(
        "F20",
        "PostgreSQL is restarted, fast and immediate",
        (f"{POSTGRES}::test_a_restart_of_the_server_loses_nothing",),
    ),
    Entry(
        "F21",
        "PostgreSQL is away for a while",
        (f"{POSTGRES}::test_a_server_that_is_away_is_asked_seldom_and_told_once",),
    ),
    Entry(
        "F22",
        "all sessions are ended each second",
        (f"{POSTGRES}::test_sessions_that_are_cut_again_and_again_are_replaced",),
    ),
    Entry("F23", "the answer to a COMMIT is lost: of the insert, claim, finish, heartbeat"),
    Entry("F24", "connections stall in the middle of the work"),
    Entry(
        "F25",
        "a tenth of a second for each packet",
        gap="A lock on the whole table from outside is not tried.",
    ),
    Entry("F26", "fail-over to a standby", (f"{POSTGRES}::test_the_engine_follows_a_failover",)),
    Entry(
        "F27",
        "the server turns read-only",
        (f"{POSTGRES}::test_a_server_that_turns_read_only_stops_the_ticks",),
    ),
    Entry(
        "F28",
        "all connections are used up",
        (f"{POSTGRES}::test_a_server_without_free_connections_is_waited_for",),
    ),
    Entry(
        "F29",
        "PostgreSQL's disk is full",
        gap="Needs root for a small file system; F30 tries a full disk under SQLite.",
    ),
    Entry(
        "F30",
        "SQLite: locked by another process; files cannot grow",
        gap="A read-only file: root, as which containers run the tests, may write it all the same.",
    ),
    Entry(
        "F31",
        "deadlock of two workers",
        gap="All take their locks in one order, and wait for none: see claiming.py.",
    ),
    Entry("F32", "rows are purged while runs finish", ("integration/maintenance/test_purge.py",)),
    Entry(
        "F40",
        "the broker is away when runs are sent",
        (f"{REDIS}::test_a_broker_that_is_away_when_runs_are_sent_costs_time_and_no_run",),
    ),
    Entry(
        "F41",
        "the broker forgets all messages",
        (f"{REDIS}::test_messages_that_the_broker_forgot_are_sent_again",),
    ),
    Entry(
        "F42",
        "messages come twice, late, in another order",
        (f"{REDIS}::test_a_message_that_comes_twice_or_late_starts_nothing",),
    ),
    Entry(
        "F43",
        "kill -9 of a worker while another is idle",
        (f"{REDIS}::test_the_run_of_a_killed_worker_goes_on_with_another",),
    ),
    Entry(
        "F44",
        "a kind holds the interpreter's lock for long",
        gap="Kinds run in children: the worker that gives signs of life does not share their lock.",
    ),
    Entry(
        "F45",
        "a run that crashes its child each time",
        (f"{REDIS}::test_a_run_that_crashes_its_child_leaves_the_worker_to_the_others",),
    ),
    Entry(
        "F46",
        "messages that are none",
        (REDIS,),
    ),
    Entry(
        "F50",
        "the clock is set ahead by five minutes, an hour, three days",
        (
            f"{JUMPS}::test_after_a_step_ahead_each_occurrence_is_recorded_once",
            f"{JUMPS}::test_what_a_step_ahead_jumped_over_is_caught_up_as_after_an_outage",
        ),
    ),
    Entry(
        "F51",
        "the clock is set back by five minutes and an hour",
        (f"{JUMPS}::test_after_a_step_back_nothing_runs_a_second_time",),
    ),
    Entry(
        "F52",
        "the clock swings by two seconds",
        (f"{JUMPS}::test_a_clock_that_oscillates_around_a_due_time_makes_one_run",),
    ),
    Entry(
        "F53",
        "the machine is suspended for two hours",
        (f"{JUMPS}::test_a_machine_that_slept_records_a_summary_and_not_each_second",),
    ),
    Entry(
        "F54",
        "each clock change of the year, minute by minute, with restarts",
        (
            "integration/engine/test_clock_changes.py",
            "integration/engine/test_daily_restarts.py",
        ),
    ),
    Entry("F55", "other time-zone data after a restart", ("integration/engine/test_upgrade.py",)),
    Entry("F56", "another zone while a run waits", ("integration/actions/test_edit_job.py",)),
    Entry("F57", "2038, 2100, 9998", (f"{JUMPS}::test_a_clock_far_ahead_is_no_fault",)),
    Entry(
        "F60",
        "segfault, abort, kill, os._exit with and without a code",
        (f"{ENGINE}::test_misbehaving_jobs_end_as_they_should_and_others_go_on",),
    ),
    Entry("F61", "memory is eaten until there is none"),
    Entry("F62", "a busy loop, a regex in C, a sleep; stop and SIGTERM ignored"),
    Entry("F63", "a grandchild, also in a session of its own, that holds the log's pipe open"),
    Entry("F64", "1 GB of log, no newline, invalid UTF-8, NUL, terminal codes"),
    Entry("F65", "5 MB of error, an error without text, 10,000 in one, SystemExit, recursion"),
    Entry("F66", "a kind returns text, NaN, a loop, 5 MB"),
    Entry("F67", "a kind changes folder, umask, environment, zone, signals, limits, streams"),
    Entry(
        "F68",
        "an open transaction, threads and descriptors are left: see F67",
        gap="No limit on a run's temporary files.",
    ),
    Entry(
        "F69",
        "artifacts that point elsewhere",
        gap="Kinds hand over bytes, never paths. A full artifact disk is not tried.",
    ),
    Entry("F70", "rolling restart during a run: see F04 and F10"),
    Entry("F71", "migrated back and forth under a running engine and a run in progress"),
    Entry(
        "F72",
        "a kind is renamed or cannot be imported",
        (f"{ENGINE}::test_a_schedule_that_cannot_be_read_is_held_and_disturbs_no_other",),
    ),
    Entry(
        "F73",
        "edit, pause and removal while due or running",
        (STORE, "integration/actions/test_remove_job.py", "integration/actions/test_edit_job.py"),
    ),
    Entry("F74", "event logs of released versions", gap="There is no release yet."),
    Entry("F75", "5,000 jobs due at the same minute", gap="No fairness between users is promised."),
    Entry("F76", "1,000 jobs of each minute after a week without an engine"),
    Entry(
        "F77",
        "all slots are taken",
        (f"{SUPERVISOR}::test_no_more_runs_go_on_at_once_than_this_machine_has_slots",),
    ),
    Entry("F78", "no descriptors, full log disk", gap="Only the full disk is tried: F30."),
    Entry("F79", "a notification's receiver fails", gap="Nothing is sent to outside yet."),
    Entry("F80", "the chat gateway fails", gap="There is none yet."),
    Entry("B00", "a wrong value in each column of each table, in turn"),
    Entry("B01", "expressions that are none", (f"{BAD}::test_no_bad_expression_becomes_a_job",)),
    Entry("B02", "zones that are none", (f"{BAD}::test_no_bad_zone_becomes_a_job",)),
    Entry(
        "B03",
        "intervals and bounds that are none",
        (f"{BAD}::test_no_bad_interval_becomes_a_job", f"{BAD}::test_no_bad_bound_becomes_a_job"),
    ),
    Entry("B04", "strange names", ("integration/pages/test_job_form.py",)),
    Entry("B05", "broken JSON", gap="There is no JSON door yet."),
    Entry("B06", "broken YAML", gap="Nothing reads YAML."),
    Entry("B07", "class paths as input", ("unit/scheduling/test_registry.py",)),
    Entry("B08", "unknown and wrong parameters", ("unit/scheduling/test_kinds.py",)),
    Entry("B09", "strange pages and filters", ("integration/pages/test_lists.py",)),
    Entry("B10", "hostile answers of a site", (LIMITS,)),
    Entry(
        "B11",
        "hostile documents",
        ("integration/collectors/disclosures/test_house_trouble.py",),
    ),
    Entry(
        "B12",
        "two people at one job",
        ("integration/actions/test_edit_job.py", "integration/actions/test_runs.py"),
    ),
)
