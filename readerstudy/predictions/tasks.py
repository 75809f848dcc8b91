"""Work of the predictions room in the queue."""

from uuid import UUID

from celery import shared_task

from readerstudy.predictions import services, shams


@shared_task(soft_time_limit=3300, time_limit=3400)
def map_exam_task(run_id: str) -> None:
    """Map one exam."""
    services.map_run(run_id=UUID(run_id))


@shared_task(soft_time_limit=60, time_limit=90)
def sweep_runs_task() -> None:
    """Publish runs again that wait unheard or whose worker died."""
    services.sweep_runs()


@shared_task(soft_time_limit=300, time_limit=330)
def make_sham_task(map_id: str) -> None:
    """Make one sham map."""
    shams.make_sham(map_id=UUID(map_id))
