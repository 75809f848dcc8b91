"""Append-only tables: what was done (events, hash-chained) and every change of guarded rows (by trigger)."""

from django.db import models


class Event(models.Model):
    """One thing that was done, refused or seen. Rows form a hash chain in the order of `seq`."""

    seq = models.PositiveBigIntegerField(unique=True)
    at = models.DateTimeField(help_text="Server time, UTC; with the demo clock's offset where there is one")
    clock_offset_s = models.BigIntegerField(default=0)
    actor_id = models.BigIntegerField(null=True, help_text="Key of the person; none for the system")
    actor = models.CharField(max_length=150)
    role = models.CharField(max_length=20, blank=True)
    session = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the session key")
    address = models.GenericIPAddressField(null=True)
    action = models.CharField(max_length=60)
    object_type = models.CharField(max_length=40)
    object_id = models.CharField(max_length=64)
    study_id = models.CharField(max_length=64, blank=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    reason = models.TextField(blank=True)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering = ["seq"]
        indexes = [
            models.Index(fields=["object_type", "object_id"]),
            models.Index(fields=["study_id", "seq"]),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.action} {self.object_type} {self.object_id}"


class Change(models.Model):
    """A changed row of a guarded table, written by the database itself, whoever changed it."""

    at = models.DateTimeField()
    table_name = models.CharField(max_length=60)
    verb = models.CharField(max_length=10)
    row_id = models.CharField(max_length=64)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.verb} {self.table_name} {self.row_id}"
