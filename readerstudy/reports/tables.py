"""The tables of a study's conduct, beside those of its agreement."""

from annotations.agreement.report.cells import Table, Values


def conduct_tables(conduct: Values) -> list[Table]:
    """Reads by reader and period, and the washout that was."""
    return [_reads_table(conduct), _washout_table(conduct)]


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
