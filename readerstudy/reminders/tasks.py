"""Work of the reminders room in the queue."""

from celery import shared_task

from readerstudy.reminders import services


@shared_task(soft_time_limit=240, time_limit=300)
def remind_task() -> None:
    """Write and send what is due."""
    services.remind()
