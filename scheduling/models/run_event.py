from django.db import models

from scheduling.states import RunState


class RunEvent(models.Model):
    """One move of a run between states: who, why, when. Rows are only added."""

    run = models.ForeignKey("scheduling.Run", on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField()
    before = models.CharField(max_length=12, choices=[(s.value, s.value) for s in RunState])
    after = models.CharField(max_length=12, choices=[(s.value, s.value) for s in RunState])
    who = models.CharField(max_length=150)
    why = models.CharField(max_length=24, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"run {self.run_id}: {self.before} -> {self.after}"
