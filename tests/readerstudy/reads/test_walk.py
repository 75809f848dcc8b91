"""An unaided reader at every route there is: no trace of what a model found, anywhere (trust 1)."""

import functools
import re
import uuid
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver, resolve
from drf_spectacular.generators import SchemaGenerator

from readerstudy.accounts.states import Role
from readerstudy.adjudication.models import Adjudication, Opinion, Place, Seat
from readerstudy.exams.models import Exam
from readerstudy.predictions.models import ModicMap
from readerstudy.reports.models import Lock
from readerstudy.studies.models import Study
from readerstudy.studies.states import StudyState
from tests import cast, factories
from tests.readerstudy.conftest import CANARY
from tests.readerstudy.reads.desk import Desk, answers_to, desk

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(1200)]
METHODS = ("get", "post", "put", "patch", "delete", "options", "head")
OTHER_VALUES: dict[str, list[Any]] = {
    "IntConverter": [0, 1],
    "SlugConverter": ["map", "t1"],
    "StringConverter": ["map", "t1", "seg.dcm"],
    "PathConverter": ["map", "maps/map.dcm"],
}


def routes(
    patterns: list[Any], prefix: str = "", taken: dict | None = None
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every route as a template like `exams/{exam_id}/`, with its converters."""
    for pattern in patterns:
        text = prefix + re.sub(r"<(?:[^:>]+:)?([^>]+)>", r"{\1}", str(pattern.pattern))
        converters = {**(taken or {}), **pattern.pattern.converters}
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, text, converters)
        elif isinstance(pattern, URLPattern):
            yield text, converters


IDENTIFIER = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
ROUTES = list(routes(get_resolver().url_patterns))


class Scene:
    """A study whose every AI result carries a canary, and what its reader may know of by id."""

    def __init__(self, media: Path) -> None:
        self.study = factories.make_study(cases=2)
        self.exam = factories.make_exam(proposed_levels=[{"level": "L1", "evidence": CANARY}])
        self.map = factories.make_map(self.exam, canary=CANARY)
        self.map.run.provenance = {"networks": [{"name": CANARY}]}
        self.map.run.warnings = [CANARY]
        self.map.run.save()
        folder = media / self.map.path
        folder.mkdir(parents=True)
        for name in ("map.dcm", "labels.json"):
            (folder / name).write_text(CANARY)
        self.frozen = [case.modic_map for case in self.study.cases.all()]
        self.reader = desk(self.study, 2)
        self.other_read = desk(self.study, 3).open()
        self.own_read = self.reader.open()
        self.opinion = opinion_before_an_adjudicator()

    def own(self, name: str) -> list[str]:
        """Ids of this reader's own things that a route's parameter of this name may take."""
        return {
            "enrolment_id": [str(self.reader.enrolment.pk)],
            "read_id": [self.own_read["id"]],
            "study_id": [str(self.study.pk)],
        }.get(name, [])

    def others(self, name: str) -> list[str]:
        """Ids of things that exist and are not this reader's; of all kinds for a name not known here."""
        case = self.study.cases.all()[0]
        by_name = {
            "study_id": [factories.make_draft(cases=1).pk],
            "exam_id": [case.exam_id, self.exam.pk],
            "enrolment_id": [self.study.enrolments.get(index=3).pk],
            "read_id": [self.other_read["id"]],
            "map_id": [case.modic_map_id, self.map.pk],
            "run_id": [case.modic_map.run_id, self.map.run_id],
            "adjudication_id": [self.opinion.place.seat.adjudication_id],
            "opinion_id": [self.opinion.pk],
        }
        ids = by_name.get(name) or [one for ids in by_name.values() for one in ids]
        return [str(one) for one in ids]

    @property
    def canaries(self) -> list[str]:
        hashes = list(ModicMap.objects.values_list("sha256", flat=True))
        return [CANARY, *hashes, *(str(m.path) for m in [*self.frozen, self.map])]


def opinion_before_an_adjudicator() -> Opinion:
    """A case of another, locked study that lies before its adjudicator."""
    study = factories.make_study(cases=1)
    Study.objects.filter(pk=study.pk).update(state=StudyState.LOCKED)
    signed = {"signed_by": study.created_by, "signed_at": factories.LONG_AGO, "meaning": "Locked."}
    lock = Lock.objects.create(study=study, dataset="", dataset_sha256="0" * 64, flow={}, **signed)
    adjudication = Adjudication.objects.create(
        lock=lock,
        number=1,
        takes_agreed=False,
        opened_by=study.created_by,
        opened_at=factories.LONG_AGO,
    )
    seat = Seat.objects.create(adjudication=adjudication, index=1, person=cast.person(Role.ADJUDICATOR))
    place = Place.objects.create(seat=seat, case=study.cases.get(), position=1)
    return Opinion.objects.create(place=place, opened_at=factories.LONG_AGO)


@pytest.fixture
def scene(db, settings, tmp_path) -> Scene:
    settings.MEDIA_ROOT = tmp_path
    return Scene(tmp_path)


def values_for(name: str, converter: Any, ids: Callable[[str], list[str]]) -> list[Any]:
    """What a parameter may be; of a converter of our own, the words its expression lists."""
    kind = type(converter).__name__
    if kind == "UUIDConverter":
        return ids(name)
    return OTHER_VALUES.get(kind) or [re.sub(r"\\(.)", r"\1", word) for word in converter.regex.split("|")]


def urls(
    template: str, converters: dict[str, Any], ids: Callable[[str], list[str]]
) -> Iterator[tuple[str, tuple]]:
    """The route with every combination of values."""
    names = re.findall(r"{([^}]+)}", template)
    choices = [values_for(name, converters[name], ids) for name in names]
    for values in product(*choices):
        url = "/" + template
        for name, value in zip(names, values, strict=True):
            url = url.replace(f"{{{name}}}", str(value))
        yield url, values


def everything_said(response: HttpResponse) -> str:
    body = b"".join(response.streaming_content) if response.streaming else response.content
    headers = "\n".join(f"{name}: {value}" for name, value in response.items())
    cookies = response.cookies.output()
    return f"{response.status_code}\n{headers}\n{cookies}\n{body.decode('utf-8', 'replace')}"


def without_chance(said: str) -> str:
    """Tokens, lengths and ids are of one request; what is left must not tell existing from missing."""
    said = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "token", said)
    said = re.sub(r"(csrftoken|sessionid)=[^;]+; expires=[^;]+", r"\1", said)
    said = IDENTIFIER.sub("id", said)
    said = re.sub(r'"person": "[0-9a-f]+"', "person", said)
    said = re.sub(r"2\.25\.\d+", "uid", said)
    return re.sub(r"\nContent-Length: \d+", "", said)


def ask(reader: Desk, method: str, url: str) -> str:
    reader.client.raise_request_exception = False
    said = everything_said(getattr(reader.client, method)(url, content_type="application/json"))
    if "sessionid" not in reader.client.cookies or not reader.client.cookies["sessionid"].value:
        reader.sign_in_again()
    return said


def test_trust_1_the_walk_knows_every_documented_operation() -> None:
    documented = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    walked = {"/" + template for template, _ in ROUTES}
    assert documented
    assert set(documented) <= walked


def test_trust_1_the_walk_reaches_every_route() -> None:
    astray = []
    for template, converters in ROUTES:
        for url, _ in urls(template, converters, lambda _: [str(uuid.uuid4())]):
            route = "/" + re.sub(r"<(?:[^:>]+:)?([^>]+)>", r"{\1}", resolve(url).route)
            if route != "/" + template:
                astray.append((url, template, route))
    assert astray == []


@pytest.mark.parametrize("moment", ["reading", "waiting"])
def test_trust_1_no_route_lets_a_canary_out(scene: Scene, moment: str) -> None:
    if moment == "waiting":
        scene.reader.read_period()
    others = functools.cache(scene.others)
    found, asked = [], 0
    for template, converters in ROUTES:
        for url, _ in urls(template, converters, lambda name: scene.own(name) + others(name)):
            for method in ("get", "post"):
                said = ask(scene.reader, method, url)
                asked += 1
                assert "Traceback" not in said, url
                found += [(method, url, canary) for canary in scene.canaries if canary in said]
    assert found == []
    assert asked > 100


def test_trust_2_no_route_tells_a_reader_what_another_answered(scene: Scene) -> None:
    other, said_by_other = desk(scene.study, 1), "what-another-reader-said"
    read = other.open()
    answer = other.post_submit(read, answers_to(read, grade=3), comment=said_by_other)
    assert answer.status_code == 200
    others = functools.cache(scene.others)
    found = []
    for template, converters in ROUTES:
        for url, _ in urls(template, converters, lambda name: [*scene.own(name), *others(name), read["id"]]):
            said = ask(scene.reader, "get", url).replace(url, "")
            found += [(url, mark) for mark in (said_by_other, other.user.username) if mark in said]
    assert found == []


def words(values: tuple) -> tuple:
    """What of a route's values is no id."""
    return tuple(value for value in values if not IDENTIFIER.fullmatch(str(value)))


def test_trust_1_what_exists_is_refused_exactly_as_what_does_not(scene: Scene) -> None:
    missing, theirs = str(uuid.uuid4()), functools.cache(scene.others)
    told_apart = []
    for template, converters in ROUTES:
        if "UUIDConverter" not in {type(c).__name__ for c in converters.values()}:
            continue
        for method in ("get", "post", "put", "delete"):
            nothing = {
                words(values): ask(scene.reader, method, url)
                for url, values in urls(template, converters, lambda _: [missing])
            }
            for url, values in urls(template, converters, theirs):
                if without_chance(ask(scene.reader, method, url)) != without_chance(nothing[words(values)]):
                    told_apart.append((method, url))
    assert told_apart == []


def test_trust_1_the_map_of_an_unaided_read_answers_like_nothing(scene: Scene) -> None:
    own = f"/api/reads/{scene.own_read['id']}/map"
    for method in METHODS:
        answers = [ask(scene.reader, method, url) for url in (own, f"/api/reads/{uuid.uuid4()}/map")]
        assert without_chance(answers[0]) == without_chance(answers[1])


def test_trust_1_files_of_maps_have_no_address(scene: Scene) -> None:
    for prefix in ("", "media/", "static/", "static/../media/", "var/media/"):
        said = ask(scene.reader, "get", f"/{prefix}{scene.map.path}/map.dcm")
        assert said.startswith("404")
        assert CANARY not in said


def test_trust_1_the_same_is_sent_whatever_the_model_found(db, travel) -> None:
    """Two studies alike but for their maps send an unaided reader the same, byte for byte."""
    sent = []
    for note in ("nothing", f"type 3 everywhere {CANARY}"):
        study = draft_with_map(note)
        reader = desk(study, 1)
        read = reader.open()
        bodies = [
            reader.post_next().content,
            reader.client.get(read["images"]["t1"]["metadata_url"]).content,
            *reader.look(read),
            reader.client.get(f"/read/{reader.enrolment.pk}/").content,
            reader.client.get("/read/").content,
        ]
        sent.append([without_chance(body.decode()).replace(reader.user.username, "me") for body in bodies])
    assert sent[0] == sent[1]


def draft_with_map(note: str) -> Study:
    from readerstudy.studies import services

    actor = cast.coordinator()
    study = services.create_study(actor=actor, name="The same")
    exam: Exam = factories.make_exam()
    factories.make_map(exam, body_labels=[{"note": note}])
    services.set_cases(actor=actor, study=study, exams=[exam])
    readers = [cast.reader() for _ in range(3)]
    services.enrol_readers(actor=actor, study=study, readers=readers)
    return services.open_study(actor=actor, study=study)
