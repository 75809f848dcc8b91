import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from readerstudy.common.database import Refuse, Withdraw

_OF_ENROLMENT = (
    "SELECT s.state FROM studies_study s JOIN studies_enrolment e ON e.study_id = s.id WHERE e.id = "
)
_STUDY_OF_ENROLMENT = "(SELECT study_id FROM studies_enrolment WHERE id = NEW.enrolment_id)"
_ADDED_TO = {
    "studies_case": ("SELECT state FROM studies_study WHERE id = NEW.study_id", "NEW.study_id"),
    "studies_enrolment": ("SELECT state FROM studies_study WHERE id = NEW.study_id", "NEW.study_id"),
    "studies_enrolment_periods": (_OF_ENROLMENT + "NEW.enrolment_id", _STUDY_OF_ENROLMENT),
    "studies_assignment": (_OF_ENROLMENT + "NEW.enrolment_id", _STUDY_OF_ENROLMENT),
}
"""Tables that an amendment adds rows to, with the state of their study and the study itself."""


def _stated_anew() -> list[Withdraw | Refuse]:
    """Rows are added to an open study only while an amendment of it is being written."""
    operations: list[Withdraw | Refuse] = []
    for table, (state, study) in _ADDED_TO.items():
        amending = (
            f"EXISTS (SELECT 1 FROM studies_protocol p WHERE p.study_id = {study} AND p.version > 1 "
            "AND p.frozen_at IS NULL)"
        )
        operations += [
            Withdraw(table, "insert", "frozen"),
            Refuse(table, "insert", "frozen", f"({state}) <> 'draft' AND NOT {amending}"),
        ]
    return operations


class Migration(migrations.Migration):
    dependencies = [
        ("studies", "0007_sham_maps"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.AlterField(
            "protocol",
            "frozen_at",
            models.DateTimeField(help_text="In force from then on", null=True),
        ),
        migrations.AddField(
            "protocol",
            "reason",
            models.TextField(
                blank=True, default="", help_text="Why an amendment was made; empty for the first version"
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            "protocol",
            "signed_by",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="protocols_signed",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        *_stated_anew(),
        Withdraw("studies_protocol", "insert", "frozen"),
        Refuse(
            "studies_protocol",
            "insert",
            "frozen",
            "(SELECT state FROM studies_study WHERE id = NEW.study_id) <> 'draft' AND NOT ("
            "(SELECT state FROM studies_study WHERE id = NEW.study_id) = 'open' AND NEW.frozen_at IS NULL "
            "AND NEW.reason <> '' AND NEW.signed_by_id IS NOT NULL AND NEW.version = "
            "(SELECT max(version) + 1 FROM studies_protocol WHERE study_id = NEW.study_id))",
        ),
        Withdraw("studies_protocol", "update", "frozen"),
        Refuse(
            "studies_protocol",
            "update",
            "frozen",
            "(SELECT state FROM studies_study WHERE id = OLD.study_id) <> 'draft' "
            "AND OLD.frozen_at IS NOT NULL",
        ),
    ]
