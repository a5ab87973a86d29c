from __future__ import annotations

from django.db import models


class Snapshot(models.Model):
    """The newest copy of a document that changes under one address, such as a yearly index.

    `etag` and `last_modified` are what a conditional GET asks with. A row is written only together
    with what was learnt from the copy, so that an unchanged answer means: nothing left to learn.
    """

    url = models.TextField(unique=True)
    etag = models.TextField(blank=True)
    last_modified = models.TextField(blank=True)
    sha256 = models.CharField(max_length=64)
    fetched_at = models.DateTimeField()

    class Meta:
        ordering = ["url"]

    def __str__(self) -> str:
        return self.url
