from __future__ import annotations

from django.db import models
from django.db.models import Q

DEFAULT_POOL = "default"


class Pool(models.Model):
    """A share of the workers. Runs of its jobs wait while those that run take up its slots.

    Under Dramatiq each pool is a queue of its own. A job without a pool is in `default`, which is
    without a limit as long as no row of that name sets one.
    """

    name = models.SlugField(primary_key=True)
    slots = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Empty: as many as the workers have."
    )
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(slots=None) | Q(slots__gte=1), name="pool_has_a_slot"
            )
        ]

    def __str__(self) -> str:
        return self.name
