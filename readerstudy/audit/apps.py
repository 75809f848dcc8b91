from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class AuditConfig(AppConfig):
    name = "readerstudy.audit"
    label = "audit"

    def ready(self) -> None:
        from readerstudy.common.triggers import lift, restate

        pre_migrate.connect(lift, sender=self)
        post_migrate.connect(restate, sender=self)
