"""Work for later: a job row is the truth, and only this publishes it to the queue.

A job row is written in the same transaction as the change that asks for it. After the commit the
message is sent; if the queue is away the row stays, and `publish_pending` (run by the worker's
sweep) sends it later. No request waits for the queue longer than the socket time-outs.
"""

import logging
from typing import Any

from celery import Task
from django.db import transaction

logger = logging.getLogger(__name__)


def publish_on_commit(task: Task, job_id: Any) -> None:
    """Send `task(job_id)` once the transaction has committed; a queue that is away is no error."""
    transaction.on_commit(lambda: publish(task, job_id))


def publish(task: Task, job_id: Any) -> bool:
    """Send `task(job_id)` now. False where the queue did not take it."""
    try:
        task.apply_async(args=[str(job_id)], retry=False)
    except Exception as error:
        logger.warning("queue is away (%s): job %s waits for the next sweep", type(error).__name__, job_id)
        return False
    return True
