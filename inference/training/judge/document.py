"""The evaluation report: figures as JSON, tables as CSV, pictures as SVG, a page and a PDF of them."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from statistics import fmean
from typing import Any

from annotations.agreement.limits import LIMITS, RESEARCH_ONLY
from annotations.agreement.report.cells import Table, percent, with_interval
from annotations.agreement.report.document import SYNTHETIC, Document
from annotations.agreement.report.html import render_html
from annotations.agreement.report.pdf import render_pdf
from annotations.agreement.report.pictures.catalogue import Picture
from annotations.formats.sheets import render_csv
from inference.steps.modicmap import Centroids
from inference.training.judge.compare import Compared
from inference.training.judge.figures import ANY, MEASURES
from inference.training.judge.pictures import drawings

PAPER = {
    "dice": "0.882 ± 0.018",
    "bias": "0.28 cm³ (1.1 %), R = 0.94",
    "any type": "0.71 ± 0.072, 0.95 ± 0.022",
    "type 1": "0.67, 0.87",
    "type 2": "0.67, 0.89",
    "type 3": "0.44, 0.83",
}
"""What the paper states of its own data: sensitivity and specificity of presence and of each type."""
HEADERS = {
    "tr_ms": "Repetition time (ms)",
    "te_ms": "Echo time (ms)",
    "flip_degrees": "Flip angle (degrees)",
    "bandwidth_hz": "Bandwidth (Hz per pixel)",
    "thickness_mm": "Slice thickness (mm)",
    "rows": "Rows",
    "columns": "Columns",
    "field_cm": "Field of view (cm)",
    "tesla": "Field strength (T)",
}
CAPTIONS = {
    "dice": "Dice of every marked body by level; bars are medians, the dashed line is the mean over patients",
    "volumes": "Body volumes: difference by mean with limits of agreement, and found against marked",
    "people": "Age and sex of the patients judged",
    "scatter": "z-scores of marked voxels by type; filled: centroids used, white: published",
    "panels": "T1, T2, marks and Modic map of the exams with most marked change",
    "prevalence": "Share of halves with any change and with each type, by level (a half may hold several)",
}


def report_files(
    exams: Sequence[Compared],
    figures: Mapping[str, Any],
    left_out: Mapping[str, str],
    facts: Mapping[str, str],
    centroids: Centroids,
    made_on: date,
    *,
    synthetic: bool,
) -> dict[str, bytes]:
    """Relative path -> content. left_out: exam -> why. facts: what made the maps."""
    pictures = drawings(exams, figures, centroids, synthetic=synthetic)
    words = _document(exams, figures, left_out, facts, tuple(pictures), synthetic=synthetic)
    kept = {"notice": RESEARCH_ONLY, "synthetic": synthetic, "left_out": dict(left_out), **facts}
    texts = {
        "report.json": json.dumps({**kept, **figures}, indent=1) + "\n",
        "report.html": render_html(words, pictures),
        **{f"figures/{name}.svg": drawing for name, drawing in pictures.items()},
        **{f"tables/{table.name}.csv": render_csv(table.header, table.rows) for table in words.tables},
        "tables/halves.csv": render_csv(*_halves(exams)),
    }
    pdf = render_pdf(words, pictures, datetime.combine(made_on, time(), UTC))
    return {"report.pdf": pdf, **{name: text.encode() for name, text in texts.items()}}


def _document(
    exams: Sequence[Compared],
    figures: Mapping[str, Any],
    left_out: Mapping[str, str],
    facts: Mapping[str, str],
    drawn: tuple[str, ...],
    *,
    synthetic: bool,
) -> Document:
    presence = figures["any_voxel"][ANY]
    return Document(
        title="the pipeline against annotations",
        subtitle=f"{figures['exams']} exams of {figures['patients']} patients",
        banner=SYNTHETIC if synthetic else "",
        notice=RESEARCH_ONLY,
        verdict=(
            f"Bodies: Dice {with_interval(figures['bodies']['dice'], 3)}. Any change in a half: sensitivity "
            f"{with_interval(presence['sensitivity'])}, specificity {with_interval(presence['specificity'])}."
        ),
        verdicts=(),
        warnings=(),
        tables=(_table_2(figures), _bodies(figures), _prevalence(figures), _table_1(exams)),
        pictures=tuple(
            Picture(name, CAPTIONS[name], f"{CAPTIONS[name]}. The figures stand in the tables.")
            for name in drawn
        ),
        left_out=tuple(left_out.items()),
        methods=METHODS,
        limits=LIMITS,
        facts=tuple(facts.items()),
    )


METHODS = (
    "Unit: half of a vertebral body, L1 to S1. A half holds a type if one voxel of it does (Gao et al. 2022, "
    "section 2.5); the suggestion is the predominant type of regions of at least 5 mm. Marks and maps are "
    "split into halves by one rule; a found body stands for the marked one that it covers most; a missed one "
    "counts as found without change.",
    "Intervals of 95 %: clustered by patient for proportions and kappa, Student's over patients for Dice, "
    "the jackknife over patients for the volumes' mean difference.",
    "The paper's values are those of its own data and are not comparable beyond that.",
)


def _table_2(figures: Mapping[str, Any]) -> Table:
    rows = []
    for rule, name in (("any_voxel", "any voxel"), ("suggestion", "suggestion")):
        for kind, found in figures[rule].items():
            (tn, fp), (fn, tp) = found["counts"]
            cells = (with_interval(found[measure]) for measure in MEASURES)
            paper = PAPER.get(kind, "") if rule == "any_voxel" else ""
            rows.append((f"{kind}, {name}", *cells, f"{tp}, {fn}, {fp}, {tn}", paper))
    header = ("Change", "Sensitivity", "Specificity", "Accuracy", "κ", "TP, FN, FP, TN", "Paper")
    auc = figures["auc"]
    said = f" AUC of the probability: {auc:.2f}." if auc is not None else ""
    return Table(
        "table-2", "Detection in halves of bodies (Table 2)", f"Counts are halves.{said}", header, tuple(rows)
    )


def _bodies(figures: Mapping[str, Any]) -> Table:
    bodies, volumes = figures["bodies"], figures["volumes"]
    share = percent(volumes["bias_share"])
    rows = (
        ("Dice of a body, mean over patients", with_interval(bodies["dice"], 3), PAPER["dice"]),
        ("SD over exams", f"{bodies['dice_sd']:.3f}", ""),
        ("Bodies missed", f"{bodies['missed']} of {bodies['bodies']}", ""),
        ("Levels named right", f"{bodies['named_right']} of {bodies['named']}", ""),
        ("Volume, found less marked (cm³)", f"{with_interval(volumes['limits'])}, {share}", PAPER["bias"]),
        ("Volume, correlation", with_interval(volumes["correlation"]), ""),
        ("Dice of changed voxels", f"{figures['voxels']['dice']:.2f}", ""),
    )
    return Table(
        "bodies",
        "Bodies and voxels",
        "A missed body counts with a Dice of 0.",
        ("Figure", "Found", "Paper"),
        rows,
    )


def _prevalence(figures: Mapping[str, Any]) -> Table:
    header = ["Level", "Halves"]
    header += [
        f"{side}, {key}" for side in ("marked", "found") for key in (ANY, "type 1", "type 2", "type 3")
    ]
    rows = tuple(
        (
            row["level"],
            str(row["halves"]),
            *(percent(row[side][key]) for side in ("marked", "found") for key in (ANY, "1", "2", "3")),
        )
        for row in figures["prevalence"]
    )
    note = "Share of halves; the paper: 0.27 marked, 0.23 found."
    return Table("prevalence", "Prevalence by level (Fig. 7)", note, tuple(header), rows)


def _table_1(exams: Sequence[Compared]) -> Table:
    """Ranges of what the headers tell."""
    rows = []
    for key, name in HEADERS.items():
        cells = []
        for series in ("t1", "t2"):
            values = [exam.headers.get(series, {}).get(key) for exam in exams]
            known = [float(value) for value in values if value is not None]
            said = f"{min(known):g} to {max(known):g} (mean {fmean(known):.4g})" if known else "not known"
            cells.append(f"{said}, {len(known)} exams" if known else said)
        rows.append((name, *cells))
    return Table(
        "table-1",
        "Acquisition (Table 1)",
        "From the images' headers.",
        ("Parameter", "T1", "T2"),
        tuple(rows),
    )


def _halves(exams: Sequence[Compared]) -> tuple[tuple[str, ...], list[tuple[object, ...]]]:
    """Every half, for whoever wants to compute on."""
    header = (
        *("exam", "patient", "level", "half", "marked_types", "found_types"),
        *("marked_suggestion", "found_suggestion", "probability"),
    )
    rows: list[tuple[object, ...]] = [
        (
            exam.exam,
            exam.patient,
            half.level.value,
            half.half.value,
            " ".join(str(int(kind)) for kind in half.marked),
            " ".join(str(int(kind)) for kind in half.found),
            int(half.marked_suggestion),
            int(half.found_suggestion),
            half.probability,
        )
        for exam in exams
        for half in exam.halves
    ]
    return header, rows
