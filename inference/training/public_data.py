"""SPIDER as Zenodo offers it made into the folders that training and judging read (docs/public-data.md).

Data: van der Graaf JW et al., Sci Data 11:264 (2024), Zenodo 10159290, CC BY 4.0.
"""

import csv
import os
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inference.training.mha import CANAL, DISCS, Labelled, read_labelled, simple_itk
from inference.training.pair_places import laid_by_headers

Row = dict[str, str]
Write = Callable[[Path, str, Sequence[Labelled]], list[Row]]

SERIES = re.compile(r"(\d+)_(t1|t2|t2_SPACE)\.mha")
GRADINGS = "radiological_gradings.csv"
EVERY = 3
CANAL_SHARE = 0.4
"""The spine's part: slices that show at least so much of the canal's largest area."""
VERTEBRA_VALUE, DISC_VALUE, CANAL_VALUE = 1, 2, 3


def write_public_data(source: Path, out: Path, say: Callable[[str], None]) -> None:
    """Write `out`/spider_space_seg and `out`/spider_pairs from Zenodo's files in `source`.

    A patient that a manifest holds already is passed over. Raises ValueError: at once where no patient can be
    converted, at the end where some could not, naming each.
    """
    simple_itk()
    grades = read_gradings(source / GRADINGS)
    patients = find_series(source)
    failed = [
        *_convert(source, patients, ("t2_SPACE",), out / "spider_space_seg", write_slices, say),
        *_convert(source, patients, ("t1", "t2"), out / "spider_pairs", partial(write_pair, grades), say),
    ]
    if failed:
        raise ValueError("\n  ".join(["left out; once mended, the same command adds them:", *failed]))


def find_series(source: Path) -> dict[str, set[str]]:
    """Patient -> which of t1, t2 and t2_SPACE lie in `source`/images, by patient number.

    Raises ValueError where there are none.
    """
    found: dict[str, set[str]] = {}
    for path in (source / "images").glob("*.mha"):
        if match := SERIES.fullmatch(path.name):
            found.setdefault(match[1], set()).add(match[2])
    if not found:
        raise ValueError(
            f"{source / 'images'} holds no series such as 1_t1.mha: unpack images.zip and masks.zip "
            f"of Zenodo record 10159290 in {source}"
        )
    return dict(sorted(found.items(), key=lambda item: int(item[0])))


def read_gradings(path: Path) -> dict[str, Row]:
    """Patient -> the columns modic and pfirrmann of a manifest, from the data set's own table.

    A grade that the table leaves empty is absent. Raises ValueError naming what does not fit.
    """
    if not path.is_file():
        raise ValueError(f"{path} is missing: fetch it from Zenodo record 10159290 too")
    columns = {"modic": "Modic", "pfirrmann": "Pfirrman grade"}
    graded: dict[str, dict[str, dict[int, int]]] = {}
    with path.open(newline="", encoding="utf-8-sig") as handle:
        rows = csv.DictReader(handle)
        if missing := sorted({"Patient", "IVD label", *columns.values()} - set(rows.fieldnames or ())):
            raise ValueError(f"{path} lacks the columns {', '.join(missing)}")
        for row in rows:
            patient = graded.setdefault(row["Patient"].strip(), {name: {} for name in columns})
            try:
                for name, column in columns.items():
                    if (row[column] or "").strip():
                        patient[name][int(row["IVD label"])] = int(row[column])
            except ValueError as error:
                raise ValueError(f"{path}, line {rows.line_num}: not a whole number ({error})") from error
    return {
        patient: {
            name: ";".join(f"{disc}:{grade}" for disc, grade in sorted(discs.items()))
            for name, discs in both.items()
        }
        for patient, both in graded.items()
    }


def write_slices(folder: Path, patient: str, series: Sequence[Labelled]) -> list[Row]:
    """Every third slice of the spine's part of a T2-SPACE series with its mask; a manifest row for each."""
    (space,) = series
    values = space.volume.array
    rows = []
    for number in spine_slices(space.labels):
        file = f"{patient}_t2_SPACE_slice{number:03d}.png"
        _save(folder / "images" / file, to_bytes(values[number], values))
        _save(folder / "masks" / file, tissues(space.labels[number]))
        rows.append({"file": file, "patient": patient, "slice": str(number), "mm": _mm(space)})
    return rows


def write_pair(
    grades: Mapping[str, Row], folder: Path, patient: str, series: Sequence[Labelled]
) -> list[Row]:
    """The middle slice of T1 and the slice of T2 that lies nearest to it, and their manifest row."""
    t1, t2 = series
    laid = laid_by_headers(t1, t2)
    for name, one, number in (("t1", t1, laid.t1_slice), ("t2", t2, laid.t2_slice)):
        picture = one.volume.array[number]
        _save(folder / "png" / f"{patient}_{name}.png", to_bytes(picture, picture))
    row = {
        "patient": patient,
        "pair": laid.state,
        "t1_mm": _mm(t1),
        "t2_mm": _mm(t2),
        "shift_mm": f"{laid.down_mm:.2f};{laid.back_mm:.2f}",
        "flipped": "",
    }
    return [row | grades.get(patient, {"modic": "", "pfirrmann": ""})]


def spine_slices(labels: NDArray[np.uint8]) -> range:
    """Every third slice between the first and the last that show the canal well. ValueError without canal."""
    canal = (labels == CANAL).sum(axis=(1, 2))
    if not canal.any():
        raise ValueError("the mask shows no spinal canal")
    shown = np.flatnonzero(canal >= CANAL_SHARE * canal.max())
    return range(int(shown[0]), int(shown[-1]) + 1, EVERY)


def tissues(labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """SPIDER's numbers as 0 background, 1 vertebra, 2 disc, 3 canal, the same shape."""
    kinds = np.where(labels > 0, VERTEBRA_VALUE, 0)
    kinds[labels >= DISCS.start] = DISC_VALUE
    kinds[labels == CANAL] = CANAL_VALUE
    return kinds.astype(np.uint8)


def to_bytes(picture: NDArray[np.float32], series: NDArray[np.float32]) -> NDArray[np.uint8]:
    """A picture on the scale that has `series` from its lowest value, 0, to its highest, 255.

    Raises ValueError where the series is of one grey value.
    """
    low, high = float(series.min()), float(series.max())
    if low == high:
        raise ValueError("the image is of one grey value")
    return np.asarray(np.rint((picture - low) * (255.0 / (high - low))), np.uint8)


def _convert(
    source: Path,
    patients: Mapping[str, set[str]],
    needed: Sequence[str],
    folder: Path,
    write: Write,
    say: Callable[[str], None],
) -> list[str]:
    """Convert whoever has all series `needed` and is not in `folder`'s manifest; who could not be, why."""
    wanted = [patient for patient, names in patients.items() if set(needed) <= names]
    rows, failed = _rows(folder / "manifest.csv"), []
    done = {row["patient"] for row in rows}
    say(f"{folder.name}: patients {len(wanted)}, there already {len(done & set(wanted))}")
    for count, patient in enumerate(wanted, start=1):
        if patient in done:
            continue
        names = [f"{patient}_{name}" for name in needed]
        try:
            series = [
                read_labelled(*(source / kind / f"{name}.mha" for kind in ("images", "masks")))
                for name in names
            ]
            own = write(folder, patient, series)
        except ValueError as error:
            failed.append(f"{' and '.join(names)}: {error}")
            say(f"[{count}/{len(wanted)}] left out: {failed[-1]}")
            continue
        rows += own
        _keep(folder / "manifest.csv", rows)
        turned = [n for n, one in zip(names, series, strict=True) if one.against_header]
        remark = f"; turned as the mask shows, against the header: {', '.join(turned)}" if turned else ""
        say(f"[{count}/{len(wanted)}] patient {patient}: {own[0].get('pair', f'{len(own)} slices')}{remark}")
    kinds = Counter(row.get("pair", "slices") for row in rows)
    say(f"{folder.name} holds {', '.join(f'{n} {kind}' for kind, n in kinds.most_common()) or 'nothing'}")
    return failed


def _rows(manifest: Path) -> list[Row]:
    if not manifest.is_file():
        return []
    with manifest.open(newline="") as handle:
        return list(csv.DictReader(handle))


def _keep(manifest: Path, rows: Sequence[Row]) -> None:
    """Write all rows at once, so that a broken-off run leaves none that is cut short."""
    fresh = manifest.with_suffix(".new")
    with fresh.open("w", newline="") as handle:
        table = csv.DictWriter(handle, list(rows[0]))
        table.writeheader()
        table.writerows(sorted(rows, key=lambda row: (int(row["patient"]), int(row.get("slice", 0)))))
    os.replace(fresh, manifest)


def _save(path: Path, pixels: NDArray[np.uint8]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


def _mm(series: Labelled) -> str:
    down, across = series.volume.pixel_spacing_mm
    return f"{down:.5f}x{across:.5f}"
