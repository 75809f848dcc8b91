"""Robots reading a study by HTTP, in this process, and what each request takes beside a bare one.

Both are timed in the server, from the first middleware to the whole answer, so that a robot's own work counts
for nothing. The bare request stands in the same run between the others: after one submission in four the same
robot posts to a view behind the same middleware, session, sign-in, CSRF check, connection and kind of
transaction, which reads JSON, inserts one row and answers JSON.
"""

import json
import os
import signal
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext, get_runner, override_settings, setup_test_environment
from django.urls import include, path

from readerstudy.demo import simulation
from readerstudy.demo.scratch_study import FOREVER
from readerstudy.demo.synthetic_cases import MapAccuracy, draw_suggestions, draw_truth, make_exam
from readerstudy.demo.watching import Stopped, Watch
from readerstudy.reads import services as reads
from readerstudy.studies import protocol, selectors, services
from tests import cast

SHOWN = ("next", "frame", "map", "submit", "of it handing in", "of it the next case", "bare")


def bare(request: HttpRequest) -> HttpResponse:
    """One row of what was sent, and nothing else."""
    said = json.loads(request.body)["said"]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO bench_row (said) VALUES (%s)", [said])
    return JsonResponse({"status": "kept"})


urlpatterns = [
    path("bench/bare", login_required(bare)),
    path("", include("readerstudy.config.urls")),
]


def _backend_ms() -> float:
    """Processor time of the database's process for this connection so far, in ms; 0 where there is none."""
    if connection.vendor != "postgresql":
        return 0.0
    assert connection.connection is not None
    known = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat")
    return int(known.read_text().split()[0]) / 1e6


@dataclass
class Times:
    """Of what is done of one kind, in ms: by the clock, and of processor time here and in the database.

    statements: of one in fifty, which is not timed.
    """

    wall: list[float] = field(default_factory=list)
    here: list[float] = field(default_factory=list)
    database: list[float] = field(default_factory=list)
    statements: list[int] = field(default_factory=list)

    def measure(self, act: Callable[[], Any]) -> Any:
        """Do it and keep what it took."""
        if len(self.wall) % 50 == 49 and len(self.statements) <= len(self.wall) // 50:
            with CaptureQueriesContext(connection) as captured:
                answer = act()
            self.statements.append(len(captured))
            return answer
        there, begun, here = _backend_ms(), time.perf_counter(), time.thread_time()
        answer = act()
        self.here.append((time.thread_time() - here) * 1000)
        self.wall.append((time.perf_counter() - begun) * 1000)
        self.database.append(_backend_ms() - there)
        return answer

    @property
    def median(self) -> float:
        return statistics.median(self.wall)

    @property
    def p95(self) -> float:
        return sorted(self.wall)[int(len(self.wall) * 0.95)]

    @property
    def processor(self) -> float:
        """Here and in the database; the middle one, which the first requests of a process do not move."""
        return statistics.median(self.here) + statistics.median(self.database)


class Timed(simulation.Desk):
    """A robot whose requests are timed by what they ask for."""

    times: dict[str, Times]
    aside: float = 0.0
    """Seconds that went into bare requests."""

    def sign_in(self) -> None:
        super().sign_in()
        self.client = _as_a_browser(self.client)
        handler = self.client.handler
        answer = handler.get_response
        handler.get_response = lambda request: self.times[_kind(request)].measure(lambda: answer(request))

    def call(self, method: str, url: str, body: Any = None) -> Any:
        answer = super().call(method, url, body)
        if url.endswith("/submit") and self.read % 4 == 0:
            begun = time.perf_counter()
            super().call("post", "/bench/bare", {"said": "x"})
            self.aside += time.perf_counter() - begun
        return answer


def _as_a_browser(client: Client | None) -> Client:
    """The client with its CSRF token, which the server now checks."""
    assert client is not None
    client.handler.enforce_csrf_checks = True
    client.defaults["HTTP_X_CSRFTOKEN"] = client.cookies[settings.CSRF_COOKIE_NAME].value
    return client


def _kind(request: HttpRequest) -> str:
    said = request.path.rstrip("/").split("/")[-1]
    return "frame" if said.isdigit() else said


@dataclass
class Told(Watch):
    """Says every few seconds how far it is; ends when interrupted or after so many minutes."""

    minutes: float = 0.0
    begun: float = field(default_factory=time.perf_counter)
    asked_to_stop: bool = False
    _told: float = 0.0

    def _tell(self, words: str) -> None:
        now = time.perf_counter()
        passed = now - self.begun
        if self.asked_to_stop or (self.minutes and passed > self.minutes * 60):
            raise Stopped
        if now - self._told > 10:
            self._told = now
            rate = self.done / passed
            left = (self.total - self.done) / rate / 60 if rate else 0
            said = f"{self.done} of {self.total} reads, {rate:.1f} reads/s, about {left:.1f} min left\n"
            sys.stderr.write(said)

    def stop(self, *_: Any) -> None:
        self.asked_to_stop = True


def measure(*, readers: int, cases: int, minutes: float) -> list[str]:
    """Reads per second and request times of a crossover with two periods, in words."""
    setup_test_environment()
    runner = get_runner(settings)(verbosity=0, interactive=False)
    old = runner.setup_databases()
    folder = tempfile.TemporaryDirectory(prefix="readerstudy-bench-")
    try:
        with override_settings(
            DEMO=True,
            DATA_DIR=Path(folder.name),
            MEDIA_ROOT=Path(folder.name) / "media",
            ROOT_URLCONF="benchmarks.robots_at_work",
        ):
            return _measured(readers, cases, minutes)
    finally:
        runner.teardown_databases(old)
        folder.cleanup()


def _measured(readers: int, cases: int, minutes: float) -> list[str]:
    document = protocol.make("crossover", readers=readers)
    desks, truths, times = _study(document, readers, cases)
    _time_parts(times)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_row (said varchar(1))")
    watch = Told(total=sum(desk.enrolment.assignments.count() for desk in desks), minutes=minutes)
    signal.signal(signal.SIGINT, watch.stop)
    sys.stderr.write(f"process {os.getpid()} begins {watch.total} reads\n")
    try:
        simulation.go_through(desks, truths, watch)
        ended = ""
    except Stopped:
        ended = f", stopped after {watch.done} of {watch.total}"
    seconds = time.perf_counter() - watch.begun - sum(desk.aside for desk in desks)
    sites = len(document["question"]["sites"])
    size = f"{readers} readers x {cases} cases x 2 periods x {sites} halves"
    rate = watch.done / seconds
    return [
        f"{connection.vendor}: {size}{ended}",
        f"  {watch.done} reads in {seconds:.0f} s: {rate:.1f} reads/s, the robots' own work included",
        *_figures(times),
        _row(times, size, rate),
    ]


def _time_parts(times: dict[str, Times]) -> None:
    """Time the two halves of a submission's answer on their own, in one of four: handing in, and opening the
    next case."""
    for name, words in (("submit", "of it handing in"), ("next_after", "of it the next case")):
        whole = getattr(reads, name)

        def timed(*args: Any, _whole: Any = whole, _words: str = words, **named: Any) -> Any:
            if len(times["submit"].wall) % 4:
                return _whole(*args, **named)
            return times[_words].measure(lambda: _whole(*args, **named))

        setattr(reads, name, timed)


def _figures(times: dict[str, Times]) -> list[str]:
    one = times["bare"]
    lines = [
        "                        n   median      p95   CPU here   CPU database  statements   "
        "bare /: wall   CPU",
    ]
    for name in SHOWN:
        kind = times[name]
        if not kind.wall:
            continue
        statements = str(round(statistics.median(kind.statements))) if kind.statements else "?"
        lines.append(
            f"  {name:20} {len(kind.wall):5} {kind.median:8.2f} {kind.p95:8.2f} "
            f"{statistics.median(kind.here):10.2f} {statistics.median(kind.database):14.2f} {statements:>11} "
            f"{one.median / kind.median:14.2f} {one.processor / kind.processor:5.2f}"
        )
    return lines


def _row(times: dict[str, Times], size: str, rate: float) -> str:
    """The line of the README's table; empty while too little was read to say anything."""
    one, coming, whole, alone = (times[name] for name in ("bare", "next", "submit", "of it handing in"))
    if not (one.wall and coming.wall):
        return ""
    by_clock = [one.median / kind.median for kind in (coming, whole, alone)]
    by_processor = [one.processor / kind.processor for kind in (coming, whole, alone)]
    told = [
        f"{rate:.0f} reads/s",
        f"p95 of the next case {coming.p95:.0f} ms, of submitting {whole.p95:.0f} ms with the next case in "
        "the answer",
        "a bare view that inserts one row ÷ the next case {:.2f}, ÷ submitting {:.2f}, ÷ handing in alone "
        "{:.2f}".format(*by_clock),
        "by processor time {:.2f}, {:.2f}, {:.2f}; aimed at 0.3".format(*by_processor),
    ]
    command = "python -m tests.postgres run python -m benchmarks.simulated_study"
    return (
        f"| simulated study of {size.replace(' x ', ' × ')}, PostgreSQL | {'; '.join(told)} | `{command}` |"
    )


def _study(
    document: protocol.Document, readers: int, cases: int
) -> tuple[list[Timed], dict[str, Any], dict[str, Times]]:
    """An open study of synthetic exams, a robot at each desk, and where their times are kept."""
    rng, coordinator, truths = np.random.default_rng(1), cast.coordinator(), {}
    for number in range(1, cases + 1):
        truth = draw_truth(rng)
        truths[make_exam(number, draw_suggestions(truth, MapAccuracy(), rng)).pseudonym] = truth
    study = services.set_up_study(
        actor=coordinator,
        study=None,
        name="Benchmark",
        exams=list(selectors.released_exams()),
        readers=[cast.reader() for _ in range(readers)],
        document=document,
    )
    study = services.open_study(actor=coordinator, study=study)
    times: dict[str, Times] = defaultdict(Times)
    desks = []
    for enrolment in selectors.enrolments_of(study):
        skill = simulation.Robots().skill(rng)
        desk = Timed(enrolment, cast.PASSWORD, skill, np.random.default_rng(enrolment.index), FOREVER)
        desk.times = times
        desks.append(desk)
    return desks, truths, times
