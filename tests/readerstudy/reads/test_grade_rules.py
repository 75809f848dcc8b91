"""What a grade may say beside its type, held by the database."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from readerstudy.reads.models import Grade, Read
from tests.readerstudy.reads.desk import desk

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.mark.parametrize(
    ("fields", "allowed"),
    [
        ({"grade": 2, "secondary": 1, "confidence": 3}, True),
        ({"grade": 0}, True),
        ({"grade": 2, "secondary": 2}, False),
        ({"grade": 0, "secondary": 1}, False),
        ({"grade": 2, "secondary": 0}, False),
        ({"grade": None, "not_gradable": "artefact", "secondary": 1}, False),
        ({"grade": 2, "confidence": 4}, False),
        ({"grade": None, "not_gradable": "artefact", "confidence": 1}, False),
    ],
)
def test_the_database_holds_what_goes_with_a_grade(study, fields, allowed) -> None:
    reader = desk(study, 1)
    reader.open()
    row = Grade(read=Read.objects.get(), reader=reader.user, level="L1", half="upper", at=timezone.now())
    for name, value in fields.items():
        setattr(row, name, value)
    if allowed:
        row.save()
        return
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()
