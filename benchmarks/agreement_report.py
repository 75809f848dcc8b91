"""How long a report takes: `python benchmarks/agreement_report.py [--large]`.

Small: 3 readers, 20 exams, 12 halves, from a table in memory to the result (computing), and to every file.
Large: 100 readers with a baseline, 11 halves, both arms but for the baseline, at 125 to 1000 exams (2.2 M
rows at 1000 exams: 1.1 M grades an arm); pairs of the plan: the baseline with each other reader. Made-up
grades.
"""

import argparse
import resource
import time
from argparse import Namespace
from datetime import date

import numpy as np
import pandas as pd

from annotations.agreement.analysis import analyse_readings
from annotations.agreement.plan import Plan
from annotations.agreement.readings import read_table
from annotations.agreement.report.build import build
from annotations.formats import Columns, Table

ARMS = ("unaided", "assisted")
SEED = 20_260_101


def made_up(readers: int, exams: int, halves: int) -> pd.DataFrame:
    """A table of grades, four in five alike across readers."""
    generator = np.random.default_rng(SEED)
    units = exams * halves
    truth = generator.choice(4, units, p=[0.75, 0.1, 0.13, 0.02])
    unit = np.arange(units)
    blocks = []
    for reader in range(readers):
        for arm in ARMS[: 1 if reader == 0 else 2]:
            slips = generator.random(units) < 0.2
            grade = np.where(slips, generator.choice(4, units), truth)
            blocks.append(
                pd.DataFrame(
                    {
                        "exam": pd.Categorical.from_codes(
                            unit // halves, [f"E{i:04d}" for i in range(exams)]
                        ),
                        "half": pd.Categorical.from_codes(
                            unit % halves, [f"H{i:02d}" for i in range(halves)]
                        ),
                        "reader": f"R{reader + 1}",
                        "arm": arm,
                        "grade": grade,
                    }
                )
            )
    return pd.concat(blocks, ignore_index=True).astype({"exam": str, "half": str})


def told(table: pd.DataFrame) -> pd.DataFrame:
    """The table with truth, the AI's grades, and positions and times of every reading of an exam."""
    generator = np.random.default_rng(SEED + 1)
    unit = pd.factorize(table["exam"] + table["half"])[0]
    truth, slips = generator.integers(0, 4, unit.max() + 1), generator.random(unit.max() + 1) < 0.2
    ai = np.where(slips, (truth + 1) % 4, truth)
    exam = pd.factorize(table["exam"])[0]
    reading = pd.factorize(table["exam"] + table["reader"] + table["arm"])[0]
    seconds = np.exp(generator.normal(5, 0.4, reading.max() + 1))
    return table.assign(truth=truth[unit], ai=ai[unit], position=exam + 1, seconds=seconds[reading])


def plan(readers: int) -> Plan:
    """The baseline with each other reader, and with three readers every pair."""
    names = [f"R{i + 1}" for i in range(readers)]
    wishes = {"arms": ARMS, "readers": names, "baseline": "R1", "unit": ["exam", "half"]}
    pairs = None if readers <= 3 else [["R1", name] for name in names[1:]]
    return Plan.from_json({**wishes, "pairs": pairs})


def timed(table: pd.DataFrame, settings: Plan) -> tuple[float, float]:
    """Seconds of processor time to read the table into arrays, and to analyse them."""
    start = time.process_time()
    readings = read_table(table, settings)
    middle = time.process_time()
    analyse_readings(readings, rows=len(table))
    return middle - start, time.process_time() - middle


def small() -> None:
    table, settings = made_up(3, 20, 12), plan(3)
    times = [sum(timed(table, settings)) for _ in range(5)]
    print(f"3 readers x 20 exams x 12: computing {min(times):.2f} s (best of 5), bound 1 s")
    times = [sum(timed(told(table), settings)) for _ in range(5)]
    print(f"  with truth, AI and times too: computing {min(times):.2f} s (best of 5), bound 1 s")
    wish = Namespace(
        categories="0,1,2,3", arms=",".join(ARMS), baseline="R1", pairs=None, confidence=0.95, alpha=0.05,
        resamples=10_000, seed=1, title="Benchmark", synthetic=True, date=date(2026, 1, 1),
    )  # fmt: skip
    start = time.process_time()
    columns = Columns(unit=("exam", "half"), cluster="exam", arm="arm")
    files = build(Table(table, columns, "", "utf-8"), wish).files
    size = sum(map(len, files.values())) / 1e6
    print(f"  with every file: {time.process_time() - start:.2f} s, {len(files)} files, {size:.1f} MB")


def large() -> None:
    for exams in (125, 250, 500, 1000):
        table = made_up(100, exams, 11)
        reading, computing = timed(table, plan(100))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(
            f"100 readers x {exams} exams x 11: {len(table):,} rows, reading {reading:.1f} s, computing "
            f"{computing:.1f} s, {1000 * computing / exams:.1f} ms an exam, peak {peak:.2f} GB"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--large", action="store_true")
    options = parser.parse_args()
    small()
    if options.large:
        large()
