"""Reading exams and uploads."""

from collections import Counter, defaultdict
from collections.abc import Collection
from datetime import datetime
from itertools import permutations
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Q, QuerySet

from inference.dicom.read import read_files
from inference.volume import Volume
from readerstudy.accounts.models import User
from readerstudy.accounts.states import Role
from readerstudy.common.errors import NotThere
from readerstudy.common.statements import rows, uuid_of
from readerstudy.exams.models import Exam, Instance, Series, Upload
from readerstudy.exams.policies import STALE_AFTER, are_same_pictures
from readerstudy.exams.states import SeriesKind, UploadState

MANAGES_EXAMS = (Role.COORDINATOR, Role.ADMINISTRATOR)


def exams_visible_to(user: User) -> QuerySet[Exam]:
    """Every exam for who manages exams, none for anyone else."""
    return Exam.objects.all() if user.role in MANAGES_EXAMS else Exam.objects.none()


def uploads_visible_to(user: User) -> QuerySet[Upload]:
    """Every upload for who manages exams, none for anyone else."""
    return Upload.objects.all() if user.role in MANAGES_EXAMS else Upload.objects.none()


def exam_for(user: User, exam_id: UUID) -> Exam:
    """The exam, or NotThere."""
    exam = exams_visible_to(user).prefetch_related("series__instances").filter(pk=exam_id).first()
    if exam is None:
        raise NotThere
    return exam


def upload_for(user: User, upload_id: UUID) -> Upload:
    """The upload, or NotThere."""
    upload = uploads_visible_to(user).prefetch_related("exams").filter(pk=upload_id).first()
    if upload is None:
        raise NotThere
    return upload


def instance_for(user: User, exam_id: UUID, kind: str, index: int) -> Instance:
    """One image, or NotThere."""
    found = Instance.objects.filter(
        series__exam__in=exams_visible_to(user).filter(pk=exam_id), series__kind=kind, index=index
    ).first()
    if found is None:
        raise NotThere
    return found


def media_path(relative: str) -> Path:
    """Where a stored path lies."""
    return Path(settings.MEDIA_ROOT) / relative


def files_of(series: Series) -> list[Path]:
    """The images of a series in the order of its volume."""
    return [media_path(path) for path in series.instances.order_by("index").values_list("path", flat=True)]


def volume_of(exam: Exam, kind: SeriesKind) -> Volume:
    """The T1 or T2 volume of an exam; slice i is the instance of index i."""
    return read_files(files_of(exam.series.get(kind=kind)))


def unfinished_uploads(now: datetime) -> QuerySet[Upload]:
    """Uploads that wait without having been published, or whose worker has gone silent."""
    silent = Q(heartbeat_at__lt=now - STALE_AFTER) | Q(
        heartbeat_at__isnull=True, created_at__lt=now - STALE_AFTER
    )
    return Upload.objects.filter(silent, state__in=[UploadState.RECEIVED, UploadState.RUNNING])


ALIKE = """
SELECT s.exam_id, COUNT(DISTINCT i.pixel_sha256)
FROM exams_instance i JOIN exams_series s ON s.id = i.series_id
WHERE i.pixel_sha256 IN (
    SELECT o.pixel_sha256 FROM exams_instance o JOIN exams_series t ON t.id = o.series_id
    WHERE t.exam_id = %(exam)s)
GROUP BY s.exam_id
UNION ALL SELECT e.id, 0 FROM exams_exam e JOIN exams_exam same ON same.patient_key = e.patient_key
WHERE same.id = %(exam)s
"""
"""Exams with how many different pictures of this one they share; exams of its patient, with 0."""


def known_as(exam_id: UUID) -> set[UUID]:
    """This exam and every other of the same patient or of the same pictures, under whatever id."""
    return same_among([(uuid_of(kept), shared) for kept, shared in rows(ALIKE, exam=exam_id)], exam_id)


def same_among(alike: Collection[tuple[UUID, int]], exam_id: UUID) -> set[UUID]:
    """The same, of what ALIKE found."""
    pictures = max((shared for one, shared in alike if one == exam_id), default=0)
    return {one for one, shared in alike if not shared or are_same_pictures(shared=shared, of=pictures)}


def known_as_each(exams: QuerySet[Exam]) -> dict[UUID, set[UUID]]:
    """`known_as` of every exam, in as many queries however many there are."""
    known = {exam: {exam} for exam in exams.values_list("pk", flat=True)}
    own = Instance.objects.filter(series__exam__in=exams)
    twice = (
        Instance.objects.filter(pixel_sha256__in=own.values("pixel_sha256"))
        .values("pixel_sha256")
        .annotate(holders=Count("series__exam", distinct=True))
        .filter(holders__gt=1)
        .values("pixel_sha256")
    )
    holders: dict[str, set[UUID]] = defaultdict(set)
    for exam, picture in Instance.objects.filter(pixel_sha256__in=twice).values_list(
        "series__exam", "pixel_sha256"
    ):
        holders[picture].add(exam)
    shared = Counter(pair for found in holders.values() for pair in permutations(found, 2))
    sizes = dict(
        own.filter(series__exam__in={one for one, _ in shared})
        .values("series__exam")
        .annotate(size=Count("pixel_sha256", distinct=True))
        .values_list("series__exam", "size")
    )
    for (one, other), count in shared.items():
        if one in sizes and are_same_pictures(shared=count, of=sizes[one]):
            known[one].add(other)
    for patients in _by_patient(exams).values():
        for exam in patients & known.keys():
            known[exam] |= patients
    return known


def _by_patient(exams: QuerySet[Exam]) -> dict[str, set[UUID]]:
    found: dict[str, set[UUID]] = defaultdict(set)
    of_them = Exam.objects.filter(patient_key__in=exams.values("patient_key"))
    for exam, patient in of_them.values_list("pk", "patient_key"):
        found[patient].add(exam)
    return found
