from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from collectors.disclosures.models.politician import Politician


class Chamber(models.TextChoices):
    HOUSE = "HOUSE", "House of Representatives"
    SENATE = "SENATE", "Senate"


class Term(models.Model):
    """A time for which a politician held one seat. Both dates belong to it."""

    politician = models.ForeignKey(Politician, on_delete=models.CASCADE, related_name="terms")
    chamber = models.CharField(max_length=8, choices=Chamber)
    state = models.CharField(max_length=2, help_text="Postal code of the state or territory.")
    district = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="0 is at large; empty in the Senate."
    )
    party = models.TextField(blank=True)
    started_on = models.DateField()
    ended_on = models.DateField()

    class Meta:
        ordering = ["started_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["politician", "chamber", "started_on"], name="term_unique_per_start"
            ),
            models.CheckConstraint(
                condition=Q(chamber__in=Chamber.values), name="term_chamber_is_known"
            ),
            models.CheckConstraint(
                condition=Q(ended_on__gte=F("started_on")), name="term_ends_after_its_start"
            ),
            models.CheckConstraint(
                condition=Q(chamber="HOUSE", district__isnull=False)
                | Q(chamber="SENATE", district=None),
                name="term_district_in_the_house_only",
            ),
        ]

    def __str__(self) -> str:
        seat = self.state if self.district is None else f"{self.state}{self.district:02d}"
        return f"{seat} from {self.started_on} to {self.ended_on}"
