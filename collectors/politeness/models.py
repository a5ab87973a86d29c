from __future__ import annotations

from django.db import models


class HostTurn(models.Model):
    """Who may ask a host, and from when. Instants are those of the database's own clock.

    The host is free for the next once `held_until` and `free_at` are over, whoever held it: a
    killed holder blocks nobody for longer.
    """

    host = models.CharField(max_length=300, primary_key=True)
    free_at = models.DateTimeField(help_text="Nobody may ask the host before.")
    holder = models.UUIDField(null=True, help_text="Names one turn of one run.")
    held_until = models.DateTimeField(help_text="The holder has ended its request by then.")

    class Meta:
        ordering = ["host"]

    def __str__(self) -> str:
        return self.host
