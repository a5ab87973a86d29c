from django.db import models

from scheduling.states import RunState

LATE_WRITER_REFUSED = "LATE_WRITER_REFUSED"


class RunEvent(models.Model):
    """One move of a run between states: who, why, when. Rows are only added.

    A worker that answered after its claim was taken over moved nothing: `before` and `after` are
    the same then, and `why` is LATE_WRITER_REFUSED.
    """

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
