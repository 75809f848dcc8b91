"""`manage.py create_person NAME --role ROLE`: a person who can sign in; asks for the password."""

import getpass
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError

from readerstudy.accounts import services
from readerstudy.accounts.states import Role


class Command(BaseCommand):
    help = "Create a person with one role. The password is asked for, or read from standard input."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--role", choices=[r.value for r in Role], required=True)
        parser.add_argument("--time-zone", default="UTC", help="IANA name, such as Europe/Berlin")

    def handle(self, *args: Any, username: str, role: str, time_zone: str, **options: Any) -> None:
        password = getpass.getpass() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
        try:
            services.create_person(username=username, password=password, role=Role(role), time_zone=time_zone)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        except IntegrityError:
            raise CommandError(f"There is a person named {username} already.") from None
        self.stdout.write(f"{username} can sign in as {role}.")
