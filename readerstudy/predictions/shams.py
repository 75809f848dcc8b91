"""Making sham maps in the queue, once per map."""

import secrets
import uuid
from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

from celery import signature
from django.conf import settings
from django.db import IntegrityError, transaction

from annotations.rules import LabellingRules
from readerstudy.audit import services as audit
from readerstudy.common import clock, outbox
from readerstudy.predictions import results, selectors
from readerstudy.predictions.models import ModicMap, ShamMap
from readerstudy.predictions.services import MAPS_FOLDER

_TASK = "readerstudy.predictions.tasks.make_sham_task"


def ask_for_shams(*, maps: Iterable[ModicMap]) -> int:
    """Have the worker make those shams of these maps that are not there yet; returns how many."""
    wanted = [modic_map.pk for modic_map in maps if not ShamMap.objects.filter(true=modic_map).exists()]
    for pk in wanted:
        outbox.publish_on_commit(signature(_TASK), pk)
    return len(wanted)


def make_sham(*, map_id: UUID) -> None:
    """Make a map's sham, once: told of again, nothing happens."""
    true = ModicMap.objects.select_related("exam", "run").get(pk=map_id)
    if ShamMap.objects.filter(true=true).exists():
        return
    key, seed = uuid.uuid4(), secrets.randbits(48)
    path = f"{MAPS_FOLDER}/{key}"
    folder = Path(settings.MEDIA_ROOT) / path
    try:
        sha256 = results.write_sham(
            selectors.folder_of(true),
            true.sha256,
            folder,
            seed=seed,
            spacing_mm=selectors.spacing_mm(true.exam),
            named=selectors.named_bodies(true),
            rules=LabellingRules(**true.run.provenance["settings"]["rules"]),
        )
        with transaction.atomic():
            made = ShamMap.objects.create(
                id=key, true=true, path=path, sha256=sha256, seed=seed, created_at=clock.now()
            )
            audit.record(actor=None, action="map.sham-made", target=made, after={"sha256": sha256})
    except IntegrityError:
        results.forget(folder)
    except BaseException:
        results.forget(folder)
        raise
