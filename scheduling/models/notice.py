from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.db import models
from django.db.models import Q

from scheduling.models.job import Job
from scheduling.models.source import DataSource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

Subject = TypeVar("Subject", bound=Job | DataSource | None)


class NoticeCode(models.TextChoices):
    OVERLAP_STREAK = "OVERLAP_STREAK", "runs skipped three times in a row"
    STORM = "STORM", "many late runs held back"
    FUTURE_CHANGED = "FUTURE_CHANGED", "dates changed with an upgrade"
    LEDGER_INCOMPLETE = "LEDGER_INCOMPLETE", "the ledger differs from the rules"
    SOURCE_OPEN = "SOURCE_OPEN", "a source is left alone after failures"


class NoticeQuerySet(models.QuerySet["Notice"]):
    def open(self) -> Self:
        return self.filter(closed_at=None)

    def visible_to(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """Notices of a job go with the job; those of the whole installation are for staff."""
        if getattr(user, "is_staff", False):
            return self
        return self.filter(job__in=Job.objects.visible_to(user))

    def about(self, source: DataSource) -> Self:
        return self.filter(subject=_subject(source))

    def close(self, *, by: str, now: datetime) -> int:
        """Close those that are open, in one statement."""
        return self.open().update(closed_at=now, closed_by=by[:150])

    def raise_once(
        self,
        code: NoticeCode,
        text: str,
        *,
        now: datetime,
        about: Job | DataSource | None = None,
        data: dict[str, Any] | None = None,
    ) -> bool:
        """Raise a notice; False if the same one is open already."""
        return bool(self.raise_each(code, {about: text}, now=now, data=data))

    def raise_each(
        self,
        code: NoticeCode,
        texts: Mapping[Subject, str],
        *,
        now: datetime,
        data: dict[str, Any] | None = None,
    ) -> list[Subject]:
        """Raise a notice on each job or source (None: on neither); return those of which none was
        open.

        The unique index decides.
        """
        subjects = {about: _subject(about) for about in texts}
        # On a conflict nothing is written; the row that was there is older than `now`.
        self.bulk_create(
            [
                Notice(
                    code=code,
                    subject=subjects[about],
                    job=about if isinstance(about, Job) else None,
                    text=text,
                    data=data or {},
                    raised_at=now,
                )
                for about, text in texts.items()
            ],
            ignore_conflicts=True,
        )
        raised = self.open().filter(code=code, subject__in=subjects.values(), raised_at=now)
        new = set(raised.values_list("subject", flat=True))
        return [about for about, subject in subjects.items() if subject in new]


class Notice(models.Model):
    """Something that a person, or an alert, should know of: raised once, open until closed."""

    code = models.CharField(max_length=24, choices=NoticeCode)
    subject = models.CharField(max_length=40, blank=True)
    job = models.ForeignKey(
        Job, null=True, blank=True, on_delete=models.CASCADE, related_name="notices"
    )
    text = models.TextField()
    data = models.JSONField(default=dict, blank=True)
    raised_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.CharField(max_length=150, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-raised_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["code", "subject"],
                condition=Q(closed_at=None),
                name="notice_open_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.subject}".strip()

    def add(self, text: str) -> None:
        """More of the same, while it is open."""
        self.text = f"{self.text}\n{text}"
        self.save(update_fields=["text"])

    def close(self, *, by: str, now: datetime) -> None:
        self.closed_at, self.closed_by = now, by[:150]
        self.save(update_fields=["closed_at", "closed_by"])


def _subject(about: Job | DataSource | None) -> str:
    if about is None:
        return ""
    return f"{'job' if isinstance(about, Job) else 'source'} {about.pk}"
