"""Simulated readers with known agreement, for demonstrations. They read through the readers' own services."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from annotations.labels import EndplateLabel
from annotations.vocabulary import SITES_12, ModicType, Site
from readerstudy.common import clock
from readerstudy.predictions import selectors as predictions
from readerstudy.reads import services as reads
from readerstudy.reads.models import Read
from readerstudy.reads.policies import Sent
from readerstudy.reads.recalls import answer_recall
from readerstudy.reads.states import Item
from readerstudy.studies.models import Enrolment
from readerstudy.studies.states import Arm

Truth = Mapping[Site, ModicType]


@dataclass(frozen=True)
class Skill:
    """How a simulated reader grades.

    seen: chance to see a change that is there. invented: chance to see one that is not.
    typed: chance to name the right type of a change that was seen. trust: chance to take over the map's
    suggestion for a half where it differs, in an assisted read.
    """

    seen: float
    invented: float
    typed: float
    trust: float


def grade(truth: Truth, skill: Skill, rng: np.random.Generator) -> dict[Site, ModicType]:
    """One unaided answer per site."""
    answers = {}
    for site in SITES_12:
        true = truth[site]
        change = rng.random() < (skill.seen if true else skill.invented)
        kind = true if true and rng.random() < skill.typed else ModicType(int(rng.integers(1, 4)))
        answers[site] = kind if change else ModicType.NONE
    return answers


def reconsider(
    answers: Mapping[Site, ModicType],
    suggestions: Mapping[Site, ModicType],
    skill: Skill,
    rng: np.random.Generator,
) -> dict[Site, ModicType]:
    """The answers after a look at the map's suggestions."""
    return {
        site: suggestions[site] if site in suggestions and rng.random() < skill.trust else answer
        for site, answer in answers.items()
    }


def read_everything(*, enrolment: Enrolment, skill: Skill, truths: Mapping[str, Truth], seed: int) -> None:
    """Read every case that is open to this reader now; each read takes some minutes of the demo's clock.

    truths: by the exam's pseudonym.
    """
    reader = enrolment.reader
    while isinstance(read := _next_read(enrolment, seed), Read):
        case, period = read.assignment.case, read.assignment.period
        name = f"{case.exam.pseudonym}/{enrolment.index}/{period.number}/{seed}"
        rng = np.random.default_rng(zlib.crc32(name.encode()))
        reads.see(reader=reader, read_id=read.pk, item=Item.PIXELS)
        answers = grade(truths[case.exam.pseudonym], skill, rng)
        if read.assignment.arm == Arm.ASSISTED:
            reads.see(reader=reader, read_id=read.pk, item=Item.MODIC_MAP)
            shown = predictions.map_json(case.modic_map, case.levels)["labels"]
            labels = [EndplateLabel.from_json(label) for label in shown]
            suggestions = {Site(label.level, label.half): label.suggestion for label in labels}
            answers = reconsider(answers, suggestions, skill, rng)
        clock.advance(timedelta(seconds=int(rng.integers(70, 240))))
        reads.submit(
            reader=reader,
            read_id=read.pk,
            sent=_sent(read, answers),
            idempotency_key=f"simulated-{read.pk}",
        )


def _next_read(enrolment: Enrolment, seed: int) -> object:
    """What comes next once nothing is asked; a robot remembers nothing and guesses."""
    coming = reads.next_case(reader=enrolment.reader, enrolment_id=enrolment.pk)
    if isinstance(coming, reads.Asked):
        answer = 1 + zlib.crc32(f"{coming.read.pk}/{seed}".encode()) % 4
        answer_recall(reader=enrolment.reader, read_id=coming.read.pk, answer=answer)
        coming = reads.next_case(reader=enrolment.reader, enrolment_id=enrolment.pk)
    return coming


def _sent(read: Read, answers: Mapping[Site, ModicType]) -> Sent:
    values = [
        {"level": site.level.value, "half": site.half.value, "grade": int(grade), "not_gradable": None}
        for site, grade in answers.items()
    ]
    return Sent(lease=str(read.lease), version=read.version, answers=values)
