"""A study of many readers, cases and periods, made straight in a throw-away database, and its decisions."""

import statistics
import time
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext, get_runner, setup_test_environment

from readerstudy.reads import next_up, selectors
from readerstudy.reads.places import EVERY
from readerstudy.studies import protocol
from readerstudy.studies.models import Case, Enrolment, Period, Protocol, Study
from tests import cast, factories

BEGAN = datetime(2026, 1, 5, 8, tzinfo=UTC)


def document_of(readers: int, cases: int, periods: int) -> protocol.Document:
    """Every reader in every period, each period in an arm of its own."""
    document = protocol.make("intra-rater", readers=readers)
    numbers = list(range(1, periods + 1))
    arms = [f"arm-{number}" for number in numbers]
    document["arms"] = [{"name": arm, "kind": "unaided"} for arm in arms]
    document["design"]["sequences"] = [[[arm] for arm in arms]]
    document["periods"] = [
        {"number": n, "name": f"Period {n}", "washout_hours": 0 if n == 1 else 672} for n in numbers
    ]
    for reader in document["readers"]:
        reader["periods"] = numbers
    document["statistics"]["arms"] = arms[:2]
    document["statistics"]["pairs"] = [[1, 2]]
    protocol.check(document)
    stated = [
        {"number": n, "exam": f"EX-{n}", "modic_map_sha256": "0" * 64, "levels": factories.LEVELS}
        for n in range(1, cases + 1)
    ]
    return {**document, "cases": stated, "seed_commitment": "0" * 64}


@transaction.atomic
def make_study(readers: int, cases: int, periods: int) -> Study:
    """The study, open, with all of period 1 and half of period 2 read by everyone."""
    coordinator = cast.coordinator()
    study = Study.objects.create(name="Large", synthetic=True, created_by=coordinator, created_at=BEGAN)
    document = document_of(readers, cases, periods)
    Protocol.objects.create(
        study=study,
        template="intra-rater",
        document=document,
        sha256=protocol.fingerprint(document),
        frozen_at=BEGAN,
    )
    exams = [factories.make_exam(slices=1) for _ in range(cases)]
    Case.objects.bulk_create(
        Case(study=study, exam=exam, number=n, levels=factories.LEVELS) for n, exam in enumerate(exams, 1)
    )
    for number in range(1, periods + 1):
        Period.objects.create(study=study, number=number, name=f"Period {number}", washout_hours=672)
    people = [cast.reader() for _ in range(readers)]
    Enrolment.objects.bulk_create(
        Enrolment(study=study, reader=reader, index=n) for n, reader in enumerate(people, 1)
    )
    _fill(cases)
    study.state, study.opened_at = "open", BEGAN
    study.save()
    return study


def _fill(cases: int) -> None:
    uuid = "gen_random_uuid()" if connection.vendor == "postgresql" else "lower(hex(randomblob(16)))"
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO studies_assignment (enrolment_id, period_id, case_id, position, arm, arm_name, "
            "part) SELECT e.id, p.id, c.id, c.number, 'unaided', 'arm-' || p.number, 1 "
            "FROM studies_enrolment e CROSS JOIN studies_period p CROSS JOIN studies_case c"
        )
        cursor.execute(
            "INSERT INTO reads_read (id, assignment_id, number, state, version, draft, lease, opened_at, "
            "submitted_at, idempotency_key, comment) "
            f"SELECT {uuid}, a.id, 1, 'submitted', 1, '[]', {uuid}, %s, %s, '', '' FROM studies_assignment a "
            "JOIN studies_period p ON p.id = a.period_id "
            "WHERE p.number = 1 OR (p.number = 2 AND a.position <= %s)",
            [BEGAN, BEGAN, cases // 2],
        )
        cursor.execute(
            "INSERT INTO reads_exposure (read_id, item, first_at, last_at, reader_id, exam_id, enrolment_id, "
            "period_id) SELECT r.id, 'pixels', r.opened_at, r.submitted_at, e.reader_id, c.exam_id, "
            "a.enrolment_id, a.period_id FROM reads_read r JOIN studies_assignment a ON a.id = "
            "r.assignment_id JOIN studies_enrolment e ON e.id = a.enrolment_id "
            "JOIN studies_case c ON c.id = a.case_id"
        )
        cursor.execute(
            "INSERT INTO reads_place (enrolment_id, period_id, settled_to) SELECT e.id, p.id, "
            "CASE p.number WHEN 1 THEN %s ELSE %s END FROM studies_enrolment e CROSS JOIN studies_period p "
            "WHERE p.number <= 2",
            [_kept_to(cases), _kept_to(cases // 2)],
        )
        cursor.execute("ANALYZE")


def _kept_to(read: int) -> int:
    """The place a reader's order is kept to after so many cases."""
    return read - read % EVERY


def decide(enrolment_id: object, now: datetime) -> None:
    """The decision as the server makes it for every request of a next case."""
    enrolment = Enrolment.objects.select_related("study", "reader").get(pk=enrolment_id)
    for assignment in next_up.next_up(enrolment, now=now).candidates:
        selectors.washout_of(assignment, now=now)


def measure(*, readers: int, cases: int, periods: int, repeats: int) -> list[str]:
    """Times of whole decisions of one reader, and the queries of one, in words."""
    setup_test_environment()
    runner = get_runner(settings)(verbosity=0, interactive=False)
    old = runner.setup_databases()
    try:
        begun = time.perf_counter()
        study = make_study(readers, cases, periods)
        made = time.perf_counter() - begun
        enrolment = study.enrolments.get(index=readers // 2).pk
        now = BEGAN + timedelta(days=40)
        decide(enrolment, now)
        times, own = [], []
        for _ in range(repeats):
            begun, used = time.perf_counter(), time.process_time()
            decide(enrolment, now)
            times.append((time.perf_counter() - begun) * 1000)
            own.append((time.process_time() - used) * 1000)
        with CaptureQueriesContext(connection) as queries:
            decide(enrolment, now)
        slowest = sorted(queries.captured_queries, key=lambda query: -float(query["time"]))[:3]
        return [
            f"{connection.vendor}: {readers} readers x {cases} cases x {periods} periods",
            f"  made in {made:.0f} s",
            f"  {repeats} decisions: median {statistics.median(times):.2f} ms, "
            f"p95 {sorted(times)[int(repeats * 0.95)]:.2f} ms, least {min(times):.2f} ms, "
            f"{statistics.median(own):.2f} ms of it in this process",
            f"  {len(queries)} queries; the slowest:",
            *(f"    {float(query['time']) * 1000:.0f} ms: {query['sql'][:140]}" for query in slowest),
        ]
    finally:
        runner.teardown_databases(old)
