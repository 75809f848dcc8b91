"""Blinding, in one place: what anyone may be sent about a read, and what a reader may hand in.

Pure decisions: no clock, no database. Everything that leaves the server about a read asks here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from annotations.grades import Grade, GradeError, NotGradable, check_sites, gaps
from annotations.vocabulary import Site
from readerstudy.accounts.states import Role
from readerstudy.common.errors import BadInput, Conflict
from readerstudy.reads.states import CellState, Item, Kept, Phase, ReadState, Viewer
from readerstudy.studies import protocol
from readerstudy.studies.states import Arm, StudyState

NOTHING: frozenset[Item] = frozenset()
_IMAGES = frozenset({Item.METADATA, Item.PIXELS, Item.LEVELS})
_AHEAD = frozenset({Item.METADATA, Item.PIXELS})
_AFTER_LOCK = frozenset({Item.OTHERS_ANSWERS, Item.RESULTS})
_MAP_IN: dict[Arm, frozenset[Item]] = {
    Arm.UNAIDED: NOTHING,
    Arm.ASSISTED: frozenset({Item.MODIC_MAP}),
    Arm.SECOND_READ: frozenset({Item.MODIC_MAP}),
    Arm.ON_DEMAND: frozenset({Item.MAP_ON_DEMAND}),
    Arm.SHAM: frozenset({Item.MODIC_MAP}),
}
"""How the map leaves the server while a read is being read. The second read of a case is a read of its own,
which is there only once the unaided one before it is locked."""
_RESULTS_AFTER_LOCK = (Viewer.COORDINATOR, Viewer.STATISTICIAN, Viewer.ADMINISTRATOR, Viewer.AUDITOR)


def what_may_be_seen(*, viewer: Viewer, arm: Arm, phase: Phase) -> frozenset[Item]:
    """The items of a read that may leave the server to this viewer now.

    Its reader sees the case while reading it, with the Modic map as the read's arm has it: never before its
    period opens, never again once handed in (that would be an exposure), but for a calibration case beside
    the expert's answers. A case left unseen when its period closed stays so. Of the one case sent ahead the
    images leave, and nothing else. Answers of others and results are sealed for everyone until the study is
    locked. The coordinator knows images and maps from intake; in a preview they are sent what the arm's
    reader would be and nothing more, and nothing of a sham, which the locked export alone tells. An
    adjudicator sees the images of a case that lies before them, whatever its arms, and never what a reader or
    the AI said. A stranger sees nothing, in any phase.
    """
    if phase is Phase.PREVIEW:
        return _of_preview(arm) if viewer is Viewer.COORDINATOR else NOTHING
    if viewer is Viewer.ITS_READER:
        return _of_its_reader(arm, phase)
    seen = NOTHING
    if viewer is Viewer.COORDINATOR:
        seen |= _IMAGES | {Item.MODIC_MAP, Item.MAP_ON_DEMAND}
    if viewer is Viewer.ADJUDICATOR and phase is Phase.ADJUDICATION:
        seen |= _IMAGES | {Item.OWN_ANSWERS}
    if viewer in _RESULTS_AFTER_LOCK and phase in (Phase.STUDY_LOCKED, Phase.ADJUDICATION):
        seen |= _AFTER_LOCK
    return seen


def _of_preview(arm: Arm) -> frozenset[Item]:
    return NOTHING if arm is Arm.SHAM else _IMAGES | _MAP_IN[arm]


def _of_its_reader(arm: Arm, phase: Phase) -> frozenset[Item]:
    if phase is Phase.STUDY_LOCKED:
        return frozenset({Item.OWN_ANSWERS})
    if phase is Phase.COMPARING:
        return _IMAGES | {Item.OWN_ANSWERS}
    if phase is Phase.AHEAD:
        return _AHEAD
    if phase is not Phase.READING:
        return NOTHING
    return _IMAGES | {Item.OWN_ANSWERS} | _MAP_IN[arm]


def shown_of_map(content: dict[str, Any], shows: Iterable[str]) -> dict[str, Any]:
    """What of a map leaves the server in an arm that shows this much: contours ("map"), "labels", and the
    model's "confidence" with them."""
    held = set(shows)
    labels = content["labels"] if "labels" in held else []
    if "confidence" not in held:
        labels = [{**label, "probability": None} for label in labels]
    return {
        **content,
        "slices": content["slices"] if "map" in held else [],
        "labels": labels,
    }


def viewer_of(*, role: Role, is_its_reader: bool) -> Viewer:
    """Who a person of this role is to a read."""
    if role is Role.READER:
        return Viewer.ITS_READER if is_its_reader else Viewer.STRANGER
    return Viewer(role.value)


def phase_of(
    *, study: StudyState, read: ReadState, washed_out: bool, withdrawn: bool = False, missed: bool = False
) -> Phase:
    """Where a read stands. missed: its period has closed, and nothing of it was seen or entered before."""
    if study is StudyState.LOCKED:
        return Phase.STUDY_LOCKED
    if read is ReadState.SUBMITTED:
        return Phase.SUBMITTED
    if withdrawn:
        return Phase.WITHDRAWN
    if missed:
        return Phase.CLOSED
    if not washed_out or study is not StudyState.OPEN:
        return Phase.WAITING
    return Phase.AHEAD if read is ReadState.AHEAD else Phase.READING


def is_missed(*, read: ReadState, correction: bool, seen: bool, period_closed: bool) -> bool:
    """Whether a read is none that a closed period leaves to be finished.

    A case that was looked at, or has answers, is finished late, which is noted; so is a correction, whenever
    it was asked for.
    """
    begun = read in (ReadState.DRAFT, ReadState.SUBMITTED) or (read is ReadState.OPENED and seen)
    return period_closed and not correction and not begun


def may_go_ahead(
    *,
    being_read: bool,
    period: int,
    following_period: int,
    same_case: bool,
    washed_out: bool,
    may_stop: bool,
) -> bool:
    """Whether images of the case that follows in the order may be sent while the one before it is read.

    being_read: whether the one before it is open on the reader's desk. Nothing goes past the end of a period,
    before its washout has passed, or while nothing is being read. same_case: it is the second read of the
    case that is being read, which is there only once the first is locked. may_stop: a break, a cap or the
    closing of the period can come between the two.
    """
    return being_read and period == following_period and not same_case and washed_out and not may_stop


def state_of(stored: ReadState | None, *, reopened: bool, replaced: bool) -> ReadState:
    """The state of a read. stored: None while it is not opened. replaced: its correction is handed in."""
    if stored is None:
        return ReadState.PENDING
    if stored is not ReadState.SUBMITTED:
        return stored
    if replaced:
        return ReadState.SUPERSEDED
    return ReadState.REOPENED if reopened else ReadState.LOCKED


@dataclass(frozen=True)
class Sent:
    """What a reader's tab sends with a draft or a submission.

    entered_at: when the reader's machine says it was entered, if it waited there. replaces: the reader has
    seen what is stored, and puts this in its place.
    """

    lease: str
    version: int
    answers: Sequence[dict[str, Any]]
    comment: str = ""
    entered_at: datetime | None = None
    replaces: bool = False


def stale(sent: Sent, *, lease: str, version: int) -> str:
    """Why this tab may not write: `lease` or `version`; empty if it may."""
    if sent.lease != lease:
        return "lease"
    return "version" if sent.version != version else ""


def check_current(sent: Sent, *, lease: UUID, version: int, draft: Any, comment: str) -> None:
    """Raises Conflict with `current`, what is stored, where another device has the case or saved since."""
    code = stale(sent, lease=str(lease), version=version)
    if not code:
        return
    current = {"version": version, "answers": draft, "comment": comment, "lease": str(lease)}
    done = "opened" if code == "lease" else "saved since"
    raise Conflict(f"This case was {done} in another tab or on another device.", code=code, current=current)


def answers_of(
    sent: Sent, *, sites: Iterable[Site], bulk_none: bool = False, confidence: bool = False
) -> tuple[Grade, ...]:
    """The answers given so far; a site with neither grade nor reason is not answered.

    Raises BadInput for an answer that says nothing known, for a site twice or not asked, and for an answer
    in bulk or with a confidence where neither is asked for.
    """
    given = [answer for answer in sent.answers if _says_something(answer)]
    try:
        answers = tuple(Grade.from_json(answer) for answer in given)
        check_sites(sites, answers)
    except GradeError as error:
        raise BadInput(str(error), code="answers") from error
    if not bulk_none and any(answer.in_bulk for answer in answers):
        raise BadInput("This protocol has no key that grades all remaining as none.", code="answers")
    if not confidence and any(answer.confidence is not None for answer in answers):
        raise BadInput("This protocol does not ask how sure a reader is.", code="answers")
    return answers


def answers_under(document: protocol.Document, sent: Sent) -> tuple[Grade, ...]:
    """The answers given so far to what this protocol asks. Raises BadInput as `answers_of` does."""
    question = document["question"]
    return answers_of(
        sent,
        sites=protocol.sites(document),
        bulk_none=question["bulk_none"],
        confidence=question.get("confidence", False),
    )


def check_complete(document: protocol.Document, answers: Sequence[Grade], comment: str) -> None:
    """Raises BadInput where what this protocol asks is not all answered (`gaps`), or not explained."""
    left = missing(protocol.sites(document), answers)
    if left:
        raise BadInput("Some halves are not graded yet: grade them, then submit.", code="gaps", gaps=left)
    if lacks_explanation(answers, comment):
        raise BadInput("Say in the comment why a half is not gradable, then submit.", code="comment")


def active_ms_gained(*, claimed_ms: int, since: datetime, now: datetime) -> int:
    """What a window's claim of active time adds: never more than has passed on the server's clock."""
    passed = max(0, int((now - since).total_seconds() * 1000))
    return min(max(0, claimed_ms), passed)


LONGEST_REST_MS = 24 * 3600 * 1000


def rest_ms(*, resting_ms: int, gained_ms: int, since: datetime, now: datetime) -> int:
    """How long a reader has done nothing by now, a day at most; resting_ms: how long at the last beat."""
    passed = max(0, int((now - since).total_seconds() * 1000))
    return min(resting_ms + passed - gained_ms, LONGEST_REST_MS)


def lacks_explanation(answers: Iterable[Grade], comment: str) -> bool:
    """Whether a half is not gradable for a reason of its own ("other") that nothing explains."""
    return not comment.strip() and any(answer.not_gradable is NotGradable.OTHER for answer in answers)


def _says_something(answer: dict[str, Any]) -> bool:
    return answer.get("grade") is not None or answer.get("not_gradable") is not None


def missing(sites: Iterable[Site], answers: Iterable[Grade]) -> list[dict[str, str]]:
    """The sites still to be answered, as plain values; ungraded is not 0."""
    return [{"level": site.level.value, "half": site.half.value} for site in gaps(sites, answers)]


AT_THE_DESK = timedelta(minutes=30)
"""A device that was heard of within this time may still be read at."""


def is_at_the_desk(*, last_at: datetime, now: datetime) -> bool:
    """Whether somebody may still be reading at a device last heard of then."""
    return now - last_at < AT_THE_DESK


_BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"))
_SYSTEMS = ("Windows", "Android", "iPhone", "iPad", "Mac OS", "Linux")


def device_in_words(user_agent: str) -> str:
    """Browser and system as a reader knows them: "Firefox on Windows"."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    browser = browser or ("Safari" if "Safari/" in user_agent else "a browser")
    system = next((name for name in _SYSTEMS if name in user_agent), "")
    return f"{browser} on {system}" if system else browser


_KEPT_FOR = {
    "lease": Kept.OPENED_ELSEWHERE,
    "submitted": Kept.HANDED_IN,
    "study-locked": Kept.STUDY_LOCKED,
    "closed": Kept.PERIOD_CLOSED,
}


def why_kept(refusal: str) -> Kept | None:
    """Why input refused by the rule `refusal` is kept; None where its own window sends it again."""
    return _KEPT_FOR.get(refusal)


def given(answers: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The answers that say something, by level and half, whatever order they came in."""
    said = [dict(answer) for answer in answers if _says_something(answer)]
    return sorted(said, key=lambda answer: (answer["level"], answer["half"]))


def cell_state(*, done: bool, closed: bool, washed_out: bool, earlier_done: bool) -> CellState:
    """Where a reading stands: handed in; not in time; to be read now; or waiting for its washout, or for the
    reader's period before it."""
    if done:
        return CellState.DONE
    if closed:
        return CellState.LATE
    return CellState.OPEN if washed_out and earlier_done else CellState.WAITING
