"""`manage.py simulate PROTOCOL.json`: robots read a synthetic copy of a study in a scratch installation."""

import os
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from readerstudy.demo import scratch_study
from readerstudy.demo.simulation import Robots
from readerstudy.demo.watching import DONE, ENDED, FAILED, STOPPED, Stopped, Watch, write
from readerstudy.studies import protocol

_SCRATCH = "READERSTUDY_SIMULATION"


class Command(BaseCommand):
    help = (
        "Have robot readers go through a protocol, by the application's own interface and with the clock "
        "advanced, in a scratch installation; leave a sample report, the calendar and the expected agreement."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("protocol", help="a protocol's JSON file, or the name of a template")
        parser.add_argument("--readers", type=int, help="of a template; a file has its own")
        parser.add_argument("--cases", type=int, default=20)
        parser.add_argument("--accuracy", type=float, default=0.75, help="chance to see a change")
        parser.add_argument("--bias", type=float, default=0.0, help="more changes seen that are not there")
        parser.add_argument("--trust", type=float, default=0.5, help="in a suggestion that differs")
        parser.add_argument("--drop-out", type=float, default=0.0, help="chance to leave, per period")
        parser.add_argument("--studies", type=int, default=200, help="drawn for the expected agreement")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument(
            "--watch", type=Path, help="folder in which to tell how far it is, and to be stopped"
        )
        parser.add_argument("--out", type=Path, default=Path("simulation"), help="folder for what is left")

    def handle(self, *args: Any, **options: Any) -> None:
        document = self._document(options["protocol"], options["readers"])
        if not 2 <= options["cases"] <= 2000:
            raise CommandError("Simulate 2 to 2000 cases.")
        if _SCRATCH not in os.environ:
            self._in_scratch()
            return
        if Path(os.environ[_SCRATCH]) != settings.DATA_DIR:
            raise CommandError("The scratch installation is not where it should be: start the command anew.")
        settings.ALLOWED_HOSTS = ["testserver"]
        call_command("migrate", verbosity=0)
        robots = Robots(
            seen=options["accuracy"],
            bias=options["bias"],
            trust=options["trust"],
            drop_out=options["drop_out"],
        )
        wish = {name: options[name] for name in ("cases", "seed", "studies", "out")}
        with self._watched(options["watch"]) as watch:
            summary = scratch_study.simulate(document, robots=robots, watch=watch, **wish)
            self._say(summary, options["out"])

    @contextmanager
    def _watched(self, folder: Path | None) -> Iterator[Watch]:
        """Leaves word in the folder of how the simulation ended."""
        how, words = FAILED, "It ended early."
        try:
            yield Watch(folder)
            how, words = DONE, ""
        except Stopped:
            how, words = STOPPED, "It was stopped: nothing of it is kept."
            raise CommandError(words) from None
        except Exception as error:
            words = str(error)[:500]
            raise
        finally:
            if folder is not None:
                write(folder / ENDED, {"how": how, "words": words})

    def _document(self, name: str, readers: int | None) -> protocol.Document:
        try:
            if name in protocol.TEMPLATES:
                return protocol.make(name, readers=readers)
            return protocol.import_file(Path(name).read_bytes())
        except (OSError, ValueError) as error:
            raise CommandError(str(error)) from None

    def _in_scratch(self) -> None:
        """Settings are read once, at start: start anew with a data folder of its own, gone afterwards."""
        others = {name: value for name, value in os.environ.items() if not name.startswith("READERSTUDY_")}
        with tempfile.TemporaryDirectory(prefix="readerstudy-simulation-") as folder:
            wanted = others | {
                "DJANGO_SETTINGS_MODULE": "readerstudy.config.settings",
                "READERSTUDY_DEMO": "yes",
                "READERSTUDY_DATA_DIR": folder,
                _SCRATCH: folder,
            }
            done = subprocess.run([sys.executable, *sys.argv], env=wanted, check=False)
        if done.returncode:
            raise CommandError("The simulation ended early: its last words stand above.")

    def _say(self, summary: dict[str, Any], out: Path) -> None:
        self.stdout.write(f"SYNTHETIC: {summary['reads']} reads by robots.")
        last = max((row["to"] for row in summary["calendar"]), default="")
        self.stdout.write(f"Last case handed in on {last[:10]} of the simulated calendar.")
        self.stdout.write(
            "pair       kappa before          after                 change (95 % of drawn studies)"
        )
        for row in summary["expected_agreement"]:
            cells = [
                f"{row[name]['mean']:+.2f} ({row[name]['low']:+.2f} to {row[name]['high']:+.2f})"
                for name in ("before", "after", "change")
            ]
            self.stdout.write(f"{'-'.join(row['pair']):<9}  {'  '.join(cells)}")
        self.stdout.write(f"Report, readings and calendar: {out}")
