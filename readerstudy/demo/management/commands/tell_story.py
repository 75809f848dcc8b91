"""`manage.py tell_story`: live the demonstration's story once. `manage.py demo` calls it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from readerstudy.demo import story


class Command(BaseCommand):
    help = "Fill a fresh demo installation, with its worker running, with two synthetic studies."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            story.tell(say=self._say)
        except PermissionError as error:
            raise CommandError(str(error)) from None

    def _say(self, sentence: str) -> None:
        self.stdout.write(sentence)
        self.stdout.flush()
