"""Making a study and opening it (line D1, trust 7 and 8)."""

import hashlib
from collections.abc import Callable

import pytest
from django.db import DatabaseError, transaction
from django.test import override_settings

from readerstudy.accounts.models import User
from readerstudy.accounts.states import Role
from readerstudy.audit import selectors as audit
from readerstudy.audit.models import Event
from readerstudy.common.errors import BadInput, Conflict
from readerstudy.exams.models import Exam
from readerstudy.studies import protocol as protocols
from readerstudy.studies import services
from readerstudy.studies.models import Assignment, Case, Enrolment, Period, Protocol, Study
from readerstudy.studies.order import OrderKey, case_order
from readerstudy.studies.protocol import fingerprint
from readerstudy.studies.reading_plan import reading_plan
from readerstudy.studies.selectors import problems_with_opening, studies_visible_to
from tests import cast, factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def test_opening_freezes_protocol_maps_and_levels() -> None:
    study = factories.make_study(cases=3)
    protocol = study.protocols.get()
    assert study.state == "open"
    assert study.synthetic
    assert protocol.frozen_at == study.opened_at
    assert protocol.sha256 == fingerprint(protocol.document)
    assert hashlib.sha256(study.seed.encode()).hexdigest() == protocol.document["seed_commitment"]
    assert study.seed not in str(protocol.document)
    for case, stated in zip(study.cases.order_by("number"), protocol.document["cases"], strict=True):
        assert case.modic_map is not None
        assert stated == {
            "number": case.number,
            "exam": case.exam.pseudonym,
            "modic_map_sha256": case.modic_map.sha256,
            "levels": case.exam.confirmed_levels,
        }
        assert (case.modic_map_sha256, case.levels) == (case.modic_map.sha256, case.exam.confirmed_levels)


def test_trust_7_the_stored_order_is_the_derived_one_for_every_reader_and_period() -> None:
    study = factories.make_study(cases=7)
    protocol = study.protocols.get()
    seen = set()
    for enrolment in study.enrolments.all():
        key = OrderKey(protocol.sha256, study.seed, enrolment.index, 5)
        for period in enrolment.periods.all():
            rows = Assignment.objects.filter(enrolment=enrolment, period=period).order_by("position")
            stored = tuple(rows.values_list("case__number", flat=True))
            assert stored == case_order(key, period=period.number, cases=range(1, 8))
            assert list(rows.values_list("position", flat=True)) == list(range(1, 8))
            seen.add(stored)
    assert len(seen) == 5, "every reader and period has an order of its own"


def test_the_baseline_reads_once_and_the_others_twice() -> None:
    study = factories.make_study()
    read = {
        (e.index, e.baseline): [p.number for p in e.periods.order_by("number")]
        for e in study.enrolments.all()
    }
    assert read == {(1, True): [1], (2, False): [1, 2], (3, False): [1, 2]}
    assert [p.washout_hours for p in study.periods.all()] == [0, 672]
    arms = Assignment.objects.values_list("period__number", "arm", "arm_name").distinct().order_by("period")
    assert list(arms) == [(1, "unaided", "unaided"), (2, "assisted", "assisted")]


@pytest.mark.parametrize("key", list(protocols.TEMPLATES))
def test_every_template_opens_with_the_plan_that_derives_from_it(key: str) -> None:
    document = protocols.make(key)
    study = factories.make_draft(cases=6, document=document)
    for case in study.cases.select_related("exam"):
        factories.make_sham(case.exam.modic_maps.get())
    study = services.open_study(actor=study.created_by, study=study)
    frozen = study.protocols.get()
    rows = Assignment.objects.order_by("enrolment__index", "period__number", "position", "part")
    stored = rows.values_list(
        "enrolment__index", "period__number", "position", "case__number", "arm_name", "arm", "part"
    )
    kinds = {arm["name"]: arm["kind"] for arm in document["arms"]}
    plan = reading_plan(document, sha256=frozen.sha256, seed=study.seed, cases=range(1, 7))
    assert list(stored) == [
        (p.reader, p.period, p.position, p.case, p.arm, kinds[p.arm], p.part) for p in plan
    ]
    assert frozen.document["template"] == frozen.template == key


def test_another_protocol_keeps_the_enrolled_it_has_room_for_and_casts_them_anew() -> None:
    study = factories.make_draft(document=protocols.make("crossover", readers=4))
    before = list(study.enrolments.values_list("index", "reader"))
    said = services.set_protocol(actor=study.created_by, study=study, document=protocols.make())
    assert "Reader 4: taken out." in said
    assert list(study.enrolments.values_list("index", "reader")) == before[:3]
    assert [e.baseline for e in study.enrolments.all()] == [True, False, False]


def test_two_openings_draw_two_seeds() -> None:
    assert factories.make_study().seed != factories.make_study().seed


def test_a_map_made_after_opening_is_not_taken() -> None:
    study = factories.make_study(cases=1)
    case = study.cases.get()
    factories.make_map(case.exam, created_at=study.opened_at)
    case.refresh_from_db()
    assert case.modic_map is not None
    assert case.modic_map_sha256 == study.protocols.get().document["cases"][0]["modic_map_sha256"]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda s: Exam.objects.filter(cases__study=s).update(state="withdrawn"), "not released"),
        (lambda s: Exam.objects.filter(cases__study=s).update(confirmed_levels=[]), "no confirmed level"),
        (lambda s: Exam.objects.filter(cases__study=s).update(patient_key="same"), "of one patient"),
        (lambda s: Exam.objects.filter(cases__study=s).update(synthetic=False), "stand-in"),
        (lambda s: s.cases.all().delete(), "No cases"),
        (lambda s: s.enrolments.filter(index=3).delete(), "2 of 3 readers"),
        (
            lambda s: User.objects.filter(enrolments__study=s, enrolments__index=2).update(is_active=False),
            "sign in",
        ),
    ],
)
def test_what_is_missing_keeps_a_study_from_opening(spoil, said: str) -> None:
    study = factories.make_draft()
    spoil(study)
    assert said in " ".join(problems_with_opening(study))
    with pytest.raises(Conflict, match=said) as refusal:
        services.open_study(actor=study.created_by, study=study)
    assert refusal.value.extra["problems"]
    study.refresh_from_db()
    assert study.state == "draft"
    assert not Assignment.objects.exists()


def test_a_case_without_a_map_keeps_a_study_from_opening() -> None:
    actor = cast.coordinator()
    study = factories.make_draft(actor=actor)
    exams = [case.exam for case in study.cases.all()]
    services.set_cases(actor=actor, study=study, exams=[*exams, factories.make_exam()])
    assert "has no Modic map" in " ".join(problems_with_opening(study))


def test_a_map_made_with_other_thresholds_keeps_a_study_from_opening() -> None:
    study = factories.make_draft(cases=1)
    run = study.cases.get().exam.runs.get()
    run.provenance = {"settings": {"rules": {"min_diameter_mm": 4.0, "secondary_fraction": 0.2}}}
    run.save()
    assert "other thresholds" in " ".join(problems_with_opening(study))


def test_a_demo_installation_holds_synthetic_exams_only() -> None:
    study = factories.make_draft()
    Exam.objects.filter(cases__study=study).update(synthetic=False)
    with override_settings(DEMO=True):
        assert "synthetic exams only" in " ".join(problems_with_opening(study))


def test_one_synthetic_exam_makes_the_study_synthetic() -> None:
    actor = cast.coordinator()
    study = services.create_study(actor=actor, name="Mixed")
    real = factories.make_exam(synthetic=False)
    services.set_cases(actor=actor, study=study, exams=[real])
    study.refresh_from_db()
    assert not study.synthetic
    services.set_cases(actor=actor, study=study, exams=[real, factories.make_exam()])
    study.refresh_from_db()
    assert study.synthetic


def test_only_released_exams_and_readers_are_taken() -> None:
    actor = cast.coordinator()
    study = services.create_study(actor=actor, name="Refusals")
    with pytest.raises(BadInput, match="released"):
        services.set_cases(actor=actor, study=study, exams=[factories.make_exam(released=False)])
    readers = [cast.reader() for _ in range(3)]
    with pytest.raises(BadInput, match="3 different readers"):
        services.enrol_readers(actor=actor, study=study, readers=readers[:2])
    with pytest.raises(BadInput, match="3 different readers"):
        services.enrol_readers(actor=actor, study=study, readers=[readers[0]] * 3)
    with pytest.raises(BadInput, match="signs in as a reader"):
        services.enrol_readers(
            actor=actor, study=study, readers=[*readers[:2], cast.person(Role.STATISTICIAN)]
        )
    with pytest.raises(BadInput, match="give it a washout") as refusal:
        services.create_study(actor=actor, name="No washout", document=protocols.make(washout_hours=0))
    assert len(refusal.value.extra["problems"]) == 1


def test_trust_8_an_open_study_takes_no_change_by_service() -> None:
    study = factories.make_study()
    actor, readers = study.created_by, [e.reader for e in study.enrolments.all()]
    exams = [case.exam for case in study.cases.all()]
    changes = [
        lambda: services.set_cases(actor=actor, study=study, exams=exams),
        lambda: services.enrol_readers(actor=actor, study=study, readers=readers),
        lambda: services.set_protocol(actor=actor, study=study, document=protocols.make()),
        lambda: services.open_study(actor=actor, study=study),
    ]
    for change in changes:
        with pytest.raises(Conflict):
            change()


def test_trust_8_an_open_study_takes_no_change_in_the_database() -> None:
    study = factories.make_study()
    other = factories.make_exam()
    person = cast.reader()
    changes = [
        lambda: Protocol.objects.filter(study=study).update(document={}),
        lambda: Protocol.objects.filter(study=study).delete(),
        lambda: Protocol.objects.create(study=study, version=2, document={}, sha256=""),
        lambda: Period.objects.filter(study=study).update(washout_hours=0),
        lambda: Period.objects.create(study=study, number=3, name="More"),
        lambda: Case.objects.filter(study=study).update(modic_map_sha256="0"),
        lambda: Case.objects.create(study=study, exam=other, number=99),
        lambda: Enrolment.objects.filter(study=study, index=1).update(reader=person),
        lambda: Enrolment.objects.create(study=study, reader=person, index=4),
        lambda: study.enrolments.get(index=1).periods.add(study.periods.get(number=2)),
        lambda: study.enrolments.get(index=2).periods.clear(),
        lambda: Assignment.objects.filter(enrolment__study=study).update(position=99),
        lambda: Assignment.objects.filter(enrolment__study=study).update(arm="assisted"),
        lambda: Assignment.objects.filter(enrolment__study=study).delete(),
        lambda: Study.objects.filter(pk=study.pk).update(state="draft"),
        lambda: Study.objects.filter(pk=study.pk).update(seed="0" * 64),
        lambda: Study.objects.filter(pk=study.pk).update(opened_at=None),
        lambda: Study.objects.filter(pk=study.pk).update(synthetic=False),
    ]
    assert [number for number, change in enumerate(changes) if not refused(change)] == []


def refused(change: Callable[[], object]) -> bool:
    try:
        with transaction.atomic():
            change()
    except DatabaseError:
        return True
    return False


def test_locking_reveals_the_seed_once_and_for_good() -> None:
    study = factories.make_study()
    services.lock_study(actor=study.created_by, study=study)
    event = Event.objects.get(action="study.locked")
    assert event.after == {"state": "locked", "seed": study.seed}
    with pytest.raises(Conflict):
        services.lock_study(actor=study.created_by, study=study)


def test_every_step_leaves_an_event_and_the_chain_holds() -> None:
    study = factories.make_study()
    actions = list(Event.objects.filter(study_id=str(study.pk)).values_list("action", flat=True))
    assert actions == [
        "study.created",
        "study.protocol-set",
        "study.cases-set",
        "study.readers-set",
        "study.opened",
    ]
    assert audit.breaks() == []
    assert study.seed not in str(list(Event.objects.values_list("after", flat=True)))


def test_who_sees_which_studies() -> None:
    draft, opened, locked = factories.make_draft(), factories.make_study(), factories.make_study()
    services.lock_study(actor=locked.created_by, study=locked)
    everything = {draft.pk, opened.pk, locked.pk}

    def seen(user) -> set:
        return set(studies_visible_to(user).values_list("pk", flat=True))

    assert seen(cast.coordinator()) == everything
    assert seen(opened.enrolments.get(index=1).reader) == {opened.pk}
    assert seen(draft.enrolments.get(index=1).reader) == set()
    assert seen(cast.person(Role.STATISTICIAN)) == {locked.pk}
