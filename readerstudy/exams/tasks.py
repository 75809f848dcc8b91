"""Work of the exams room in the queue."""

from uuid import UUID

from celery import shared_task

from readerstudy.exams import services


@shared_task(soft_time_limit=1500, time_limit=1560)
def ingest_upload_task(upload_id: str) -> None:
    """Read a kept upload and store its exams."""
    services.ingest_upload(upload_id=UUID(upload_id))


@shared_task(soft_time_limit=60, time_limit=90)
def sweep_uploads_task() -> None:
    """Publish uploads again that wait unpublished or whose worker died; remove what killed ones left."""
    services.sweep_uploads()
