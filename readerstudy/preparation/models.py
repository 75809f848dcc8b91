"""What a reader does before the first case: the instructions, and having read them."""

from django.conf import settings
from django.db import models

from readerstudy.studies.models import Enrolment, Protocol, Study


class Instructions(models.Model):
    """One version of a study's written instructions. Append-only; the latest is in force."""

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="instructions")
    number = models.PositiveSmallIntegerField()
    text = models.TextField()
    sha256 = models.CharField(max_length=64, help_text="Of the text")
    reason = models.TextField(blank=True, help_text="Of the change, in an open study")
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="instructions_written"
    )
    written_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "instructions"
        ordering = ["study", "number"]
        constraints = [
            models.UniqueConstraint(fields=["study", "number"], name="preparation_instructions_number")
        ]

    def __str__(self) -> str:
        return f"instructions {self.number} of {self.study_id}"


class Acknowledgement(models.Model):
    """A reader has read these instructions, under this version of the protocol. Append-only."""

    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="acknowledgements")
    instructions = models.ForeignKey(Instructions, on_delete=models.PROTECT, related_name="acknowledgements")
    protocol = models.ForeignKey(Protocol, on_delete=models.PROTECT, related_name="acknowledgements")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at"]
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "instructions", "protocol"], name="preparation_acknowledged_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.enrolment_id} read {self.instructions_id}"
