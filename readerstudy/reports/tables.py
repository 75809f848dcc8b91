"""The tables of a study's conduct, beside those of its agreement."""

from annotations.agreement.report.cells import DELTA_KAPPA, NONE, Table, Values, pair_name, with_interval
from readerstudy.conduct.states import DEVIATION_WORDS, Deviation


def conduct_tables(conduct: Values) -> list[Table]:
    """Reads by reader and period, what deviated, what was left out, and the washout that was."""
    withdrawn = conduct.get("withdrawn_cases")
    return [
        _reads_table(conduct),
        _deviations_table(conduct),
        *([_kept_table(kept)] if (kept := conduct.get("kept_inputs")) else []),
        _exclusions_table(conduct),
        *([_withdrawn_table(withdrawn)] if withdrawn else []),
        _washout_table(conduct),
        *([_weeks_table(weeks)] if (weeks := conduct.get("washout_weeks")) else []),
    ]


def _withdrawn_table(withdrawn: list[Values]) -> Table:
    rows = tuple(
        (row["case"], row["reason"], row["words"], row["at"], str(row["reads"])) for row in withdrawn
    )
    return Table(
        "withdrawn",
        "Cases withdrawn from the open study",
        "Their reads are kept in the export and left out of every analysis.",
        ("Case", "Reason", "What was found", "Withdrawn", "Reads kept"),
        rows,
    )


def recall_tables(recall: Values | None) -> list[Table]:
    """How well readers told cases seen before from lures, and the change without recalled cases."""
    if recall is None:
        return []
    readers = tuple(
        (
            row["reader"],
            f"{row['hits']} of {row['cases']}",
            f"{row['false_alarms']} of {row['lures']}",
            with_interval(row["d_prime"]),
        )
        for row in recall["readers"]
    )
    changes = tuple(
        (pair_name(row), str(row["n_units"]), with_interval(row["delta"]) if row["delta"] else NONE)
        for row in recall["without"]
    )
    return [
        Table(
            "recall",
            "Recall of cases in the last period",
            "Cases called seen before, probably or surely; d' with log-linear rates, 0 where a reader can't "
            "tell them from lures, which had not been given before.",
            ("Reader", "Of cases seen before", "Of lures", "d' (95 % CI)"),
            readers,
        ),
        Table(
            "without-recalled",
            "Sensitivity: the change of kappa without recalled cases",
            "Each case that a reader called seen before is left out for that reader. Exam-clustered delta "
            "method, as the primary analysis; not adjusted over pairs.",
            ("Pair", "Units", f"{DELTA_KAPPA} (95 % CI)"),
            changes,
        ),
    ]


def readers_table(described: list[Values]) -> Table:
    """What readers stated of themselves, as of the lock (GRRAS 12)."""
    rows = tuple(
        (row["reader"], *_profile_cells(row["profile"]), row.get("calibration") or "none asked for")
        for row in described
    )
    return Table(
        "described",
        "Readers, as they describe themselves",
        "Stated by the readers; read at the lock.",
        ("Reader", "Specialty", "Years", "Fellowship", "Training", "Conflicts of interest", "Calibration"),
        rows,
    )


def _profile_cells(profile: Values | None) -> tuple[str, ...]:
    if profile is None:
        return ("not stated",) * 5
    words = (profile["fellowship"] or "none", profile["training"] or "none", profile["conflicts"])
    return (profile["specialty"], str(profile["years"]), *words[:2], words[2] or "none declared")


def readers_words(described: list[Values]) -> str:
    """The same in sentences, for a checklist; empty where no reader stated anything."""
    stated = [row for row in described if row["profile"]]
    heads = readers_table(stated).header[3:]
    sentences = [
        f"{name}: {specialty}, {years} years of spine MRI; "
        + "; ".join(f"{head.lower()}: {cell}" for head, cell in zip(heads, further, strict=True))
        for name, specialty, years, *further in readers_table(stated).rows
    ]
    lacking = ", ".join(row["reader"] for row in described if not row["profile"])
    if stated and lacking:
        sentences.append(f"Not stated: {lacking}")
    return "".join(f"{sentence}. " for sentence in sentences).strip()


def _reads_table(conduct: Values) -> Table:
    rows = tuple(
        (
            slot["reader"],
            f"{slot['period']}: {slot['period_name']} ({slot['arm']})",
            str(slot["assigned"]),
            str(slot["submitted"]),
            str(slot["missing"]),
        )
        for slot in conduct["slots"]
    )
    return Table(
        "reads",
        "Reads, by reader and period",
        "A read counts once it is submitted; drafts never do.",
        ("Reader", "Period", "Assigned", "Submitted", "Missing"),
        rows,
    )


def _deviations_table(conduct: Values) -> Table:
    rows = tuple(
        (DEVIATION_WORDS[Deviation(row["kind"])], row["verdict"], str(row["reads"]))
        for row in conduct["deviations"]
    )
    return Table(
        "deviations",
        "Deviations from the protocol",
        "Noticed by the system, decided by a person before the lock." if rows else "None was noticed.",
        ("What a read was", "Decision", "Reads"),
        rows,
    )


def _kept_table(kept: list[Values]) -> Table:
    rows = tuple((row["reader"], row["why"], str(row["inputs"])) for row in kept)
    return Table(
        "kept-inputs",
        "Input that came and did not become answers",
        "From a second window or device, or late. It is kept beside the read, the coordinator was told that "
        "it came, and it is in no analysis.",
        ("Reader", "Why", "Inputs"),
        rows,
    )


def _exclusions_table(conduct: Values) -> Table:
    rows = tuple(
        (row["reader"], row["arm"], row["reason"], row["set"], str(row["reads"]))
        for row in conduct["exclusions"]
    )
    return Table(
        "exclusions",
        "Reads handed in and left out, by reader, arm and reason",
        f"Where a case was read again, the {conduct.get('primary_read', 'original')} is the primary read. "
        "Full: every primary read of the readers and cases that stayed in the study. Per protocol: without "
        "reads under an override or excluded for a deviation."
        + ("" if rows else " No read was left out of either."),
        ("Reader", "Arm", "Reason", "Left out of", "Reads"),
        rows,
    )


def _weeks_table(weeks: list[Values]) -> Table:
    rows = tuple((str(row["from_days"]), str(row["to_days"]), str(row["gaps"])) for row in weeks)
    return Table(
        "washout-weeks",
        "Actual washout, in whole weeks",
        "How many readings came so long after the same reader had last seen the case.",
        ("From (days)", "To under (days)", "Readings"),
        rows,
    )


def _washout_table(conduct: Values) -> Table:
    asked = max((period["washout_hours"] for period in conduct["periods"]), default=0) / 24
    rows = tuple(
        (
            gap["reader"],
            str(gap["cases"]),
            *(f"{gap[key]:.2f}" for key in ("min_days", "median_days", "max_days")),
        )
        for gap in conduct["washout_gaps"]
    )
    return Table(
        "washout",
        "Actual washout, in days",
        "From the last image of a case sent to a reader in one period to the first in the next; "
        f"{asked:g} days asked for.",
        ("Reader", "Cases", "Shortest", "Median", "Longest"),
        rows,
    )
