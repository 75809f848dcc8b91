"""What an amendment of an open study would say, and why it can't be made."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings

from readerstudy.accounts.models import User
from readerstudy.accounts.states import Role
from readerstudy.exams.models import Exam
from readerstudy.studies import policies, protocol, selectors
from readerstudy.studies.models import Study
from readerstudy.studies.protocol import timeline
from readerstudy.studies.protocol.amendment import Underway, joined, refusals
from readerstudy.studies.states import StudyState


def proposed(study: Study, document: protocol.Document, readers: Sequence[User]) -> protocol.Document:
    """The protocol in force with these statements in its place, and the readers who join cast into it."""
    current = selectors.protocol_of(study).document
    kept = {key: current[key] for key in ("cases", "seed_commitment")}
    gone = study.enrolments.filter(withdrawal__isnull=False).values_list("index", flat=True)
    return {**joined(document, len(readers), set(gone)), **kept}


def problems_with(
    study: Study,
    new: protocol.Document,
    underway: Underway,
    exams: Sequence[Exam],
    readers: Sequence[User],
    effective_at: datetime | None = None,
    seen_version: int | None = None,
) -> list[str]:
    """Why this amendment can't be made, each with what to do.

    seen_version: the version that whoever amends has before them.
    """
    if study.state != StudyState.OPEN:
        return [f"The study is {study.state}: only an open study is amended."]
    current = selectors.protocol_of(study)
    if seen_version not in (None, current.version):
        return [
            f"Version {current.version} has come into force since you opened this page: begin again from it."
        ]
    if unsound := [text for text in _unsound(new) if text not in _unsound(current.document)]:
        return unsound
    problems = _of_steps(study, new, underway, effective_at, cases_added=len(exams))
    enrolled = set(study.enrolments.values_list("reader_id", flat=True))
    if any(r.pk in enrolled or r.role != Role.READER or not r.is_active for r in readers):
        problems.append("Who joins signs in as a reader and does not read in this study yet.")
    if exams:
        facts = selectors.facts_of_exams([*(case.exam for case in selectors.cases_of(study)), *exams], new)
        added = facts[-len(exams) :]
        of_added = policies.problems_of_cases(
            facts, assisted=selectors.shows_maps(new), demo_installation=settings.DEMO
        )
        problems += [text for text in of_added if any(case.name in text for case in added)]
        if not study.synthetic and any(exam.synthetic for exam in exams):
            problems.append("A study of real exams takes no synthetic ones: leave them out.")
    return problems


def _of_steps(
    study: Study,
    new: protocol.Document,
    underway: Underway,
    effective_at: datetime | None,
    *,
    cases_added: int,
) -> list[str]:
    """What forbids the amendment itself, or that a version which waits takes effect after it."""
    versions, old = selectors.versions_of(study), selectors.protocol_of(study).document
    problems = refusals(old, new, underway, cases_added=cases_added, effective_at=effective_at)
    problems = problems or list(
        timeline.conflicts(versions, new, now=underway.now, effective_at=effective_at)
    )
    if problems:
        return problems
    first, *carried = timeline.steps(versions, new, now=underway.now, effective_at=effective_at)
    if first.document != new:
        problems += [text for text in _unsound(first.document) if text not in _unsound(old)]
    before = first.document
    for step in carried:
        unsound = [text for text in _unsound(step.document) if text not in _unsound(before)] or refusals(
            before, step.document, underway, cases_added=0, effective_at=step.effective_at
        )
        problems += [
            f"Version {step.carries}, which waits, could no longer take effect: {text}" for text in unsound
        ]
        before = step.document
    return problems


def _unsound(document: protocol.Document) -> list[str]:
    """What contradicts itself. A study that opened under fewer rules than there are now goes on."""
    try:
        protocol.check(document)
    except protocol.ProtocolError as error:
        return error.problems
    return []
