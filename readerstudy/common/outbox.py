"""Work for later: a job row is the truth, and only this publishes it to the queue.

A job row is written in the same transaction as the change that asks for it. After the commit the
message is sent; if the queue is away the row stays, and the worker's sweep sends it later. A request
waits once, and for a moment, for a queue that refuses or never answers: whatever else is to be sent in the
seconds after is left to the sweep at once.
"""

import logging
import time
from typing import Any

from celery import Task, current_app
from django.db import transaction

logger = logging.getLogger(__name__)
_ANSWERS_WITHIN_S = 0.5
"""Its client asks twice."""
_ASKED_AGAIN_AFTER_S = 5.0
_away_until = 0.0


def publish_on_commit(task: Task, job_id: Any) -> None:
    """Send `task(job_id)` once the transaction has committed; a queue that is away is no error."""
    transaction.on_commit(lambda: publish(task, job_id))


def publish(task: Task, job_id: Any) -> bool:
    """Send `task(job_id)` now. False where the queue did not take it."""
    global _away_until
    if time.monotonic() < _away_until:
        logger.warning("queue was away just now: job %s waits for the next sweep", job_id)
        return False
    options = {
        **current_app.conf.broker_transport_options,
        "socket_timeout": _ANSWERS_WITHIN_S,
        "socket_connect_timeout": _ANSWERS_WITHIN_S,
    }
    try:
        with current_app.connection_for_write(transport_options=options) as connection:
            task.apply_async(args=[str(job_id)], retry=False, connection=connection)
    except Exception as error:
        _away_until = time.monotonic() + _ASKED_AGAIN_AFTER_S
        logger.warning("queue is away (%s): job %s waits for the next sweep", type(error).__name__, job_id)
        return False
    return True
