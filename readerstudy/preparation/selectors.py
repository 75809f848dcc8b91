"""Which instructions are in force, and who has read them."""

from dataclasses import dataclass
from uuid import UUID

from readerstudy.accounts.models import User
from readerstudy.common.errors import NotThere
from readerstudy.preparation.models import Acknowledgement, Instructions
from readerstudy.reads.selectors import enrolments_visible_to
from readerstudy.studies.models import Enrolment, Study
from readerstudy.studies.selectors import enrolments_of, protocol_of


def instructions_of(study: Study) -> Instructions | None:
    """The version in force, if any was written."""
    return study.instructions.order_by("-number").first()


def acknowledgement_of(enrolment: Enrolment, instructions: Instructions) -> Acknowledgement | None:
    """When this reader acknowledged this version under the protocol in force; None if not yet."""
    return Acknowledgement.objects.filter(
        enrolment=enrolment, instructions=instructions, protocol=protocol_of(enrolment.study)
    ).first()


@dataclass(frozen=True)
class Standing:
    """One reader and the instructions in force."""

    enrolment: Enrolment
    instructions: Instructions
    acknowledgement: Acknowledgement | None


def standing_of(enrolment: Enrolment) -> Standing | None:
    """Where this reader stands; None where no instructions were written."""
    instructions = instructions_of(enrolment.study)
    if instructions is None:
        return None
    return Standing(enrolment, instructions, acknowledgement_of(enrolment, instructions))


def standings_of(study: Study) -> list[Standing]:
    """Where every reader of the study stands; in as many queries however many they are."""
    instructions = instructions_of(study)
    if instructions is None:
        return []
    given = {
        one.enrolment_id: one
        for one in Acknowledgement.objects.filter(instructions=instructions, protocol=protocol_of(study))
    }
    return [Standing(e, instructions, given.get(e.pk)) for e in enrolments_of(study)]


def enrolment_for(reader: User, enrolment_id: UUID) -> Enrolment:
    """A reader's own enrolment in a study that has opened. Raises NotThere for any other."""
    enrolment = enrolments_visible_to(reader).filter(pk=enrolment_id).first()
    if enrolment is None:
        raise NotThere
    return enrolment
