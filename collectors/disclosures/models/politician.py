from __future__ import annotations

from django.db import models


class Politician(models.Model):
    """A person who holds or held a seat. Names as the reference source spells them."""

    bioguide_id = models.CharField(
        max_length=16,
        unique=True,
        null=True,
        blank=True,
        help_text="Id in the Biographical Directory of the US Congress; empty outside of it.",
    )
    family_name = models.TextField()
    given_name = models.TextField(blank=True)
    nickname = models.TextField(blank=True)
    suffix = models.TextField(blank=True)
    full_name = models.TextField(blank=True, help_text="The official form of the whole name.")

    class Meta:
        ordering = ["family_name", "given_name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(bioguide_id=""), name="politician_bioguide_not_blank"
            )
        ]

    def __str__(self) -> str:
        return self.full_name or f"{self.given_name} {self.family_name}".strip()
