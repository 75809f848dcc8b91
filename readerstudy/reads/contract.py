"""A read as the reading room gets it. Only `map_url` tells of a model, and only if aided."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol
from uuid import UUID

from django.templatetags.static import static
from django.urls import get_script_prefix, reverse

from annotations.vocabulary import ModicType
from readerstudy.accounts import selectors as accounts
from readerstudy.accounts.models import User
from readerstudy.common.statements import rows
from readerstudy.reads import journal, policies, selectors
from readerstudy.reads.models import Read
from readerstudy.reads.states import RECALL_WORDS, Item, Phase, Viewer
from readerstudy.studies.models import Case
from readerstudy.studies.states import Arm, told_to_reader

_SERIES = """
SELECT s.kind, s.slices, s.description FROM exams_series s WHERE s.exam_id = %(exam)s ORDER BY s.kind
"""
_OF_A_MAP = {Item.MODIC_MAP, Item.MAP_ON_DEMAND}


class Routes(Protocol):
    """Where the reading room asks for what belongs to a case."""

    def to(self, name: str) -> str | None:
        """The address of map, reveal, draft, beat, reports or submit; None where there is none."""

    def image(self, name: str, *more: object) -> str:
        """The address of the metadata of a series (kind), or of a frame (kind and index)."""


@dataclass(frozen=True)
class ReadRoutes:
    """Those of a stored read."""

    read: Read

    def to(self, name: str) -> str | None:
        return self._worded(f"{'queries' if name == 'reports' else 'reads'}:{name}")

    def image(self, name: str, *more: object) -> str:
        return self._worded(f"reads:{name}", *more)

    def _worded(self, name: str, *more: object) -> str:
        return _of_any_read(get_script_prefix(), name, *more).replace(str(_ANY), str(self.read.pk))


_ANY = UUID(int=0)


@lru_cache(maxsize=64)
def _of_any_read(_prefix: str, name: str, *more: object) -> str:
    """The address of a read that is none: a dozen are worded for every case, alike but for the read."""
    return reverse(name, args=[_ANY, *more])


@dataclass(frozen=True)
class Standing:
    """How many cases the period has, and whether the same case is read again at once, with the map."""

    total: int
    map_follows: bool


def read_message(
    read: Read, *, standing: Standing | None = None, routes: Routes | None = None
) -> dict[str, Any]:
    """The body of `read` in the answer to "next case" (ReadSerializer).

    standing, routes: of a read that is in no table; a stored one has its own.
    """
    assignment = read.assignment
    routes = routes or ReadRoutes(read)
    standing = standing or Standing(*selectors.cases_in_period(assignment))
    question = selectors.document_of(read)["question"]
    arm = Arm(assignment.arm)
    seen = policies.what_may_be_seen(viewer=Viewer.ITS_READER, arm=arm, phase=Phase.READING)
    return {
        "id": str(read.pk),
        "state": read.state,
        "version": read.version,
        "period": {
            "number": assignment.period.number,
            "name": assignment.period.name,
            "arm": told_to_reader(arm).value,
        },
        "position": assignment.position,
        "total": standing.total,
        "synthetic": assignment.enrolment.study.synthetic,
        "sites": question["sites"],
        "grades": question["grades"],
        "not_gradable_reasons": question["not_gradable_reasons"],
        "bulk_none": question["bulk_none"],
        "asks_confidence": question.get("confidence", False),
        "comment": read.comment,
        "levels": _levels(assignment.case),
        "images": images_message(read, routes),
        "part": assignment.part,
        "map_follows": standing.map_follows,
        "map_url": routes.to("map") if Item.MODIC_MAP in seen else None,
        "reveal_url": routes.to("reveal") if Item.MAP_ON_DEMAND in seen else None,
        "shows": selectors.shows_of(read) if seen & _OF_A_MAP else None,
        "answers": read.draft,
        "lease": str(read.lease),
        "draft_url": routes.to("draft"),
        "beat_url": routes.to("beat"),
        "reports_url": routes.to("reports"),
        "submit_url": routes.to("submit"),
    }


def images_message(read: Read, routes: Routes | None = None) -> dict[str, Any]:
    """Where T1 and T2 of the read are (ImagePairSerializer): all that is said of a case sent ahead."""
    found = rows(_SERIES, exam=read.assignment.case.exam_id)
    return {series[0]: _images(routes or ReadRoutes(read), *series) for series in found}


def _levels(case: Case) -> list[dict[str, Any]]:
    """Names and places as a person confirmed them; the number of a found body stays here."""
    return [{"level": level["level"], "point_mm": level["point_mm"]} for level in case.levels]


def _images(routes: Routes, kind: str, slices: int, description: str) -> dict[str, Any]:
    """An address ends with the number of its image."""
    frames = routes.image("frame", kind, 0).removesuffix("0")
    return {
        "metadata_url": routes.image("metadata", kind),
        "frame_urls": [f"{frames}{index}" for index in range(slices)],
        "description": description,
    }


def recall_message(read: Read) -> dict[str, Any]:
    """The question that a case of the last period ends with (NextRecallSerializer)."""
    return {
        "status": "recall",
        "message": "Have you seen this case before in this study?",
        "choices": [{"value": value, "label": words} for value, words in RECALL_WORDS.items()],
        "answer_url": reverse("reads:recall", args=[read.pk]),
    }


def who_reads(reader: User) -> dict[str, Any]:
    """What a reading room needs to know its reader by, how they like it, and to sign them in again."""
    return {
        "pictures": type_pictures(),
        "layouts": accounts.layouts_of(reader),
        "layout_url": reverse("reads:layout"),
        "reader": reader.get_username(),
        "person": journal.keys_of(reader)[0]["id"],
        "sign_in_url": reverse("accounts:sign-in"),
        "journal_keys_url": reverse("reads:journal-keys"),
    }


def type_pictures() -> list[dict[str, str]]:
    """Where the synthetic pictures of the grades are, T1 and T2 of type 0 first."""
    return [
        {kind: static(f"common/modic-types/{int(grade)}-{kind}.png") for kind in ("t1", "t2")}
        for grade in ModicType
    ]
