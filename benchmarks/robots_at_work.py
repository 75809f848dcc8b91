"""Robots reading a study by HTTP, in this process, and what each request takes beside a bare one."""

import statistics
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.test.utils import get_runner, override_settings, setup_test_environment
from django.urls import include, path

from readerstudy.demo import simulation
from readerstudy.demo.scratch_study import FOREVER
from readerstudy.demo.synthetic_cases import MapAccuracy, draw_suggestions, draw_truth, make_exam
from readerstudy.studies import protocol, selectors, services
from tests import cast

BARE = 300


def bare(request: HttpRequest) -> HttpResponse:
    """One row, nothing else."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO bench_row (said) VALUES ('x')")
    return HttpResponse("")


urlpatterns = [path("bare/", bare), path("", include("readerstudy.config.urls"))]


class Timed(simulation.Desk):
    """A robot whose requests are timed by what they ask for."""

    times: dict[str, list[float]]

    def call(self, method: str, url: str, body: Any = None) -> Any:
        """As a Desk's, timed."""
        begun = time.perf_counter()
        answer = super().call(method, url, body)
        self.times[url.rstrip("/").split("/")[-1]].append((time.perf_counter() - begun) * 1000)
        return answer


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
    rng = np.random.default_rng(1)
    document, coordinator, truths = protocol.make("crossover", readers=readers), cast.coordinator(), {}
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
    times: dict[str, list[float]] = defaultdict(list)
    desks = []
    for enrolment in selectors.enrolments_of(study):
        skill = simulation.Robots().skill(rng)
        desk = Timed(enrolment, cast.PASSWORD, skill, np.random.default_rng(enrolment.index), FOREVER)
        desk.times = times
        desks.append(desk)
    begun = time.perf_counter()
    simulation.go_through(desks, truths)
    seconds = time.perf_counter() - begun
    reads = sum(desk.read for desk in desks)
    alone = _bare_ms()
    per_read = seconds / reads * 1000
    requests = sum(map(len, times.values())) / reads
    sites = len(document["question"]["sites"])
    lines = [
        f"{connection.vendor}: {readers} readers x {cases} cases x 2 periods x {sites} halves",
        f"  {reads} reads in {seconds:.0f} s: {reads / seconds:.2f} reads/s, {requests:.1f} requests a read",
        f"  a bare request that inserts one row: {alone:.2f} ms",
    ]
    for name in ("next", "submit"):
        held = sorted(times[name])
        middle = statistics.median(held)
        lines.append(
            f"  {name}: median {middle:.1f} ms, p95 {held[int(len(held) * 0.95)]:.1f} ms, "
            f"bare / {name} {alone / middle:.2f}"
        )
    return [*lines, f"  bare x requests / whole read: {alone * requests / per_read:.2f}"]


def _bare_ms() -> float:
    """Median of the bare request, in milliseconds."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_row (said varchar(1))")
    client, times = Client(), []
    for _ in range(BARE):
        begun = time.perf_counter()
        client.post("/bare/")
        times.append((time.perf_counter() - begun) * 1000)
    return statistics.median(times)
