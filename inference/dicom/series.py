"""Choose the sagittal T1 and T2 of an exam among whatever was handed over, and say why.

Rules: Gao et al., JOR Spine 2022 (T1 without contrast and without fat suppression; T2 plain fast spin echo
first, fat-suppressed T2 or STIR only where there is nothing else).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from inference.dicom.facts import Facts
from inference.dicom.pair import frames_apart, passed_over, unfit
from inference.dicom.stacks import LEAST_SLICES, Stack, Weighting, double_identifiers, soundness, stacks_of

MeasureFat = Callable[[Stack], str]


@dataclass(frozen=True)
class Decision:
    """What was made of one series. kind: t1, t2 or "" for a series passed over. order: by its number."""

    series: str
    slices: int
    plane: str
    weighting: str
    kind: str
    reason: str
    order: tuple[int, str]


@dataclass(frozen=True)
class Chosen:
    """A series taken, with the reason and whether its fat is suppressed (yes, no, unknown)."""

    stack: Stack
    reason: str
    fat_suppressed: str
    warnings: tuple[str, ...]


@dataclass
class Selection:
    """The outcome for one exam (`images`): both series, or `refusal` with a sentence that says what to do."""

    images: list[Facts] = field(default_factory=list)
    t1: Chosen | None = None
    t2: Chosen | None = None
    decisions: list[Decision] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    refusal: str = ""
    code: str = ""


def select(
    images: Iterable[Facts], measure_fat: MeasureFat | None = None, *, least: int = LEAST_SLICES
) -> list[Selection]:
    """One selection per exam (patient and study) of an upload.

    measure_fat: tells from a T2's pixels whether fat is suppressed, asked where the header does not say.
    least: a series of fewer slices is not used.
    Where no exam has both series but together they would, the refusal says whether patient or date differ.
    """
    images = list(images)
    by_study: dict[str, list[Facts]] = {}
    for image in images:
        by_study.setdefault(image.study_key, []).append(image)
    measure = measure_fat or (lambda _: "unknown")
    found = [_select_one(own, measure, least) for own in by_study.values()]
    halves = [s for s in found if (s.t1 is None) != (s.t2 is None) and s.code == "one-series"]
    if len(found) > 1 and any(s.t1 for s in halves) and any(s.t2 for s in halves):
        _explain_split(halves)
    return found


def _explain_split(halves: list[Selection]) -> None:
    """Two half exams in one upload: say why they are not one."""
    taken = [chosen.stack.first for s in halves for chosen in (s.t1, s.t2) if chosen is not None]
    different = len({image.patient_key for image in taken}) > 1
    for selection in halves:
        if different:
            selection.code = "two-patients"
            selection.refusal = "T1 and T2 belong to different patients; both series of one exam are needed."
        else:
            selection.code = "two-dates"
            selection.refusal = (
                "T1 and T2 come from different examinations of this patient; "
                "both series of one exam are needed."
            )


def _select_one(images: list[Facts], measure_fat: MeasureFat, least: int) -> Selection:
    """The selection for the images of one study."""
    selection = Selection(images=images)
    if len({image.patient_key for image in images}) > 1:
        return _refused(selection, "two-patients", "One study holds two patients; export each patient alone.")
    if double_identifiers(images):
        return _refused(
            selection,
            "double-identifier",
            "One image identifier stands for two different pictures of a series; export the exam again.",
        )
    if len({image.name_key for image in images if image.name_key}) > 1:
        selection.warnings.append("The patient's name is not the same in all images; check for a mix-up.")
    candidates: dict[str, list[Chosen]] = {"t1": [], "t2": []}
    for stack in stacks_of(images):
        _weigh(stack, candidates, selection, measure_fat, least)
    for kind in ("t1", "t2"):
        _take_best(kind, candidates[kind], selection)
    selection.decisions.sort(key=lambda decision: decision.order)
    _check_pair(selection)
    return selection


def _refused(selection: Selection, code: str, sentence: str) -> Selection:
    selection.code, selection.refusal = code, sentence
    return selection


def _weigh(
    stack: Stack,
    candidates: dict[str, list[Chosen]],
    selection: Selection,
    measure_fat: MeasureFat,
    least: int,
) -> None:
    """Put a stack among the candidates for T1 or T2, or pass it over with the reason."""
    reason = passed_over(stack)
    if reason:
        selection.decisions.append(_decision(stack, "", f"Passed over: {reason}."))
        return
    health = soundness(stack, least)
    kind = "t1" if stack.weighting is Weighting.T1 else "t2"
    if health.problem:
        selection.decisions.append(_decision(stack, "", f"Can't be used: {health.problem}."))
        return
    fat = stack.fat_suppressed
    measured = measure_fat(stack) if fat == "unknown" and kind == "t2" else ""
    fat = measured or fat
    if kind == "t1" and fat == "yes":
        selection.decisions.append(_decision(stack, "", "Passed over: T1 with fat suppression."))
        return
    reason = _why_taken(stack, fat, measured in ("yes", "no"))
    warnings = list(health.warnings)
    if stack.label_contradicts:
        named = "T2" if kind == "t1" else "T1"
        warnings.append(f"the description says {named}, but echo and repetition time say {kind.upper()}")
    candidates[kind].append(Chosen(stack, reason, fat, tuple(warnings)))


def _why_taken(stack: Stack, fat: str, measured: bool) -> str:
    """The grounds for calling it what it is called."""
    image = stack.first
    parts = [f"sagittal by its orientation ({stack.tilt_degrees:.0f}° off)"]
    if image.echo_ms is not None and image.repetition_ms is not None:
        parts.append(f"{stack.weighting} by TE {image.echo_ms:.0f} ms and TR {image.repetition_ms:.0f} ms")
    else:
        parts.append(f"{stack.weighting} by its description, TE and TR are missing")
    by = "measured from the pixels" if measured else "by the header"
    parts.append(
        {"yes": f"fat suppressed, {by}", "no": f"fat not suppressed, {by}"}.get(
            fat, "fat suppression unknown"
        )
    )
    return "; ".join(parts)


def _rank(chosen: Chosen) -> tuple[object, ...]:
    """Better candidates first: plain, 2D, original, whole, many slices, later."""
    image = chosen.stack.first
    thin = image.acquisition == "3D" or "3d" in image.words
    return (
        {"no": 0, "unknown": 1, "yes": 2}[chosen.fat_suppressed],
        thin,
        image.image_type[:1] == ("DERIVED",),
        any("missing" in warning for warning in chosen.warnings),
        -len(chosen.stack.images),
        -(image.series_number or 0),
        image.series_key,
    )


def _take_best(kind: str, candidates: list[Chosen], selection: Selection) -> None:
    """Take the best candidate and pass over the others."""
    for place, chosen in enumerate(sorted(candidates, key=_rank)):
        if place:
            better = selection.t1 if kind == "t1" else selection.t2
            why = _why_worse(chosen, better)
            selection.decisions.append(_decision(chosen.stack, "", f"Passed over: {why}."))
            continue
        setattr(selection, kind, chosen)
        selection.decisions.append(
            _decision(chosen.stack, kind, f"Chosen as {kind.upper()}: {chosen.reason}.")
        )
        selection.warnings += [f"{kind.upper()}: {warning}." for warning in chosen.warnings]
        if kind == "t2" and chosen.fat_suppressed == "yes":
            selection.warnings.append(
                "T2: only a fat-suppressed series is there; "
                "published centroids not validated on fat-suppressed T2."
            )


def _why_worse(chosen: Chosen, better: Chosen | None) -> str:
    """Why a candidate stands behind the one that was taken."""
    if better is not None and chosen.fat_suppressed == "yes" and better.fat_suppressed != "yes":
        return "fat-suppressed, and a plain series is there"
    if better is not None and len(chosen.stack.images) < len(better.stack.images):
        return "a duplicate with fewer slices"
    return "a duplicate of the series taken"


def _decision(stack: Stack, kind: str, reason: str) -> Decision:
    first = stack.first
    order = (10**6 if first.series_number is None else first.series_number, first.series_key)
    return Decision(stack.number, len(stack.images), stack.plane, stack.weighting, kind, reason, order)


def _check_pair(selection: Selection) -> None:
    """Refuse an exam without both series, of two dates, or whose series don't show the same place."""
    if selection.t1 is None or selection.t2 is None:
        missing = [k for k, v in (("T1", selection.t1), ("T2", selection.t2)) if v is None]
        unusable = [d.reason for d in selection.decisions if d.reason.startswith("Can't be used")]
        why = f" {unusable[0]}" if unusable else ""
        code = "one-series" if len(missing) == 1 else "no-series"
        _refused(
            selection,
            code,
            f"No usable sagittal {' and no '.join(missing)} was found.{why} Both series are needed.",
        )
        return
    one, other = selection.t1.stack, selection.t2.stack
    if refusal := unfit(one, other):
        _refused(selection, *refusal)
    elif said := frames_apart(one, other):
        selection.warnings.append(said)
