"""The readings for programs of multi-reader multi-case analysis: iMRMC (FDA) and R's MRMCaov."""

from annotations.agreement.readings import Readings
from annotations.formats.imrmc import JOIN, write_imrmc
from annotations.formats.sheets import render_csv


def imrmc(readings: Readings, title: str) -> str:
    """An iMRMC file: score is the position of the grade; truth is presence. Without truth it serves analyses
    of agreement alone."""
    plan, names = readings.plan, _names(readings)
    said = (
        (plan.readers[reader], names[unit], plan.arms[arm], int(readings.grades[unit, reader, arm]))
        for unit, reader, arm in _graded(readings)
    )
    known = [] if readings.truth is None else enumerate(readings.truth.tolist())
    return write_imrmc(said, [(names[unit], int(code > 0)) for unit, code in known if code >= 0], title)


def mrmcaov(readings: Readings) -> str | None:
    """CSV with the columns of MRMCaov (reader, treatment, case, truth, rating); None without truth."""
    if readings.truth is None:
        return None
    plan, names, truth = readings.plan, _names(readings), readings.truth.tolist()
    rows = (
        (plan.readers[r], plan.arms[a], JOIN.join(names[u]), int(truth[u] > 0), int(readings.grades[u, r, a]))
        for u, r, a in _graded(readings)
        if truth[u] >= 0
    )
    return render_csv(("reader", "treatment", "case", "truth", "rating"), rows)


def _names(readings: Readings) -> list[tuple[str, ...]]:
    return list(readings.units.itertuples(index=False, name=None))


def _graded(readings: Readings) -> list[tuple[int, int, int]]:
    axes = (readings.grades >= 0).nonzero()
    return list(zip(*(axis.tolist() for axis in axes), strict=True))
