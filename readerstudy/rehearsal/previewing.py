"""A case as the reader of an arm would get it, for the coordinator: nobody's read, and in no table."""

from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from django.urls import reverse

from readerstudy.accounts.models import User
from readerstudy.accounts.states import Role
from readerstudy.common.errors import Conflict, NotThere
from readerstudy.reads import policies as reads_policies
from readerstudy.reads.contract import Standing, read_message
from readerstudy.reads.models import Read
from readerstudy.reads.states import Item, Phase, ReadState
from readerstudy.rehearsal import policies
from readerstudy.studies import freezing, selectors
from readerstudy.studies.models import Assignment, Case, Enrolment, Period, Study
from readerstudy.studies.selectors import studies_visible_to
from readerstudy.studies.states import ARM_WORDS, StudyState


@dataclass(frozen=True)
class Chosen:
    """What is previewed: a study's case, by number, in an arm, by name, and part."""

    study_id: UUID
    arm: str
    case: int
    part: int = 1

    def url(self, name: str, *more: object) -> str:
        """The address of one thing of it."""
        return reverse(
            f"rehearsal:preview-{name}", args=[self.study_id, self.arm, self.case, self.part, *more]
        )


@dataclass(frozen=True)
class PreviewRoutes:
    """Where the reading room asks for what belongs to a preview; nothing is beaten or reported from one."""

    chosen: Chosen

    def to(self, name: str) -> str | None:
        """The address of `name`; None where a preview has none."""
        return None if name in ("beat", "reports") else self.chosen.url(name)

    def image(self, name: str, *more: object) -> str:
        """The address of a series' metadata or of one frame."""
        return self.chosen.url(name, *more)


def study_for(user: User, study_id: UUID) -> Study:
    """The study. Raises NotThere for none, Conflict once it is locked."""
    study = studies_visible_to(user).filter(pk=study_id).first()
    if study is None:
        raise NotThere
    if not policies.may_preview(StudyState(study.state)):
        raise Conflict("This study is locked: its reading room has no preview any more.", code="study-locked")
    return study


def previewed(user: User, chosen: Chosen, *, item: Item) -> tuple[Read, policies.PreviewArm]:
    """A read that is in no table, if `item` of it may be sent in a preview of this arm; and the arm.

    Raises NotThere for no such study, case or arm and for what the arm's reader isn't sent, Conflict for a
    locked study.
    """
    study = study_for(user, chosen.study_id)
    arm = policies.preview_arm(selectors.document_in_force(study)["arms"], chosen.arm, chosen.part)
    case = selectors.cases_of(study).filter(number=chosen.case).first()
    if arm is None or case is None:
        raise NotThere
    seen = reads_policies.what_may_be_seen(
        viewer=reads_policies.viewer_of(role=Role(user.role), is_its_reader=False),
        arm=arm.kind,
        phase=Phase.PREVIEW,
    )
    if item not in seen:
        raise NotThere
    if study.state == StudyState.DRAFT:
        maps = selectors.latest_maps([case.exam])
        freezing.fix_case(case, maps.get(str(case.exam_id)), selectors.protocol_of(study).document)
    return _in_no_table(study, case, arm, chosen), arm


def _in_no_table(study: Study, case: Case, arm: policies.PreviewArm, chosen: Chosen) -> Read:
    name = "Preview: nothing is kept"
    key = uuid5(NAMESPACE_URL, f"preview {chosen}")
    assignment = Assignment(
        enrolment=Enrolment(study=study),
        period=Period(study=study, number=0, name=name),
        case=case,
        position=case.number,
        arm=arm.kind,
        arm_name=arm.name,
        part=arm.part,
    )
    return Read(id=key, lease=key, assignment=assignment, state=ReadState.OPENED, draft=[])


def message(read: Read, arm: policies.PreviewArm, chosen: Chosen) -> dict[str, Any]:
    """What a reader's room would be told of this case, with the preview's own addresses."""
    cases = read.assignment.case.study.cases.count()
    standing = Standing(total=cases, map_follows=arm.follows)
    return read_message(read, standing=standing, routes=PreviewRoutes(chosen))


def arms_with_words(study: Study) -> list[tuple[str, str]]:
    """Each arm that has a preview: its name, and how it is read."""
    arms = policies.preview_arms(selectors.document_in_force(study)["arms"])
    return [(arm.name, f"{arm.name}: {ARM_WORDS[arm.kind]}") for arm in arms]


def layout_of(study: Study) -> str | None:
    """The layout the protocol begins every case in; None where it leaves that to the reader."""
    said: str | None = selectors.document_in_force(study).get("layout")
    return said
