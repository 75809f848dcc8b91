"""What a person asked for, as a table and a plan; doubts are settled before anything is computed."""

from argparse import Namespace
from collections.abc import Sequence

from annotations.agreement.plan import Plan, PlanError
from annotations.agreement.sections.strata import natural
from annotations.formats import Columns, Table, load
from annotations.formats.columns import NUMBERS, ONE_ARM, reader_name

MOST_PAIRS = 66
OPTION_OF = {"confidence": "reader_confidence"}
"""The name of an option where another has taken that of the column: --confidence is the intervals'."""
OPTIONAL = ("not_gradable", "in_bulk", "ai", "truth", *NUMBERS)


def split(words: str | None) -> tuple[str, ...]:
    """A list given with commas."""
    return tuple(word.strip() for word in (words or "").split(",") if word.strip())


def columns_of(wish: Namespace) -> Columns:
    """The columns as named on the command line."""
    unit = split(wish.unit)
    if not unit and wish.format != "wide":
        unit = Columns().unit
    cluster = wish.cluster or (unit[0] if unit else "")
    extra = {name: getattr(wish, OPTION_OF.get(name, name)) for name in OPTIONAL}
    return Columns(unit=unit, cluster=cluster, reader=wish.reader, arm=wish.arm, grade=wish.grade, **extra)


def read(data: bytes, wish: Namespace) -> Table:
    """The file as a table. Raises FormatError."""
    return load(
        data,
        columns_of(wish),
        kind=wish.format,
        arms=split(wish.arms),
        baseline=wish.baseline,
        reader_columns=split(wish.reader_columns),
        label_pattern=wish.label_pattern,
        absent=wish.absent,
    )


def plan_of(table: Table, wish: Namespace) -> Plan:
    """The statistics plan. Raises PlanError where arms, baseline or pairs are not named or not there."""
    readers = natural(table.rows["reader"].unique())
    arms = _arms(sorted(table.rows["arm"].unique()), split(wish.arms), table.columns.arm)
    if len(readers) < 2:
        raise PlanError(
            f"The file has one reader, {', '.join(readers)}, in the column {table.columns.reader!r}: "
            "agreement needs two or more. Name the column of the readers with --reader."
        )
    baseline = reader_name(wish.baseline) if wish.baseline else None
    if baseline is not None and baseline not in readers:
        raise PlanError(
            f"The baseline {wish.baseline!r} is no reader of the file: it has {', '.join(readers)}."
        )
    return Plan.from_json(
        {
            "arms": arms,
            "readers": readers,
            "baseline": baseline if len(arms) == 2 else None,
            "pairs": _pairs(readers, baseline, wish.pairs),
            "categories": [int(word) if word.isdecimal() else word for word in split(wish.categories)],
            "confidence": wish.confidence,
            "alpha": wish.alpha,
            "resamples": wish.resamples,
            "seed": wish.seed,
            "unit": table.columns.unit,
            "cluster": table.columns.cluster,
        }
    )


def _arms(found: Sequence[str], wished: Sequence[str], column: str | None) -> tuple[str, ...]:
    if not wished:
        if len(found) == 1:
            return (found[0],)
        listed = ", ".join(map(repr, found))
        raise PlanError(
            f"The column {column!r} holds the arms {listed} (sorted by name, which says nothing about time): "
            "say which is the earlier with --arms EARLIER,LATER."
        )
    if column is None and found == [ONE_ARM]:
        raise PlanError("--arms needs the column that holds them: name it with --arm.")
    if absent := [arm for arm in wished if arm not in found]:
        raise PlanError(
            f"No row is of the arm {', '.join(map(repr, absent))}: the column {column!r} holds "
            f"{', '.join(map(repr, found))}."
        )
    return tuple(wished)


def _pairs(readers: Sequence[str], baseline: str | None, wished: str | None) -> list[list[str]] | None:
    if wished == "all":
        return None
    if wished:
        named = [[reader_name(name.strip()) for name in pair.split(":")] for pair in split(wished)]
        if wrong := [":".join(pair) for pair in named if len(pair) != 2 or not set(pair) <= set(readers)]:
            raise PlanError(
                f"--pairs holds {', '.join(wrong)}: write two readers of the file with a colon between them, "
                f"such as {readers[0]}:{readers[-1]}; it has {', '.join(readers)}."
            )
        return named
    if len(readers) * (len(readers) - 1) // 2 <= MOST_PAIRS:
        return None
    if baseline is not None:
        return [[baseline, reader] for reader in readers if reader != baseline]
    raise PlanError(
        f"{len(readers)} readers make {len(readers) * (len(readers) - 1) // 2} pairs: name those of the plan "
        "with --pairs R1:R2,R1:R3, or --pairs all."
    )
