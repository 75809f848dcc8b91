"""`manage.py ingest PATH`: take in a folder, zip or file of this machine."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from readerstudy.exams import services
from readerstudy.exams.states import UploadState


class Command(BaseCommand):
    help = "Read DICOM from PATH, de-identify it and store its exams. A person still releases them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path)
        parser.add_argument("--synthetic", action="store_true", help="the images were made, not acquired")

    def handle(self, *args: Any, path: Path, synthetic: bool, **options: Any) -> None:
        if not path.exists():
            raise CommandError(f"There is nothing at {path}.")
        upload = services.ingest_path(path=path, synthetic=synthetic)
        for line in upload.findings:
            self.stdout.write(line)
        if upload.state != UploadState.DONE:
            raise CommandError("Nothing was taken in.")
        for exam in upload.exams.all():
            self.stdout.write(f"{exam.pseudonym} waits for release: /exams/{exam.pk}/release/")
