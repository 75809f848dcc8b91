"""`manage.py demo`: a whole installation on this machine, with a story to click through."""

import os
import signal
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from readerstudy.demo import story
from readerstudy.demo.processes import REPOSITORY, Installation, StartError, free_port


class Command(BaseCommand):
    help = "Start queue, model server, worker and web server on 127.0.0.1 with two synthetic studies."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--port", type=int, default=8000, help="of the web server; another if it is taken"
        )
        parser.add_argument("--data-dir", type=Path, default=REPOSITORY / "var" / "demo")

    def handle(self, *args: Any, port: int, data_dir: Path, **options: Any) -> None:
        self._be_a_demo(data_dir)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        try:
            with Installation(data_dir, web_port=free_port(port)) as installation:
                self._run(installation)
        except KeyboardInterrupt:
            self.stdout.write("\nStopped. `make demo` goes on where you left off.")
        except (StartError, story.NotADemo) as error:
            raise CommandError(str(error)) from None

    def _be_a_demo(self, data_dir: Path) -> None:
        """Settings are read once, at start: set the demo's, and no others, and start anew in this process."""
        others = {name: value for name, value in os.environ.items() if not name.startswith("READERSTUDY_")}
        wanted = others | {
            "DJANGO_SETTINGS_MODULE": "readerstudy.config.settings",
            "READERSTUDY_DEMO": "yes",
            "READERSTUDY_DATA_DIR": str(data_dir),
        }
        if os.environ != wanted:
            os.execve(sys.executable, [sys.executable, *sys.argv, "--data-dir", str(data_dir)], wanted)

    def _run(self, installation: Installation) -> None:
        if not story.is_told():
            story.begin()
        self.stdout.write("Database ...")
        installation.manage("migrate", "--verbosity", "0")
        self.stdout.write("Queue, model server, worker ...")
        installation.start_queue()
        installation.start_model_server()
        installation.start_worker()
        if not story.is_told():
            installation.manage("tell_story")
        installation.start_web()
        self.stdout.write(f"\nReady: {installation.url}\n\nSign in as")
        for username, role in story.SIGN_INS:
            self.stdout.write(f"  {username:<14} password  {story.PASSWORD:<20} {role}")
        self.stdout.write(
            "\nAll data are synthetic. Research use only, not a medical device. Ctrl-C stops it."
        )
        self.stdout.flush()
        ended = installation.watch()
        raise StartError(f"The {ended} ended. Its log: {installation.logs / (ended + '.log')}")
