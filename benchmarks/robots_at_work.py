"""Robots reading a study by HTTP, in this process, and what each request takes beside a bare one."""

import statistics
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
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext, get_runner, override_settings, setup_test_environment
from django.urls import include, path

from readerstudy.demo import simulation
from readerstudy.demo.scratch_study import FOREVER
from readerstudy.demo.synthetic_cases import MapAccuracy, draw_suggestions, draw_truth, make_exam
from readerstudy.demo.watching import Watch
from readerstudy.studies import protocol, selectors, services
from tests import cast

BARE = 300


def bare(request: HttpRequest) -> HttpResponse:
    """One row, nothing else."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO bench_row (said) VALUES ('x')")
    return HttpResponse("")


urlpatterns = [
    path("bare/", bare),
    path("bare/signed-in/", login_required(bare)),
    path("", include("readerstudy.config.urls")),
]


@dataclass
class Times:
    """Of requests of one kind: milliseconds by the clock and of this process, and queries of one in fifty."""

    wall: list[float] = field(default_factory=list)
    own: list[float] = field(default_factory=list)
    queries: list[int] = field(default_factory=list)

    def measure(self, act: Callable[[], Any]) -> Any:
        """Do it and keep what it took; one that is watched for its queries is not timed."""
        if len(self.wall) % 50 == 49 and len(self.queries) <= len(self.wall) // 50:
            with CaptureQueriesContext(connection) as captured:
                answer = act()
            self.queries.append(len(captured))
            return answer
        begun, own = time.perf_counter(), time.process_time()
        answer = act()
        self.wall.append((time.perf_counter() - begun) * 1000)
        self.own.append((time.process_time() - own) * 1000)
        return answer

    @property
    def median(self) -> float:
        return statistics.median(self.wall)

    @property
    def p95(self) -> float:
        return sorted(self.wall)[int(len(self.wall) * 0.95)]


class Timed(simulation.Desk):
    """A robot whose requests are timed by what they ask for."""

    times: dict[str, Times]

    def call(self, method: str, url: str, body: Any = None) -> Any:
        """As a Desk's, timed."""
        said = url.rstrip("/").split("/")[-1]
        kind = "frame" if said.isdigit() else said
        return self.times[kind].measure(lambda: super(Timed, self).call(method, url, body))


def measure(*, readers: int, cases: int) -> list[str]:
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
            return _measured(readers, cases)
    finally:
        runner.teardown_databases(old)
        folder.cleanup()


def _measured(readers: int, cases: int) -> list[str]:
    document = protocol.make("crossover", readers=readers)
    desks, truths, times = _study(document, readers, cases)
    before = _bare()
    begun = time.perf_counter()
    simulation.go_through(desks, truths, Watch())
    seconds = time.perf_counter() - begun
    reads = sum(desk.read for desk in desks)
    after = _bare()
    alone, signed_in = (
        statistics.median([*before[name].wall, *after[name].wall]) for name in ("bare/", "bare/signed-in/")
    )
    requests = sum(len(kind.wall) + len(kind.queries) for kind in times.values()) / reads
    sites = len(document["question"]["sites"])
    lines = [
        f"{connection.vendor}: {readers} readers x {cases} cases x 2 periods x {sites} halves",
        f"  {reads} reads in {seconds:.0f} s: {reads / seconds:.2f} reads/s, {requests:.1f} requests a read",
        f"  a bare request that inserts one row: {alone:.2f} ms, by someone signed in {signed_in:.2f} ms",
        "              median      p95   own CPU  queries  bare /   signed in /",
    ]
    for name in ("next", "frame", "map", "submit"):
        kind = times[name]
        queries = str(round(statistics.median(kind.queries))) if kind.queries else "?"
        lines.append(
            f"  {name:8} {kind.median:8.1f} {kind.p95:8.1f} {statistics.median(kind.own):8.1f} {queries:>8} "
            f"{alone / kind.median:8.2f} {signed_in / kind.median:12.2f}"
        )
    ratio = requests / (seconds / reads * 1000)
    return [
        *lines,
        f"  as many bare requests / whole read: {alone * ratio:.2f}, signed in {signed_in * ratio:.2f}",
    ]


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


def _bare() -> dict[str, Times]:
    """The bare requests, without and with a signed-in person."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS bench_row (said varchar(1))")
    client, times = cast.signed_in(cast.reader()), defaultdict(Times)
    for url, caller in (("bare/", Client()), ("bare/signed-in/", client)):
        for _ in range(BARE):
            times[url].measure(lambda url=url, caller=caller: caller.post(f"/{url}"))
    return times
