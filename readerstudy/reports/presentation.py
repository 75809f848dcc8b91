"""What a study adds to its agreement report: the lock, how reading went, what the result rests on."""

from datetime import UTC, datetime

from annotations.agreement.report.cells import Values
from annotations.agreement.report.document import Document, Surroundings
from annotations.agreement.report.document import present as present_agreement
from annotations.agreement.verdict import number
from readerstudy.reports.dataset import SYNTHETIC
from readerstudy.reports.pictures import plots
from readerstudy.reports.tables import conduct_tables, readers_table, recall_tables


def present(result: Values) -> Document:
    """The document of a frozen result."""
    lock = result["lock"]
    return present_agreement(
        result["agreement"],
        Surroundings(
            title=result["study"]["name"],
            subtitle=f"Lock {lock['number']}, signed by {lock['signed_by']}, {_moment(lock['signed_at'])}",
            banner=SYNTHETIC if result["synthetic"] else "",
            warnings=_of_conduct(result),
            tables=[
                readers_table(result.get("readers_described", [])),
                *conduct_tables(result["conduct"]),
                *recall_tables(result.get("recall")),
            ],
            pictures=[plot.picture for plot in plots(result["conduct"]).values()],
            limits=result["limits"],
            facts=_facts(result),
        ),
    )


def _of_conduct(result: Values) -> list[str]:
    """What happened on the way that the first page must say."""
    conduct, reason = result["conduct"], result["lock"]["reason"]
    warnings = [
        f"results had been seen before this lock: lock {row['lock']} was opened again, {_moment(row['at'])}, "
        f"after {row['looks']} looks at its results by {row['persons']} person(s), because: {row['reason']}"
        for row in result["lock"].get("seen_before", [])
    ]
    if conduct["missing"]:
        assigned = sum(slot["assigned"] for slot in conduct["slots"])
        warnings.append(
            f"{conduct['missing']} of {assigned} reads are missing; locked all the same: {reason}"
        )
    withdrawn = conduct.get("withdrawn_cases")
    if withdrawn:
        cases = "; ".join(f"{row['case']} ({row['reason']}, {row['reads']} reads)" for row in withdrawn)
        warnings.append(f"withdrawn from the open study and left out: {cases}")
    asked = max((period["washout_hours"] for period in conduct["periods"]), default=0) / 24
    short = [gap["reader"] for gap in conduct["washout_gaps"] if gap["min_days"] < asked]
    if short:
        warnings.append(f"the washout of {asked:g} days was not kept by {', '.join(short)}")
    return warnings


def _facts(result: Values) -> list[tuple[str, str]]:
    lock, software = result["lock"], result["agreement"]["software"]
    facts = [
        ("Study", f"{result['study']['name']} ({result['study']['id']})"),
        ("Protocol", f"{result['protocol']['title']}, version {result['protocol']['version']}"),
        ("Protocol SHA-256", result["protocol"]["sha256"]),
        ("Lock", f"number {lock['number']}, signed by {lock['signed_by']}, {_moment(lock['signed_at'])}"),
        ("Meaning of the signature", lock["meaning"]),
    ]
    if lock["reason"]:
        facts.append(("Locked incomplete because", lock["reason"]))
    if lock["demo"]:
        days = lock["clock_offset_s"] / 86400
        facts.append(
            ("Demo installation", f"its clock stood {number(days, 1)} days off the machine's at the lock")
        )
    stand_ins = sum(bool(entry["stand_in_model"]) for entry in result["conduct"]["frozen_maps"])
    if stand_ins:
        facts.append(("Modic maps", f"{stand_ins} were made by a stand-in, not by trained networks"))
    if truth := result.get("truth"):
        facts += [
            ("Truth", f"{truth['source']} ({truth['halves']} halves, stated {_moment(truth['stated_at'])})"),
            ("Truth SHA-256", truth["sha256"]),
        ]
    facts += [
        ("Data set SHA-256", result["dataset_sha256"]),
        ("Seed of the reading order", result["study"]["order_seed"] or "none"),
        ("Code", result["code_version"]),
        ("Software", ", ".join(f"{key} {value}" for key, value in sorted(software.items()))),
    ]
    return facts


def _moment(iso: str) -> str:
    """`29 Mar 2026, 12:00:05 UTC`, as pages print times; in UTC, since a result reads the same everywhere."""
    return datetime.fromisoformat(iso).astimezone(UTC).strftime("%d %b %Y, %H:%M:%S UTC")
