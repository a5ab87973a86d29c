from scheduling.models.artifact import Artifact
from scheduling.models.attempt import Attempt, AttemptState
from scheduling.models.backfill import Backfill, BackfillOrder, Reprocess
from scheduling.models.calendar import Calendar
from scheduling.models.daily_rollup import DailyRollup
from scheduling.models.due_entry import DueEntry
from scheduling.models.engine_lease import EngineLease, LeaseLost
from scheduling.models.environment import Environment
from scheduling.models.installation import Installation
from scheduling.models.job import Job, Misfire, Overlap
from scheduling.models.job_revision import JobRevision
from scheduling.models.log_line import LogLine
from scheduling.models.notice import Notice, NoticeCode
from scheduling.models.occurrence_audit import OccurrenceAudit
from scheduling.models.pool import DEFAULT_POOL, Pool
from scheduling.models.run import Origin, Run, rank
from scheduling.models.run_event import RunEvent
from scheduling.models.schedule import GapPolicy, RepeatPolicy, Schedule
from scheduling.models.source import DataSource
from scheduling.models.worker import Worker, WorkerRole

__all__ = [
    "DEFAULT_POOL",
    "Artifact",
    "Attempt",
    "AttemptState",
    "Backfill",
    "BackfillOrder",
    "Calendar",
    "DailyRollup",
    "DataSource",
    "DueEntry",
    "EngineLease",
    "Environment",
    "GapPolicy",
    "Installation",
    "Job",
    "JobRevision",
    "LeaseLost",
    "LogLine",
    "Misfire",
    "Notice",
    "NoticeCode",
    "OccurrenceAudit",
    "Origin",
    "Overlap",
    "Pool",
    "RepeatPolicy",
    "Reprocess",
    "Run",
    "RunEvent",
    "Schedule",
    "Worker",
    "WorkerRole",
    "rank",
]
