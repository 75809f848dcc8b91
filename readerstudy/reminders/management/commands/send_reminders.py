"""`manage.py send_reminders`: write and send what is due, as the worker does by itself."""

from typing import Any

from django.core.management.base import BaseCommand

from readerstudy.reminders import services


class Command(BaseCommand):
    help = "Remind readers whose period has opened, closes soon or rests, in their working hours."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{services.remind()} reminders went out.")
