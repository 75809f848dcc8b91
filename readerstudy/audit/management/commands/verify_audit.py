"""`manage.py verify_audit [--head SEQ:HASH]`: does the audit trail's hash chain hold?"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from readerstudy.audit import selectors


class Command(BaseCommand):
    help = "Verify the audit trail's hash chain and print its head. Exit code 1 if it is broken."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--head", default="", help="SEQ:HASH as printed earlier; finds a cut-off tail")

    def handle(self, *args: Any, head: str, **options: Any) -> None:
        known = None
        if head:
            seq, _, digest = head.partition(":")
            known = (int(seq), digest)
        found = selectors.breaks(known)
        for item in found:
            self.stderr.write(f"event {item.seq}: {item.what}")
        if found:
            raise CommandError(f"The audit trail is broken in {len(found)} place(s).")
        last = selectors.head()
        self.stdout.write("The audit trail holds. Head: " + (f"{last[0]}:{last[1]}" if last else "(empty)"))
